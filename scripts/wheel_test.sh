#!/usr/bin/env bash
# Builds wheel and sdist, has twine look at them, installs the wheel into a fresh environment with
# PyQt6, and tests it there: what the wheel must hold (models, manifest, command line), then the GUI
# tests. Beside the test tools only what the package itself asks for is installed, so that a
# dependency it forgot is found.
set -euo pipefail
cd "$(dirname "$0")/.."

unset PYTHONDONTWRITEBYTECODE # or each process of the tests compiles napari anew
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m build --outdir "$folder" . >"$folder/build.log" ||
  { cat "$folder/build.log"; exit 1; }
.venv/bin/python -m twine check --strict "$folder"/*.whl "$folder"/*.tar.gz
.venv/bin/python -m venv "$folder/venv"
wheel=$(echo "$folder"/*.whl)
scripts/install.sh "$folder/venv" "${wheel}[pyqt6]"
(
  cd "$folder"
  venv/bin/napari-multicancer models
  sample=$(venv/bin/python -c 'from napari_multicancer.samples import SAMPLES; print(SAMPLES[0].path)')
  venv/bin/napari-multicancer analyze "$sample" --out results
)
scripts/install.sh "$folder/venv" "${wheel}[pyqt6,test]"
if "$folder/venv/bin/python" -c 'import tensorflow' 2>/dev/null; then
  echo "The wheel brings TensorFlow, which only training needs." >&2
  exit 1
fi
# How the kills end, which words are translated and how the guide's pictures are taken does not hang on the
# binding: that is tested once, on PyQt5.
QT_API=pyqt6 scripts/with_display.sh scripts/pytest.sh "$folder/venv/bin/python" \
  tests/test_package.py tests/widgets --ignore=tests/widgets/autosave/test_kill.py \
  --ignore=tests/widgets/scans/test_random_kills.py --ignore=tests/widgets/test_translation.py \
  --ignore=tests/widgets/test_guide_pictures.py
