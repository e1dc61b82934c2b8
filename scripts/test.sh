#!/usr/bin/env bash
# test.sh [all|quick|shared]: runs the tests on PyQt5, side by side on the cores. "quick" leaves out
# the window, training and what is slow, and loads neither Qt nor napari; "shared" runs what needs
# scans that do not ship. Training has processes of its own: TensorFlow crashes beside Mesa's software
# OpenGL, as each brings an LLVM that the other one stumbles over.
set -uo pipefail
cd "$(dirname "$0")/.."

export QT_API=pyqt5
# Where Python may not keep what it compiles, each of hundreds of processes compiles napari anew.
unset PYTHONDONTWRITEBYTECODE
pytest=(scripts/pytest.sh .venv/bin/python)

case ${1:-all} in
quick)
  # Plugins of pytest would load Qt and napari in each process, which takes seconds.
  exec "${pytest[@]}" --numprocesses auto -p no:napari -p no:napari-plugin-engine -p no:npe2 -p no:pytest-qt \
    -m "not slow" --ignore=tests/widgets --ignore=tests/training
  ;;
shared)
  exec scripts/with_display.sh "${pytest[@]}" -m shared --ignore=tests/training
  ;;
all)
  status=0
  scripts/with_display.sh "${pytest[@]}" --ignore=tests/training || status=1
  # TensorFlow is at work on all cores in each process.
  "${pytest[@]}" --numprocesses auto tests/training || status=1
  exit $status
  ;;
*)
  echo "test.sh knows all, quick and shared, but no \"$1\"." >&2
  exit 2
  ;;
esac
