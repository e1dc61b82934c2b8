#!/usr/bin/env bash
# Runs all tests on PyQt5. Training has a process of its own: TensorFlow crashes beside Mesa's
# software OpenGL, as each brings an LLVM that the other one stumbles over.
set -uo pipefail
cd "$(dirname "$0")/.."

status=0
QT_API=pyqt5 scripts/with_display.sh .venv/bin/python -m pytest --ignore=tests/training || status=1
.venv/bin/python -m pytest tests/training || status=1
exit $status
