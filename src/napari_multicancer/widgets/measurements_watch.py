"""Measures a Labels layer whenever it changes, beside the window's own thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, QTimer, Signal
from superqt.utils import create_worker

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.measurements import LabelMeasurements, measure_labels
from napari_multicancer.widgets.layers import finest_level, voxel_size
from napari_multicancer.widgets.lesions import image_of

WAIT_MS = 50
MOST_LABELS = 100
"""A mask with more labels is a segmentation of something else, and not measured."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """What is measured of a Labels layer.

    Attributes
    ----------
    labels : Labels
    measured : tuple of LabelMeasurements
    problem : str
        Why there are none, in a sentence; empty where that needs no word.
    """

    labels: Labels
    measured: tuple[LabelMeasurements, ...] = ()
    problem: str = ""


class MeasurementsWatch(QObject):
    """Measures the layer it watches after each change, in a thread.

    Parameters
    ----------
    viewer : ViewerModel
        Where the picture under the mask is looked for.

    Attributes
    ----------
    measured : Signal(object)
        A `Measurements`, or None where no layer is watched.
    """

    measured = Signal(object)

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._labels: Labels | None = None
        self._asked = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.measure)

    def watch(self, labels: Labels | None) -> None:
        """Watch another layer from now on, or none, and measure it."""
        if labels is not self._labels:
            for emitter in _emitters(self._labels):
                emitter.disconnect(self._on_changed)
            for emitter in _emitters(labels):
                emitter.connect(self._on_changed)
            self._labels = labels
        self.measure()

    def measure(self) -> None:
        """Measure now; of several answers under way only the last one counts."""
        self._later.stop()
        self._asked += 1
        labels = self._labels
        if labels is None:
            self.measured.emit(None)
            return
        image = _picture_under(labels, self._viewer)
        worker = create_worker(_measure, labels, image, self._asked)
        worker.returned.connect(self._on_measured)
        worker.start()

    def _on_measured(self, numbered: tuple[int, Measurements]) -> None:
        if numbered[0] == self._asked:
            self.measured.emit(numbered[1])

    def _on_changed(self, event: object = None) -> None:
        self._later.start()


def _emitters(labels: Labels | None) -> list[Any]:
    """List what tells of a change: strokes, tools, other data, undo (redrawing), other units."""
    if labels is None:
        return []
    events = labels.events
    return [
        events.paint,
        events.labels_update,
        events.data,
        events.set_data,
        events.scale,
        events.units,
    ]


def _picture_under(labels: Labels, viewer: ViewerModel) -> Image | None:
    """Find the picture whose grey values count: the mask's own, else the topmost that fits."""
    shape = np.shape(labels.data)
    own = image_of(labels)
    candidates = [own] if own is not None else reversed(viewer.layers)
    return next(
        (
            layer
            for layer in candidates
            if isinstance(layer, Image)
            and tuple(finest_level(layer).shape[: layer.ndim]) == tuple(shape)
        ),
        None,
    )


def _measure(labels: Labels, image: Image | None, number: int) -> tuple[int, Measurements]:
    try:
        return number, Measurements(labels, measure_layer(labels, image))
    except MaskError as error:
        return number, Measurements(labels, problem=str(error))


def measure_layer(labels: Labels, image: Image | None) -> tuple[LabelMeasurements, ...]:
    """Measure what is painted on a layer, in mm where its units say so.

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
    mask = np.asarray(labels.data)
    picture = None if image is None else finest_level(image)
    while mask.ndim > 2 and mask.shape[0] == 1:
        mask, picture = mask[0], None if picture is None else picture[0]
    if mask.ndim > 3:
        raise MaskError("Masks of one picture or one stack are measured: split this one first.")
    if mask.max(initial=0) > MOST_LABELS and np.unique(mask).size > MOST_LABELS + 1:
        raise MaskError(f"This mask has more than {MOST_LABELS} labels: remove those not meant.")
    size = voxel_size(labels)
    if size is not None:
        size = size[-mask.ndim :]
        size = size if np.isfinite(size).all() else size[-2:]
    return measure_labels(mask, size, picture)
