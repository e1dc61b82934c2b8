"""Damage small sound files at random, and see that every reader opens or refuses them.

    python -m tests.fuzz.fuzz_readers --reader dicom --seconds 3600 --seed 0
    python -m tests.fuzz.fuzz_readers --reader nrrd gif --fields --cases 10000
    python -m tests.fuzz.fuzz_readers --report docs/robustness.md

Case number N of a reader and seed is always the same files, so ``--reader dicom --seed 0 --first N
--cases 1`` repeats it. With ``--fields``, one field of a header is changed at a time, and what
opens is compared with the sound file. Anything but a scan or one clear sentence is a finding: its
files and words go to ``runs/fuzz``, the figures of the run to ``tests/fuzz/results``.
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

from .child import CRASH, HANG, OPENED, SECONDS, Outcome, work
from .fields import changed
from .mutations import mutated
from .report import write_report
from .seeds import READERS, Files, seeds

RESULTS = Path(__file__).with_name("results")
FINDINGS = Path(__file__).parents[2] / "runs" / "fuzz"
BATCH = 100
"""Cases that are laid out at a time: on a busy machine, each wait for the other costs most."""
PATIENCE = 300.0
"""Seconds after which a process that uses no processor time counts as hanging."""


@dataclass
class Tally:
    """The figures of one run; `processor_seconds` are those of the reader alone.

    `changed` and `altered` count, by the field that was changed, all files and those that opened
    with other values than the sound one, and without a note of it.
    """

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
    changed: dict[str, int] = field(default_factory=dict)
    altered: dict[str, int] = field(default_factory=dict)

    def note_field(self, name: str, is_altered: bool) -> None:
        """Count a file of which one field was changed, and whether it opened with other values."""
        self.changed[name] = self.changed.get(name, 0) + 1
        if is_altered:
            self.altered[name] = self.altered.get(name, 0) + 1

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


def fuzz_fields(
    worker: Worker, reader: str, seed: int, *, seconds: float, first: int, cases: int
) -> Tally:
    """Change one field of a header at a time; compare the values with those of the sound file."""
    sound = seeds(reader)
    tally = Tally(reader, seed, datetime.now(UTC).isoformat(timespec="seconds"))
    began = time.monotonic()
    with _laid_out(sound) as paths:
        right = list(worker.open(paths))
    sound = [files for files, one in zip(sound, right, strict=True) if one.values]
    right = [one for one in right if one.values]  # without files of several volumes
    for start in range(first, first + cases, BATCH):
        numbers = range(start, min(start + BATCH, first + cases))
        rngs = [random.Random(f"{reader} {seed} {n}") for n in numbers]
        which = [rng.randrange(len(sound)) for rng in rngs]
        batch = [changed(sound[n], rng) for n, rng in zip(which, rngs, strict=True)]
        with _laid_out([files for files, _ in batch]) as paths:
            for n, one, outcome in zip(which, batch, worker.open(paths), strict=True):
                files, name = one
                is_altered = outcome.kind == OPENED and outcome.values != right[n].values
                is_altered = is_altered and set(outcome.notes) <= set(right[n].notes)
                tally.note_field(name, is_altered)
                if found := tally.add(first + tally.cases, outcome):
                    _keep(FINDINGS / reader / f"fields-{seed}-{found}", files, outcome)
        tally.seconds = time.monotonic() - began
        if tally.seconds > seconds:
            break
    return tally


@contextmanager
def _laid_out(cases: Sequence[Files]) -> Iterator[list[Path]]:
    with ExitStack() as stack:
        yield [stack.enter_context(_on_disk(files)) for files in cases]


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
        single = next(iter(files)).startswith("scan")
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
    parser.add_argument("--reader", choices=READERS, nargs="+", default=[])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--cases", type=int, default=10**9)
    parser.add_argument(
        "--fields", action="store_true", help="change a field of a header each time"
    )
    parser.add_argument("--report", type=Path, help="write the table of all runs to this file")
    return parser.parse_args()


def _tell(tally: Tally) -> None:
    for finding in tally.findings.values():
        words = finding["words"].strip()
        print(f"case {finding['case']}, {finding['times']} times: {words}")  # noqa: T201
    kinds = dict(tally.kinds)
    print(f"{tally.reader}: {tally.cases} in {tally.seconds:.0f} s: {kinds}", flush=True)  # noqa: T201
    for name, n in sorted(tally.altered.items()):
        print(f"  {name}: other values {n} of {tally.changed[name]}", flush=True)  # noqa: T201


def main() -> None:
    """Run the command line."""
    asked = _arguments()
    warnings.simplefilter("ignore")
    logging.disable()
    limits = {"seconds": asked.seconds, "first": asked.first, "cases": asked.cases}
    if asked.fields:
        worker = Worker()
        try:
            for reader in asked.reader:
                tally = fuzz_fields(worker, reader, asked.seed, **limits)
                _tell(tally)
                if not asked.first:
                    tally.save(RESULTS / f"{reader}-fields-{asked.seed}.json")
        finally:
            worker.close()
    else:
        for reader in asked.reader:
            tally = fuzz(reader, asked.seed, **limits)
            _tell(tally)
            if not asked.first:
                tally.save(RESULTS / f"{reader}-{asked.seed}.json")
    if asked.report:
        write_report(asked.report, RESULTS)


if __name__ == "__main__":
    main()
