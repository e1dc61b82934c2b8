"""Forms of exports and imports, in the window's words."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.io.formats import mask_format
from napari_multicancer.io.row import Format
from napari_multicancer.translation import tr


@dataclass(frozen=True)
class FormWords:
    """How a form is offered: its title, and a sentence on what it is."""

    title: str
    what: str


_EXPORTS = {
    "coco": FormWords(tr("COCO"), tr("Pictures, and outlines exact to the pixel as JSON.")),
    "yolo": FormWords(
        tr("YOLO segmentation"), tr("Pictures, and beside each its outlines as polygons.")
    ),
    "nnunet": FormWords(
        tr("nnU-Net"), tr("The raw data set: images and labels as NIfTI, dataset.json.")
    ),
    "monai-label": FormWords(
        tr("MONAI Label"), tr("A datastore: images, final labels and the proposals.")
    ),
    "measurements": FormWords(tr("Measurements"), tr("A table with a row a label, as CSV.")),
    "training": FormWords(
        tr("Training folder"),
        tr("Pictures, masks and labels.csv, as the command train reads them."),
    ),
}
IMPORT_WORDS = {
    "masks": FormWords(
        tr("Masks"), tr("A folder of masks, each named after its scan, maybe with _mask.")
    ),
    "coco": FormWords(tr("COCO"), tr("The JSON file with the outlines.")),
    "nnunet": FormWords(tr("nnU-Net"), tr("The folder of a data set, or of predictions.")),
}


def export_words(name: str) -> FormWords:
    """Give the words in which an export is offered."""
    return _EXPORTS.get(name) or _masks(mask_format(name))


def _masks(row: Format) -> FormWords:
    title = tr("Masks: {format}", format=row.title)
    if row.lies_on is Format.lies_on:
        return FormWords(title, tr("The masks alone, a file a scan."))
    kind = row.title.split()[0]
    return FormWords(title, tr("The masks alone, a file a scan of {kind}.", kind=kind))
