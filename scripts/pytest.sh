#!/usr/bin/env bash
# pytest.sh PYTHON ARGUMENT...: runs tests side by side, one more than there are cores, as now and then one
# waits for a clock or for another process; with the argument "--numprocesses auto" one a core. Mesa's
# software OpenGL now and then takes a process down while napari draws; where that is all that went wrong
# (exit status 70, see tests/conftest.py), the tests that it cost run once more, those too that were waiting
# for the process. What fails otherwise has failed.
set -uo pipefail
cores=$("$1" -c 'import os; print(os.cpu_count() or 1)')
tests=("$1" -m pytest --numprocesses "$((cores + 1))" --maxprocesses 4 --dist worksteal)
lost=$(mktemp)
trap 'rm -f "$lost"' EXIT
export NAPARI_MULTICANCER_LOST_TESTS=$lost

"${tests[@]}" "${@:2}"
status=$?
for _ in 1 2 3 4; do
  [ $status = 70 ] || break
  echo "A process ended in native code: the $(wc -l <"$lost") tests that it cost run once more."
  cp "$lost" "$lost.before"
  "${tests[@]}" "@$lost.before"
  status=$?
  rm -f "$lost.before"
done
exit $status
