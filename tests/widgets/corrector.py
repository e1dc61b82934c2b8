"""Opens a sample scan, clicks, corrects with three tools, undoes one; then waits to be killed.

``corrector.py MASK`` writes the corrected mask to MASK (.npy) and prints "saved" once
its snapshot is on disk.
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
import numpy as np
from napari.layers import Image
from qtpy.QtCore import QTimer

from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.autosave import watch_viewer
from napari_multicancer.widgets.correction_tools import OUTLINE_TOOLS
from napari_multicancer.widgets.layers import layer_data

TOOLS = ("Smooth outline", "Grow", "Fill holes")
SAMPLE = "breast_malignant.png"


def sample_layer() -> Image:
    path = next(sample.path for sample in SAMPLES if sample.file == SAMPLE)
    return Image.create(*layer_data(load_scan(path)))


def main(target: Path) -> None:
    viewer = napari.Viewer(show=False)
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
    viewer.add_layer(sample_layer())

    def correct() -> None:
        labels = viewer.layers.selection.active
        panel.ui.tabs.setCurrentIndex(1)
        page = panel.ui.tabs.page(1)
        for title in TOOLS:
            page.use(next(tool for tool in OUTLINE_TOOLS if tool.title == title))
        labels.paint((5, 5), 1)
        labels.undo()
        np.save(target, labels.data)
        watch_viewer(viewer).flush()
        print("saved", flush=True)  # noqa: T201  the parent reads it

    panel.finished.connect(lambda _: QTimer.singleShot(0, correct))
    QTimer.singleShot(0, panel.ui.button.click)
    napari.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
