"""The forms in which scans and masks go out: what each writes, and in which words it is offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from napari_multicancer.io.formats import mask_formats
from napari_multicancer.io.row import Format
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.coco import CocoExport
from napari_multicancer.project.exports.masks import MasksExport
from napari_multicancer.project.exports.measurements import MeasurementsExport
from napari_multicancer.project.exports.monai_label import MonaiLabelExport
from napari_multicancer.project.exports.nnunet import NnunetExport
from napari_multicancer.project.exports.training import TrainingExport
from napari_multicancer.project.exports.yolo import YoloExport


class Export(Protocol):
    """Writes cases in one form."""

    def put(self, case: Case) -> None:
        """Write a case; MaskError leaves it out."""

    def finish(self) -> None:
        """Write what there is to say of all."""


@dataclass(frozen=True)
class ExportForm:
    """A form in which scans and masks go out.

    Attributes
    ----------
    title : str
        As a window offers it.
    what : str
        What is written, in a sentence.
    begin : callable
        Makes what writes it, of the folder.
    """

    title: str
    what: str
    begin: Callable[[Path], Export]


def _masks(row: Format) -> ExportForm:
    of = "" if row.lies_on is Format.lies_on else f" of {row.title.split()[0]}"
    return ExportForm(
        f"Masks: {row.title}",
        f"The masks alone, a file a scan{of}.",
        lambda folder: MasksExport(folder, row),
    )


EXPORTS: Mapping[str, ExportForm] = {
    "coco": ExportForm("COCO", "Pictures, and outlines exact to the pixel as JSON.", CocoExport),
    "yolo": ExportForm(
        "YOLO segmentation", "Pictures, and beside each its outlines as polygons.", YoloExport
    ),
    "nnunet": ExportForm(
        "nnU-Net", "The raw data set: images and labels as NIfTI, dataset.json.", NnunetExport
    ),
    "monai-label": ExportForm(
        "MONAI Label", "A datastore: images, final labels and the proposals.", MonaiLabelExport
    ),
    **{row.name: _masks(row) for row in mask_formats()},
    "measurements": ExportForm(
        "Measurements", "A table with a row a label, as CSV.", MeasurementsExport
    ),
    "training": ExportForm(
        "Training folder",
        "Pictures, masks and labels.csv, as the command train reads them.",
        TrainingExport,
    ),
}
"""What makes an export, by the name of its form."""
