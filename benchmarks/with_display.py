"""Running a benchmark's second half in a process that has a display."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.child import REPOSITORY


class NoDisplayError(Exception):
    """The process ended otherwise than with its figures; the message says how."""


def figures_of(module: str, rounds: int) -> Any:
    """Run a module of `benchmarks` under a virtual display; its last line is JSON."""
    command = ["scripts/with_display.sh", sys.executable, "-m", module, str(rounds)]
    try:
        found = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    except (subprocess.CalledProcessError, FileNotFoundError) as reason:
        raise NoDisplayError(str(reason)) from reason
    return json.loads(found.stdout.strip().splitlines()[-1])
