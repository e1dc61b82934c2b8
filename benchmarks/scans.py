"""A list of scans: how soon the next one is on the screen, and what a long list costs.

``scripts/with_display.sh python -m benchmarks.scans ROUNDS`` prints seconds, a line in all.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.child import Child
from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing, in_turns
from benchmarks.with_display import rows_of
from napari_multicancer.samples import SAMPLES

SECTION = "a list of scans"
FEW, MANY = 1_000, 100_000
READY_MS, OPEN_MS, GROWTH_MB = 300.0, 1_000.0, 20.0
LOOKS_MS = 1_500
"""So long at least somebody looks at a scan, while the next one is read."""


def measure(rounds: int, folder: Path) -> Iterator[Row]:
    """Measure in processes of their own; the window's has a display."""
    yield from rows_of("benchmarks.scans", rounds, SECTION, "the next scan", _next_scan)
    yield from _long_lists(rounds, folder)


def _next_scan(found: dict[str, dict[str, list[float]]]) -> Iterator[Row]:
    for what, parts in found.items():
        ready, drawn = (Timing(tuple(parts[part])) for part in ("ready", "drawn"))
        yield in_ms(
            SECTION, f"{what}, from the key until it can be corrected", ready, target=READY_MS
        )
        yield in_ms(SECTION, f"{what}, from the key until it is drawn and read back", drawn)


def _long_lists(rounds: int, folder: Path) -> Iterator[Row]:
    children = {}
    for number in (FEW, MANY):
        make_list(folder / str(number), number)
        where = str(folder / str(number))
        children[number] = Child("benchmarks.scans:opening", folder=where)
    timings = in_turns({str(number): child.run for number, child in children.items()}, rounds)
    peaks = {number: child.end()["peak_mb"] for number, child in children.items()}
    for number in (FEW, MANY):
        target = OPEN_MS if number == MANY else None
        what = f"opening {number:,} scans, counting them, and reading the first page"
        yield in_ms(SECTION, what, timings[str(number)], peak_mb=peaks[number], target=target)
    what = f"more memory for {MANY:,} scans than for {FEW:,}"
    yield Row(SECTION, what, max(0.0, peaks[MANY] - peaks[FEW]), "MB", target=GROWTH_MB)


def make_list(folder: Path, number: int) -> None:
    """Make a list of scans at addresses, which nobody opens, with what a batch says of each."""
    from napari_multicancer.batch.results import FILE_NAME, OK, all_columns
    from napari_multicancer.project import Project

    folder.mkdir()
    row = dict.fromkeys(all_columns(), "") | {"status": OK, "organ": "breast", "planes": "1"}
    row |= {"diagnosis": "benign", "confident": "true", "p_benign": "0.8"}
    with (folder / FILE_NAME).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, row)  # a batch lets the disk have each row before the next
        table.writeheader()
        for place in range(number):
            table.writerow(row | {"path": f"s3://scans/ward{place % 50}/{place:06}.png"})
    with Project.open(folder, "benchmark") as project:
        project.take_results()


def opening(folder: str) -> Callable[[], object]:
    """Open a list and read what the window shows of it first; a maker."""
    from napari_multicancer.project import Project

    def run() -> None:
        with Project.open(folder, "benchmark") as project:
            project.counts()
            project.scans()
            project.next(None)

    run()
    return run


def main() -> None:
    import napari

    rounds = int(sys.argv[1])
    names = {"a picture": "breast_malignant.png", "a stack of nine planes": SAMPLES[-1].file}
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
    found = {}
    for what, name in names.items():
        with tempfile.TemporaryDirectory() as folder:
            found[what] = _through(viewer, panel, Path(folder), name, rounds)
    print(json.dumps(found), flush=True)
    viewer.close()


def _through(
    viewer: Any, panel: Any, folder: Path, name: str, rounds: int
) -> dict[str, list[float]]:
    """Go through a list of copies of a sample, and give the seconds after each key."""
    from qtpy.QtTest import QTest

    from napari_multicancer.project import Project

    sample = next(one.path for one in SAMPLES if one.file == name)
    copies = [folder / f"{number}{sample.suffix}" for number in range(rounds + 2)]
    for copy in copies:
        shutil.copy(sample, copy)
    with Project.create(folder / "list", "benchmark") as project:
        project.add(copies)
    session = panel.session
    session.open_list(folder / "list")
    seconds: dict[str, list[float]] = {"ready": [], "drawn": []}
    for number in range(rounds + 2):
        start = time.perf_counter()
        session.next()
        while session.scan is None or session.scan.id != number + 1:
            QTest.qWait(1)
        ready = time.perf_counter() - start
        viewer.screenshot(flash=False)  # comes back when the canvas is drawn
        if number > 1:
            seconds["ready"].append(ready)
            seconds["drawn"].append(time.perf_counter() - start)
        QTest.qWait(LOOKS_MS)
        while session.reader.is_reading_ahead:
            QTest.qWait(1)
    session.close()
    return seconds


if __name__ == "__main__":
    main()
