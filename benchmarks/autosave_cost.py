"""How long the window's thread is held for an auto-save of 512 x 512 x 155 voxels, uint8.

Run it with ``python benchmarks/autosave_cost.py``; it needs no window. Beside the
time of the two things the window's thread does (noting a stroke, making the order)
stands that of one copy of the mask in the same run.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable

import numpy as np

N_STROKES = 40


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_MULTICANCER_AUTOSAVE"] = folder
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _measure()


def _measure() -> None:
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication

    from napari_multicancer.widgets.autosave.autosave import AutoSave

    app = QApplication([])
    viewer = ViewerModel()
    pixels = np.zeros((155, 512, 512), np.uint8)
    viewer.add_image(np.zeros(pixels.shape, np.int16))
    labels = viewer.add_labels(pixels)
    autosave = AutoSave(viewer)
    bare, watched, order = [], [], []
    other = viewer.add_labels(np.zeros((1, 512, 512), np.uint8))
    other.events.paint.disconnect()
    for number in range(N_STROKES):
        bare.append(_seconds(lambda at=number: other.paint((0, 10 + at * 5, 200), 1)))
        watched.append(_seconds(lambda at=number: labels.paint((77, 10 + at * 5, 200), 1)))
        order.append(_seconds(autosave._save_all))
        autosave.flush()
        app.processEvents()
    copying = [_seconds(pixels.copy) for _ in range(5)]
    for name, seconds in {
        "a stroke, not watched": bare,
        "a stroke, watched": watched,
        "making the order": order,
        "one copy of the mask": copying,
    }.items():
        milliseconds = np.array(seconds) * 1000
        print(f"{name:24} median {np.median(milliseconds):7.2f} ms, max {milliseconds.max():7.2f}")


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
