#!/usr/bin/env bash
# install.sh VENV REQUIREMENT...: installs into a virtual environment what constraints.txt pins.
# uv does it in a tenth of pip's time; pip steps in where uv cannot reach the packages.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$1
shift
pip=("$venv/bin/python" -m pip)
quiet=(--quiet --disable-pip-version-check --no-input)

echo "Installing packages into $venv (a first time takes some minutes)"
"${pip[@]}" install "${quiet[@]}" --constraint constraints.txt uv
UV_SYSTEM_CERTS=1 "$venv/bin/python" -m uv pip install --quiet --python "$venv/bin/python" \
  --constraint constraints.txt "$@" ||
  "${pip[@]}" install "${quiet[@]}" --constraint constraints.txt "$@"
