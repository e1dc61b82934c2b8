"""``python -m benchmarks``: measures, prints the table and writes it as JSON, or reports it.

With ``--only`` the figures of the other parts stay in the JSON as they are.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    clicks,
    event_loop,
    films,
    huge,
    one_scan,
    previews,
    scans,
    stacks,
    starts,
    tries,
    viewer,
)
from benchmarks.child import Child
from benchmarks.machine import describe
from benchmarks.report import report
from benchmarks.rows import Results, Row

RESULTS = Path(__file__).with_name("results.json")
ROUNDS = 7
PROFILED = {"one 2-D scan": "brain_tumor.jpg", "a stack of nine planes": "brain_tumor_stack.tif"}
Part = Callable[[int, Path], Iterator[Row]]


def _stacks(rounds: int, folder: Path) -> Iterator[Row]:
    yield from stacks.growth(rounds, 2)
    yield from stacks.growth(rounds, 1, (stacks.VOLUME,))
    yield from stacks.memory()


def _one_scan(rounds: int, folder: Path) -> Iterator[Row]:
    for threads in (2, 1):
        yield from one_scan.measure(rounds, folder, threads)


PARTS: dict[str, Part] = {
    "one_scan": _one_scan,
    "stacks": _stacks,
    "terminal": lambda rounds, folder: starts.terminal(rounds),
    "window": lambda rounds, folder: starts.window(rounds),
    "viewer": lambda rounds, folder: viewer.measure(rounds),
    "event_loop": lambda rounds, folder: event_loop.measure(rounds),
    "previews": lambda rounds, folder: previews.measure(rounds),
    "tries": lambda rounds, folder: tries.measure(rounds),
    "clicks": lambda rounds, folder: clicks.measure(rounds),
    "scans": lambda rounds, folder: scans.measure(rounds, folder),
    "huge": lambda rounds, folder: huge.measure(folder),
    "films": lambda rounds, folder: films.measure(folder),
}


def main() -> None:
    given = _arguments()
    if given.report is not None:
        given.report.write_text(report(Results.from_json(json.loads(given.json.read_text()))))
        return
    results = Results(describe(), given.rounds)
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only or PARTS:
            print(f"\n{name}", flush=True)
            results.add(PARTS[name](given.rounds, Path(folder)))
    if given.only and given.json.exists():
        results = Results.from_json(json.loads(given.json.read_text())).renewed_by(results)
    else:
        _profile(results)
    given.json.write_text(json.dumps(results.as_json(), indent=1) + "\n")


def _profile(results: Results) -> None:
    for title, sample in PROFILED.items():
        child = Child("benchmarks.steps:profiler", threads=1, sample=sample, rounds=results.rounds)
        results.profiles[title] = child.value()
        child.end()
        print(f"\nwhere the time goes, in ms: {title}")
        for step, milliseconds in results.profiles[title].items():
            print(f"{step:40} {milliseconds:8.2f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each contender")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go")
    parser.add_argument("--report", type=Path, metavar="MD", help="write this page from the JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
