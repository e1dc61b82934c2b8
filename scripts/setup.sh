#!/usr/bin/env bash
# Makes .venv with everything the project needs; does nothing where that is done already.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(scripts/find_python.sh)
"$python" scripts/system_packages.py || [ $? -eq 1 ]

stamp=.venv/.installed
if [ "$stamp" -nt pyproject.toml ] && [ "$stamp" -nt constraints.txt ]; then
  exit
fi
if ! .venv/bin/python -c '' 2>/dev/null; then
  echo "Making the virtual environment .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi
scripts/install.sh .venv --editable '.[pyqt5,dev]'
touch "$stamp"
