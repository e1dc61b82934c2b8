"""Paints without end and reports each stroke; the kill test starts and kills it.

``painter.py window|layer SEED`` prints a line "ROW SECONDS" after each stroke: the
row painted, and the monotonic clock, which all processes share. With "window" it is
a real viewer; with "layer" napari's layers and Qt's event loop without a window,
which start sooner.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

SHAPE = (4, 256, 64)


def scan() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 255, SHAPE, dtype=np.uint8)


def main(kind: str, seed: int) -> None:
    viewer, run = _viewer(kind)
    from napari_multicancer.widgets.autosave.autosave import watch_viewer

    viewer.add_image(scan(), name="head")
    labels = viewer.add_labels(np.zeros(SHAPE, np.uint8), name="head lesion")
    labels.mode = "paint"
    watch_viewer(viewer)
    random = np.random.default_rng(seed)
    rows = iter(random.permutation(SHAPE[1]))
    timer = QTimer()

    def paint() -> None:
        row = next(rows, None)
        if row is None:
            return
        columns = np.arange(SHAPE[2])
        plane = np.full(SHAPE[2], random.integers(SHAPE[0]))
        labels.data_setitem((plane, np.full(SHAPE[2], row), columns), 1)
        print(row, time.monotonic(), flush=True)  # noqa: T201  the parent reads it
        timer.start(int(random.integers(5, 60)))

    timer.setSingleShot(True)
    timer.timeout.connect(paint)
    timer.start(0)
    run()


def _viewer(kind: str) -> tuple[Any, Any]:
    import napari

    if kind == "window":
        return napari.Viewer(show=False), napari.run
    app = QApplication([])
    return napari.components.ViewerModel(), app.exec_


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
