"""The forms in which scans and masks go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


Begin = Callable[[Path], Export]
"""Makes what writes an export, of the folder."""


def _masks(row: Format) -> Begin:
    return lambda folder: MasksExport(folder, row)


EXPORTS: Mapping[str, Begin] = {
    "coco": CocoExport,
    "yolo": YoloExport,
    "nnunet": NnunetExport,
    "monai-label": MonaiLabelExport,
    **{row.name: _masks(row) for row in mask_formats()},
    "measurements": MeasurementsExport,
    "training": TrainingExport,
}
"""What makes an export, by the name of its form."""
