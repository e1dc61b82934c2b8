"""Keeps the lesion's size up to date while it is being corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject

from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.labels_watch import LabelsWatch
from napari_multicancer.widgets.common.record import record_of

if TYPE_CHECKING:
    from napari_multicancer.core.masks.measurements import LesionSize

WAIT_MS = 200
LARGEST_AT_ONCE = 4_000_000
"""Voxels; larger masks are measured in a thread."""


@dataclass(frozen=True)
class Measured:
    """How large a lesion is now.

    Attributes
    ----------
    size : LesionSize or None
        None where nothing is outlined.
    planes : int
        Of the scan; 1 for a picture.
    edited : bool
        Whether the user has changed it.
    """

    size: LesionSize | None
    planes: int
    edited: bool


class LesionWatch(LabelsWatch):
    """Measures one lesion's layer whenever its pixels have changed.

    Attributes
    ----------
    measured : Signal(object)
        A `Measured`, or None where no layer is watched.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(WAIT_MS, parent)

    def _measurement(self, labels: Labels) -> Callable[[], Measured]:
        return partial(_measure, labels)

    def _is_quick(self, labels: Labels) -> bool:
        return bool(labels.data.size <= LARGEST_AT_ONCE)


def _measure(labels: Labels) -> Measured:
    planes = int(np.prod(labels.data.shape[:-2], dtype=int))
    return Measured(lesions.measure(labels), planes, record_of(labels).is_edited)
