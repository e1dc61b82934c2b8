#!/usr/bin/env bash
# pytest.sh PYTHON ARGUMENT...: runs tests side by side on the cores. Mesa's software OpenGL now and then
# takes a process down while napari draws; where that is all that went wrong (exit status 70, see
# tests/conftest.py), the tests that it cost run once more. What fails otherwise has failed.
set -uo pipefail
tests=("$1" -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal "${@:2}")

"${tests[@]}"
status=$?
if [ $status = 70 ]; then
  echo "A process ended in native code: the tests that it cost run once more."
  "${tests[@]}" --last-failed --last-failed-no-failures none
  status=$?
fi
exit $status
