"""A contender in a process of its own, kept warm, that runs when it is told to.

So no library's threads, memory or imports touch another's.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_multicancer.core.models.runtime import THREADS_VARIABLE

REPOSITORY = Path(__file__).resolve().parents[1]


class Child:
    """A process that has made one contender ready.

    Parameters
    ----------
    maker : str
        "module:function" in this package; called with `arguments` in the process, it
        gives what is to be timed, and has warmed it.
    threads : int, optional
        How many the process' libraries may use.
    **arguments
        Anything that JSON can hold.

    Raises
    ------
    RuntimeError
        The process has ended; the message is its last line.
    """

    def __init__(self, maker: str, *, threads: int | None = None, **arguments: Any) -> None:
        environment = dict(os.environ)
        if threads is not None:
            for name in (THREADS_VARIABLE, "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
                environment[name] = str(threads)
            arguments["threads"] = threads
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  an unread pipe would fill up
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", maker, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            cwd=REPOSITORY,
            env=environment,
        )
        self.ready = self._answer()

    def run(self) -> float:
        """Run once; seconds."""
        return float(self._ask("run")["seconds"])

    def value(self) -> Any:
        """Run once; what the contender gives, which JSON can hold."""
        return self._ask("run")["value"]

    def end(self) -> dict[str, Any]:
        """End it, and say what memory it took: ``start_mb``, ``peak_mb``."""
        found = self._ask("end")
        self._process.communicate(timeout=60)
        return found

    def _ask(self, order: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(timeout=60)
            self._said.seek(0)
            raise RuntimeError(([*self._said] or ["it ended without a word"])[-1].strip())
        found: dict[str, Any] = json.loads(line)
        return found


def memory_mb(entry: str) -> float:
    """Read this process' ``VmHWM`` (the peak) or ``VmRSS`` (now), in MB; 0 where not Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    return int(status.read_text().partition(f"{entry}:")[2].split()[0]) * 1024 / 1e6


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not be taken for an answer
    module, _, function = sys.argv[1].partition(":")
    start = memory_mb("VmRSS")
    contender: Callable[[], object] = getattr(importlib.import_module(module), function)(
        **json.loads(sys.argv[2])
    )
    _say(answers, {})
    for order in sys.stdin:
        if order.strip() == "end":
            _say(answers, {"start_mb": start, "peak_mb": memory_mb("VmHWM")})
            return
        start_time = time.perf_counter()
        value = contender()
        seconds = time.perf_counter() - start_time
        _say(answers, {"seconds": seconds, "value": value if isinstance(value, dict) else None})


def _say(answers: Any, found: dict[str, Any]) -> None:
    answers.write(json.dumps(found) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
