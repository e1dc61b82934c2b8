"""The longest time between two turns of the window's event loop while it works; needs a display.

``scripts/with_display.sh python -m benchmarks.event_loop ROUNDS`` prints seconds, a line in all.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing
from benchmarks.with_display import rows_of
from napari_multicancer.samples import FOLDER

SECTION = "in the viewer"
SAMPLE = "brain_tumor_stack.tif"
PLANES = 155
WARM_UP_S = 0.3
LARGE = f"{PLANES} planes of 512 x 512"
TARGET_MS = 200.0


def measure(rounds: int) -> Iterator[Row]:
    """Measure in a process with a display."""
    what = "window's thread held"
    return rows_of("benchmarks.event_loop", rounds, SECTION, what, _rows)


def _rows(gaps: dict[str, list[float]]) -> Iterator[Row]:
    for what, seconds in gaps.items():
        held = f"window's thread held at most, {what}"
        target = TARGET_MS if what == LARGE else None
        yield in_ms(SECTION, held, Timing(tuple(seconds)), target=target)


def longest_gap(start: Callable[[], None], ended: Any) -> float:
    """Give the longest time between two turns of the event loop, from a start to a signal.

    Parameters
    ----------
    start : callable
        Begins the work, when the event loop is turning already.
    ended : Signal
        Of the work's end.

    Returns
    -------
    float
        Seconds.
    """
    from qtpy.QtCore import QEventLoop, Qt, QTimer

    turns: list[float] = []
    loop, timer = QEventLoop(), QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: turns.append(time.perf_counter()))
    timer.start(5)
    QTimer.singleShot(round(WARM_UP_S * 1000), start)
    ended.connect(loop.quit)
    loop.exec_() if hasattr(loop, "exec_") else loop.exec()
    turns.append(time.perf_counter())
    ended.disconnect(loop.quit)
    timer.stop()
    return max(later - last for last, later in pairwise(turns))


def main() -> None:
    import napari
    import numpy as np

    from napari_multicancer.core.models.runtime import unload_models
    from napari_multicancer.io import load_scan

    rounds = int(sys.argv[1])
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
    planes = np.asarray(load_scan(FOLDER / SAMPLE).pixels)
    image = viewer.add_image(np.resize(planes, (PLANES, *planes.shape[1:])))
    gaps: dict[str, list[float]] = {f"{PLANES} planes with cold networks": []}
    for _ in range(rounds):
        unload_models()
        gaps[f"{PLANES} planes with cold networks"].append(
            longest_gap(lambda: panel.run(image), panel.finished)
        )
    viewer.layers.clear()
    large = viewer.add_image(np.kron(image.data, np.ones((1, 2, 2), np.uint8)))
    gaps[LARGE] = [longest_gap(lambda: panel.run(large), panel.finished) for _ in range(rounds)]
    viewer.layers.clear()
    _, batch = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
    gaps["a batch of 20 stacks"] = [_batch(batch) for _ in range(rounds)]
    print(json.dumps(gaps), flush=True)
    viewer.close()


def _batch(batch: Any) -> float:
    """Let the panel analyze a folder of stacks."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(20):
            shutil.copy(FOLDER / SAMPLE, Path(folder) / f"{number:02}.tif")
        batch.ui.folder.set_folder(Path(folder))
        batch.ui.out.set_folder(Path(folder) / "out")
        return longest_gap(batch.ui.button.click, batch.finished)


if __name__ == "__main__":
    main()
