"""Ask where to, and save a mask there."""

from __future__ import annotations

import re
from pathlib import Path

from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_multicancer.samples import FOLDER as SAMPLES_FOLDER
from napari_multicancer.widgets.layers import source_of
from napari_multicancer.widgets.lesions import image_of
from napari_multicancer.widgets.notify import say, tell
from napari_multicancer.widgets.writer import SUFFIXES, save_labels

FILTER = "Label TIFF (*.tif *.tiff)"


def ask_and_save(parent: QWidget, labels: Labels) -> Path | None:
    """Save a mask where the user says; None where that was nowhere or failed."""
    chosen, _ = QFileDialog.getSaveFileName(
        parent, "Save mask", str(suggested_path(labels)), FILTER
    )
    if not chosen:
        return None
    try:
        written = save_labels(Path(chosen), labels)
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        tell(error, f"saving {labels.name}")
        return None
    say(f"Saved {written}")
    return written


def suggested_path(labels: Labels) -> Path:
    """Suggest the layer's name, beside the scan where that is a file of the user's."""
    image = image_of(labels)
    source = None if image is None else source_of(image)
    folder = Path(source).parent if source else Path.home()
    if folder == SAMPLES_FOLDER:
        folder = Path.home()
    name = re.sub(r'[\\/:*?"<>|]', "_", labels.name)
    return folder / f"{name}{SUFFIXES[0]}"
