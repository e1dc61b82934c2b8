#!/usr/bin/env bash
# Runs the main job on the sample scans; the napari window opens, or is rendered to a PNG.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=(.venv/bin/napari-multicancer demo --out demo_output)
if [ "$(uname)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "${demo[@]}"
elif .venv/bin/python scripts/system_packages.py --check; then
  exec scripts/with_display.sh "${demo[@]}" --screenshot demo_output/napari.png
fi
echo "Without those system packages the demo runs without its window." >&2
exec "${demo[@]}"
