"""Damage small sound files at random, and see that every reader opens or refuses them.

    python -m tests.fuzz.fuzz_readers --reader dicom --seconds 3600 --seed 0
    python -m tests.fuzz.fuzz_readers --report docs/robustness.md

Case number N of a reader and seed is always the same files, so ``--reader dicom --seed 0 --first N
--cases 1`` repeats it. Anything but a scan or one clear sentence is a finding: its files and words
go to ``runs/fuzz``, the figures of the run to ``tests/fuzz/results``.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import random
import re
import shutil
import signal
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .child import CRASH, HANG, SECONDS, Outcome, work
from .mutations import mutated
from .report import write_report
from .seeds import READERS, Files, seeds

RESULTS = Path(__file__).with_name("results")
FINDINGS = Path(__file__).parents[2] / "runs" / "fuzz"
BATCH = 32
"""Cases that are laid out at a time: on a busy machine, each wait for the other costs most."""
PATIENCE = 60.0
"""Seconds after which a process that uses no processor time counts as hanging."""


@dataclass
class Tally:
    """The figures of one run; `processor_seconds` are those of the reader alone."""

    reader: str
    seed: int
    started: str
    cases: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak: int = 0
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, index: int, outcome: Outcome) -> str | None:
        """Count one file; the name of its finding where it is the first of its kind."""
        self.cases += 1
        self.kinds[outcome.kind] += 1
        self.processor_seconds += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        self.peak = max(self.peak, outcome.peak)
        if not outcome.is_finding:
            return None
        same = _signature(outcome)
        known = self.findings.setdefault(same, {"case": index, "times": 0, "words": outcome.words})
        known["times"] += 1
        return f"{outcome.kind}-{index}" if known["times"] == 1 else None

    def save(self, path: Path) -> None:
        """Write the figures, in place of those that were there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(vars(self), indent=1, ensure_ascii=False) + "\n", "utf-8")


class Worker:
    """A child process, started again whenever a file has ended it."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def _start(self) -> None:
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._connection.recv()

    def open(self, paths: Sequence[Path]) -> Iterator[Outcome]:
        """Let the child open files or folders; it goes on while answers are taken."""
        waiting = list(paths)
        while waiting:
            self._connection.send(waiting)
            waiting = yield from self._answers(waiting)

    def _answers(self, paths: list[Path]) -> Generator[Outcome, None, list[Path]]:
        """Take the answers to paths; return those that a child which ended has left."""
        for done in range(1, len(paths) + 1):
            try:
                if self._connection.poll(PATIENCE):
                    yield self._connection.recv()
                    continue
            except EOFError:
                pass
            yield self._buried()
            return paths[done:]
        return []

    def _buried(self) -> Outcome:
        self._process.join(1)
        code = self._process.exitcode
        self.close()
        self._start()
        if code is None or code == -signal.SIGPROF:
            return Outcome(HANG, "no answer in time", 0.0 if code is None else SECONDS)
        return Outcome(CRASH, f"the process ended with {code}")

    def close(self) -> None:
        """End the child."""
        self._connection.close()
        self._process.kill()
        self._process.join()


def fuzz(reader: str, seed: int, *, seconds: float, first: int, cases: int) -> Tally:
    """Try damaged files until the time or the number of cases is used up."""
    sound = seeds(reader)
    tally = Tally(reader, seed, datetime.now(UTC).isoformat(timespec="seconds"))
    worker, began = Worker(), time.monotonic()
    try:
        for start in range(first, first + cases, BATCH):
            numbers = range(start, min(start + BATCH, first + cases))
            batch = [case(sound, reader, seed, number) for number in numbers]
            with ExitStack() as stack:
                paths = [stack.enter_context(_on_disk(files)) for files in batch]
                for number, files, outcome in zip(numbers, batch, worker.open(paths), strict=True):
                    if name := tally.add(number, outcome):
                        _keep(FINDINGS / reader / f"{seed}-{name}", files, outcome)
            tally.seconds = time.monotonic() - began
            if tally.seconds > seconds:
                break
    finally:
        worker.close()
    return tally


def case(sound: list[Files], reader: str, seed: int, index: int) -> Files:
    """Make the damaged files of one number."""
    rng = random.Random(f"{reader} {seed} {index}")
    return mutated(rng.choice(sound), sound, rng)


@contextmanager
def _on_disk(files: Files) -> Iterator[Path]:
    """Lay files into a folder for a while: the folder's path, or its only file's."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        single = len(files) == 1 and next(iter(files)).startswith("scan")
        yield folder / next(iter(files)) if single else folder
    finally:
        shutil.rmtree(folder)


def _keep(folder: Path, files: Files, outcome: Outcome) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "words.txt").write_text(outcome.words, "utf-8")


def _signature(outcome: Outcome) -> str:
    """What two findings of the same cause share: words without their numbers and names."""
    words = re.sub(r"\S*fuzz-\S*|0x[0-9a-f]+|\d+", "_", outcome.words)
    return f"{outcome.kind} {words[-300:]}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--cases", type=int, default=10**9)
    parser.add_argument("--report", type=Path, help="write the table of all runs to this file")
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    asked = _arguments()
    warnings.simplefilter("ignore")
    logging.disable()
    if asked.reader:
        tally = fuzz(
            asked.reader, asked.seed, seconds=asked.seconds, first=asked.first, cases=asked.cases
        )
        for finding in tally.findings.values():
            print(f"case {finding['case']}, {finding['times']} times: {finding['words'].strip()}")  # noqa: T201
        print(f"{tally.cases} cases in {tally.seconds:.0f} s: {dict(tally.kinds)}")  # noqa: T201
        if not asked.first:
            tally.save(RESULTS / f"{asked.reader}-{asked.seed}.json")
    if asked.report:
        write_report(asked.report, RESULTS)


if __name__ == "__main__":
    main()
