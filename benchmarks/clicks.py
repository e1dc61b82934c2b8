"""A click on a wrong outline: time to the new mask and memory, by each way of correcting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.child import Child
from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing, seconds_of

if TYPE_CHECKING:
    from experiments.clicks.lesions import Lesion

SECTION = "a click"
SIDES = (256, 1024)
CLICKS = 5
THREADS = 2
SCANS = {"brain_tumor.jpg": "brain", "breast_malignant.png": "breast"}
SHIPPED, TARGET_CLICK = "network", 100.0
"""What *Correct* asks, and the milliseconds that 95 % of its clicks may take."""
TARGET_ROBOT = 2.0
"""Milliseconds of a simulated click at 256 pixels: training makes many."""
POINTING = {"A": TARGET_ROBOT, "B": TARGET_ROBOT, "strokes": None, "C": None}


def lesions(side: int) -> list[Lesion]:
    """Take shipped scans, enlarged to a side in pixels; the truth is the automatic mask there.

    The outline to correct is that mask, moved by a twentieth of the side.
    """
    from PIL import Image

    from experiments.clicks.lesions import Lesion
    from napari_multicancer.core.analysis.analyze import SEGMENT, analyze
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.samples import FOLDER

    found = []
    for name, organ in SCANS.items():
        picture = Image.open(FOLDER / name).convert("L").resize((side, side))
        plane = np.asarray(picture)
        truth = np.asarray(analyze(Scan(plane, "yx"), organ=organ, steps=(SEGMENT,)).mask, bool)
        moved = np.roll(truth, side // 20, axis=1)
        found.append(Lesion(name, organ, "", "", plane, truth, moved, known=True))
    return found


def clicking(method: str, side: int, threads: int) -> Callable[[], dict[str, list[float]]]:
    """Correct the scans by some clicks each, and give the seconds of each; a maker for `child`."""
    from experiments.clicks.episodes import clicks_on
    from experiments.clicks.methods import METHODS

    chosen, scans = METHODS[method], lesions(side)
    who = "C" if "C" in chosen.robots else "B"

    def run() -> dict[str, list[float]]:
        return {
            "seconds": [
                seconds
                for scan in scans
                for _, _, seconds in islice(clicks_on(scan, scan.automatic, chosen, who), CLICKS)
            ]
        }

    run()
    return run


def pointing(who: str, threads: int) -> Callable[[], dict[str, list[float]]]:
    """Let a simulated user point at what is wrong, and give the seconds; a maker for `child`."""
    from experiments.clicks.robots import robot
    from experiments.clicks.told import Told

    scans, point = lesions(SIDES[0]), robot(who)

    def run() -> dict[str, list[float]]:
        return {
            "seconds": [
                seconds_of(lambda scan=scan, mask=mask: point(scan.truth, mask, Told()))
                for scan in scans
                for mask in (scan.automatic, np.zeros_like(scan.truth))
            ]
        }

    run()
    return run


def measure(rounds: int) -> Iterator[Row]:
    """Measure every way of correcting, then the simulated users themselves."""
    from experiments.clicks.methods import METHODS

    for side in SIDES:
        for name in METHODS:
            yield from _method(name, side, rounds)
    for who, target in POINTING.items():
        child = Child("benchmarks.clicks:pointing", who=who, threads=THREADS)
        times = Timing(tuple(_times(child, rounds)))
        child.end()
        yield in_ms(SECTION, f"robot {who} at {SIDES[0]} pixels: to point", times, target=target)


def _method(name: str, side: int, rounds: int) -> Iterator[Row]:
    child = Child("benchmarks.clicks:clicking", method=name, side=side, threads=THREADS)
    times = _times(child, rounds)
    memory = child.end()
    what, above = f"{name} at {side:,} pixels", memory["peak_mb"] - memory["start_mb"]
    yield in_ms(SECTION, f"{what}: half the clicks", Timing(tuple(times)))
    slow = 1e3 * float(np.quantile(times, 0.95))
    target = TARGET_CLICK if name == SHIPPED else None
    yield Row(SECTION, f"{what}: 95 % of the clicks", slow, "ms", target=target)
    yield Row(SECTION, f"{what}: memory above the start", above, "MB", peak_mb=memory["peak_mb"])


def _times(child: Child, rounds: int) -> list[float]:
    return [seconds for _ in range(rounds) for seconds in child.value()["seconds"]]
