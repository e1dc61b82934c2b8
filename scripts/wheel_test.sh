#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment with PyQt6, and tests it there: what the
# wheel must hold (models, manifest, command line), then the GUI tests.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m build --wheel --outdir "$folder" . >"$folder/build.log" ||
  { cat "$folder/build.log"; exit 1; }
.venv/bin/python -m venv "$folder/venv"
scripts/install.sh "$folder/venv" "$(echo "$folder"/*.whl)[pyqt6,dev]"
(cd "$folder" && venv/bin/napari-multicancer models)
# How the kills end does not hang on the binding: they are tested once, on PyQt5.
QT_API=pyqt6 scripts/with_display.sh "$folder/venv/bin/python" -m pytest tests/test_package.py tests/widgets \
  --ignore=tests/widgets/test_kill.py
