#!/usr/bin/env bash
# with_display.sh COMMAND...: runs a command that opens windows, on a virtual display if need be.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! .venv/bin/python scripts/system_packages.py --check; then
  echo "No window can be opened: install the system packages named above, then try again." >&2
  exit 1
fi
if [ "$(uname)" = Darwin ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "$@"
fi
unset QT_QPA_PLATFORM
export LIBGL_ALWAYS_SOFTWARE=1
exec xvfb-run --auto-servernum --server-args="-screen 0 1280x800x24" "$@"
