"""What is measured of a Labels layer, kept up to date while it is being corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, Signal
from superqt.utils import QSignalDebouncer

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import finest_level, lies_in_time, voxel_size
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import BackgroundJob

if TYPE_CHECKING:
    from napari_multicancer.core.masks.measurements import LabelMeasurements, LesionSize

LESION_WAIT_MS = 200
LARGEST_AT_ONCE = 4_000_000
"""Voxels; larger masks are measured in a thread."""
MOST_LABELS = 100
"""A mask with more labels is a segmentation of something else, and not measured."""


class LabelsWatch(QObject):
    """Measures one Labels layer a moment after each change of it.

    Subclasses say by `_measurement` what is measured.

    Parameters
    ----------
    wait_ms : int
        From the last change to the measurement.
    parent : QObject, optional

    Attributes
    ----------
    measured : Signal(object)
        What was measured, or None where no layer is watched.
    """

    measured = Signal(object)

    def __init__(self, wait_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._job = BackgroundJob(self)
        self._job.returned.connect(self.measured)
        self._job.failed.connect(self._on_failed)
        self._later = QSignalDebouncer(parent=self)
        self._later.setTimeout(wait_ms)
        self._later.triggered.connect(self.measure)

    @property
    def labels(self) -> Labels | None:
        """The layer that is watched."""
        return self._labels

    def watch(self, labels: Labels | None) -> None:
        """Watch another layer from now on, or none, and measure it."""
        if labels is not self._labels:
            for emitter in self._emitters(self._labels):
                emitter.disconnect(self._on_changed)
            for emitter in self._emitters(labels):
                emitter.connect(self._on_changed)
            self._labels = labels
        self.measure()

    def measure(self) -> None:
        """Measure now; of several answers under way only the last one counts."""
        self._later.cancel()
        self._job.cancel()
        labels = self._labels
        if labels is None:
            self.measured.emit(None)
            return
        work = self._measurement(labels)
        if self._is_quick(labels):
            self.measured.emit(work())
        else:
            self._job.start(lambda *_: work())

    def _measurement(self, labels: Labels) -> Callable[[], Any]:
        """Give what measures a layer; it may run in another thread."""
        raise NotImplementedError

    def _is_quick(self, labels: Labels) -> bool:
        """Say whether measuring does not hold up the window."""
        return False

    @staticmethod
    def _emitters(labels: Labels | None) -> list[Any]:
        """List what tells of a change: strokes, other data, and, for undo, redrawing."""
        if labels is None:
            return []
        return [labels.events.paint, labels.events.data, labels.events.set_data]

    def _on_failed(self, error: Exception) -> None:
        name = tr("the mask") if self._labels is None else self._labels.name
        tell(error, tr("measuring {name}", name=name))

    def _on_changed(self, event: object = None) -> None:
        self._later.throttle()


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
        Whether the user has corrected it.
    made_consistent : bool
        Whether only "Consistent planes" has changed it.
    """

    size: LesionSize | None
    planes: int
    edited: bool
    made_consistent: bool = False


class LesionWatch(LabelsWatch):
    """Measures one lesion's layer whenever its pixels have changed.

    Attributes
    ----------
    measured : Signal(object)
        A `Measured`, or None where no layer is watched.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(LESION_WAIT_MS, parent)

    def _measurement(self, labels: Labels) -> Callable[[], Measured]:
        return partial(_measure_lesion, labels)

    def _is_quick(self, labels: Labels) -> bool:
        return bool(labels.data.size <= LARGEST_AT_ONCE)


def _measure_lesion(labels: Labels) -> Measured:
    """Measure what is painted now, in mm where the layer's units say so."""
    from napari_multicancer.core.masks.measurements import measure_lesion

    planes = int(np.prod(labels.data.shape[:-2], dtype=int))
    size = voxel_size(labels)
    lesion = measure_lesion(labels.data, None if size is None else (size[-2], size[-1]))
    record = record_of(labels)
    corrected = record.is_corrected
    return Measured(lesion, planes, corrected, record.is_edited and not corrected)


def measure_layer(labels: Labels, image: Image | None) -> tuple[LabelMeasurements, ...]:
    """Measure each label that is painted on a layer, in mm where its units say so.

    Parameters
    ----------
    labels : Labels
        A plane or a stack, maybe with leading axes of length 1.
    image : Image, optional
        The picture below, of the same shape.

    Returns
    -------
    tuple of LabelMeasurements

    Raises
    ------
    MaskError
        It is neither, or has more than `MOST_LABELS` labels.
    """
    from napari_multicancer.core.masks.measurements import measure_labels

    mask = np.asarray(labels.data)
    picture = None if image is None else finest_level(image)
    while mask.ndim > 2 and mask.shape[0] == 1:
        mask, picture = mask[0], None if picture is None else picture[0]
    if mask.ndim > 3:
        raise MaskError(tr("Masks of one picture or one stack are measured: split this one first."))
    if mask.max(initial=0) > MOST_LABELS and np.unique(mask).size > MOST_LABELS + 1:
        raise MaskError(
            tr(
                "This mask has more than {most} labels: remove those not meant.",
                most=MOST_LABELS,
            )
        )
    size = voxel_size(labels)
    if size is not None:
        size = size[-mask.ndim :]
        size = size if np.isfinite(size).all() else size[-2:]
    return measure_labels(mask, size, picture, in_time=lies_in_time(labels, image))
