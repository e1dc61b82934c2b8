#!/usr/bin/env bash
# Prints the first Python that can run the project: $PYTHON, else python3, else a versioned one.
set -euo pipefail

for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
  if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
    2>/dev/null; then
    command -v "$candidate"
    exit
  fi
done
echo "Python 3.11, 3.12 or 3.13 is needed: install one, or name it with make PYTHON=/path/to/python." >&2
exit 1
