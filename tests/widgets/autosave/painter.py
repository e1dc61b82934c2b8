"""Paints without end and reports each stroke; the kill test starts and kills it.

``painter.py window|layer FOLDER...`` loads napari once and then splits into one painter
for each folder, in which that one keeps its snapshots. On standard output come the lines
"NAME pid PID" and, for each stroke, "NAME ROW BEATS": the row painted, and how often
a timer of `BEAT_MS` has rung. Beats are the painter's own time: on a busy machine they
slow down as all else in it does. With "window" it is a real viewer; with "layer" napari's
layers and Qt's event loop without a window, which start sooner.
"""

from __future__ import annotations

import os
import sys
from typing import Any
from zlib import crc32

import napari
import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from napari_multicancer.io.snapshots.folder import VARIABLE
from napari_multicancer.widgets.autosave.autosave import watch_viewer

SHAPE = (4, 256, 64)
BEAT_MS = 50
AT_ONCE = 12


def scan() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 255, SHAPE, dtype=np.uint8)


def main(kind: str, folders: list[str]) -> None:
    """Split into one painter for each folder, some at a time, and wait for the end of all."""
    load_what_layers_need()
    for number, folder in enumerate(folders):
        if number >= AT_ONCE:
            os.wait()
        if os.fork() == 0:
            os.environ[VARIABLE] = folder
            name = os.path.basename(folder)
            report(name, "pid", os.getpid())
            paint(kind, name)
            os._exit(0)
    for _ in folders[-AT_ONCE:]:
        os.wait()


def load_what_layers_need() -> None:
    """Import once, before the split, what napari imports with its first layers."""
    viewer = napari.components.ViewerModel()
    viewer.add_image(scan())
    viewer.add_labels(np.zeros(SHAPE, np.uint8))


def report(*words: object) -> None:
    """Write a line as one piece, so that those of several processes do not mix."""
    os.write(sys.stdout.fileno(), f"{' '.join(map(str, words))}\n".encode())


def paint(kind: str, name: str) -> None:
    viewer, run = _viewer(kind)
    viewer.add_image(scan(), name="head")
    labels = viewer.add_labels(np.zeros(SHAPE, np.uint8), name="head lesion")
    labels.mode = "paint"
    watch_viewer(viewer)
    random = np.random.default_rng(crc32(name.encode()))
    rows = iter(random.permutation(SHAPE[1]))
    beats, timer, heart = 0, QTimer(), QTimer()

    def beat() -> None:
        nonlocal beats
        beats += 1

    def stroke() -> None:
        row = next(rows, None)
        if row is None:
            return
        columns = np.arange(SHAPE[2])
        plane = np.full(SHAPE[2], random.integers(SHAPE[0]))
        labels.data_setitem((plane, np.full(SHAPE[2], row), columns), 1)
        report(name, row, beats)
        timer.start(int(random.integers(60, 160)))

    timer.setSingleShot(True)
    timer.timeout.connect(stroke)
    heart.timeout.connect(beat)
    heart.start(BEAT_MS)
    timer.start(0)
    run()


def _viewer(kind: str) -> tuple[Any, Any]:
    if kind == "window":
        return napari.Viewer(show=False), napari.run
    app = QApplication([])
    return napari.components.ViewerModel(), app.exec_


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
