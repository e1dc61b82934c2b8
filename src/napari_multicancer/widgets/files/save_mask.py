"""Ask where to, and save a mask there."""

from __future__ import annotations

import re
from pathlib import Path

from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.masks.history import plain_words
from napari_multicancer.io.formats import mask_format_of, mask_formats
from napari_multicancer.io.row import Format
from napari_multicancer.samples import FOLDER as SAMPLES_FOLDER
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import source_of
from napari_multicancer.widgets.common.notify import say, tell
from napari_multicancer.widgets.common.record import image_of
from napari_multicancer.widgets.files.writer import ground_of, save_labels

LONGEST_STEM = 120


def ask_and_save(parent: QWidget, labels: Labels) -> Path | None:
    """Save a mask where the user says; None where that was nowhere or failed."""
    rows = mask_formats(ground_of(labels).origin)
    filters = {f"{row.title} ({' '.join(f'*{end}' for end in row.suffixes)})": row for row in rows}
    chosen, picked = QFileDialog.getSaveFileName(
        parent, tr("Save mask"), str(suggested_path(labels)), ";;".join(filters)
    )
    if not chosen:
        return None
    try:
        path = _path(Path(chosen), filters.get(picked, rows[0]))
        written = save_labels(path, labels)
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        tell(error, f"saving {labels.name}")
        return None
    say(tr("Saved {written}", written=written))
    return written


def _path(chosen: Path, picked: Format) -> Path:
    """Let name and filter decide on the format: that which is not the suggested one.

    The dialog has asked whether to replace the file it was given; one with
    another end is not replaced unasked.
    """
    named = mask_format_of(chosen)
    if named is picked or named not in (None, mask_formats()[0]):
        return chosen
    name = chosen.name if named is None else chosen.stem
    path = chosen.with_name(name + picked.suffixes[0])
    if path.exists():
        raise OutputError(
            tr("{path} is there already: choose it by its full name to replace it.", path=path)
        )
    return path


def suggested_path(labels: Labels) -> Path:
    """Suggest the layer's name, beside the scan where that is a file of the user's."""
    image = image_of(labels)
    source = None if image is None else source_of(image)
    folder = Path(source).parent if source else Path.home()
    if folder == SAMPLES_FOLDER:
        folder = Path.home()
    return folder / f"{file_stem(labels.name)}{mask_formats()[0].suffixes[0]}"


def file_stem(name: str) -> str:
    """Make of a layer's name one for a file: printable, in no folder, not hidden, not too long."""
    plain = plain_words(re.sub(r'[\\/:*?"<>|]', "_", name), LONGEST_STEM)
    return plain.strip(". ") or "mask"
