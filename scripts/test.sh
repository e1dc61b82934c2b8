#!/usr/bin/env bash
# test.sh PYTHON [PYTEST ARGUMENT...]: runs the tests, GUI tests included, with that Python.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$1
shift
if ! "$python" scripts/system_packages.py --check; then
  echo "The tests open windows: install the system packages named above, then try again." >&2
  exit 1
fi
exec scripts/with_display.sh "$python" -m pytest "$@"
