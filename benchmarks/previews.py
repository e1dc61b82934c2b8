"""From the choice of a step on the tab Prepare to both of its pictures; needs a display.

``scripts/with_display.sh python -m benchmarks.previews ROUNDS`` prints seconds, a line in all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing
from benchmarks.with_display import rows_of

SECTION = "in the viewer"
SIDE = 512
TARGET_MS = 300.0


def measure(rounds: int) -> Iterator[Row]:
    """Measure in a process with a display."""
    what = "previews of a plane"
    return rows_of("benchmarks.previews", rounds, SECTION, what, _rows)


def _rows(waits: dict[str, list[float]]) -> Iterator[Row]:
    for step, seconds in waits.items():
        what = f"{step}, previewed on {SIDE} x {SIDE}"
        yield in_ms(SECTION, what, Timing(tuple(seconds)), target=TARGET_MS)


def wait_for(prepare: Any, index: int) -> float:
    """Give the seconds from the choice of a step to its pictures."""
    from qtpy.QtCore import QEventLoop

    loop = QEventLoop()
    prepare.previewed.connect(loop.quit)
    start = time.perf_counter()
    prepare.ui.step.setCurrentIndex(index)
    loop.exec_() if hasattr(loop, "exec_") else loop.exec()
    prepare.previewed.disconnect(loop.quit)
    return time.perf_counter() - start


def main() -> None:
    import napari
    import numpy as np

    from napari_multicancer.widgets.prepare.panel import PreparePanel

    viewer = napari.Viewer()
    prepare = PreparePanel(viewer)
    viewer.window.add_dock_widget(prepare)
    noise = np.random.default_rng(0).normal(0, 20, (9, SIDE, SIDE))
    rows, columns = np.indices((SIDE, SIDE))
    head = 150.0 * (np.hypot(rows - SIDE / 2, columns - SIDE / 2) < SIDE / 3)
    viewer.add_image((head + noise).clip(0, 255).astype(np.uint8))
    steps = range(prepare.ui.step.count())
    waits: dict[str, list[float]] = {prepare.ui.step.itemText(index): [] for index in steps}
    for number in range(int(sys.argv[1]) + 1):
        for index in (*steps[1:], 0):
            seconds = wait_for(prepare, index)
            if number:
                waits[prepare.ui.step.itemText(index)].append(seconds)
    print(json.dumps(waits), flush=True)
    viewer.close()


if __name__ == "__main__":
    main()
