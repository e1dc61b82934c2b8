"""Measures a Labels layer whenever it changes, beside the window's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from qtpy.QtCore import QObject

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.measurements import LabelMeasurements, measure_labels
from napari_multicancer.widgets.common.labels_watch import LabelsWatch
from napari_multicancer.widgets.common.layers import finest_level, voxel_size
from napari_multicancer.widgets.common.record import image_of

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


class MeasurementsWatch(LabelsWatch):
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

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(WAIT_MS, parent)
        self._viewer = viewer

    def _measurement(self, labels: Labels) -> Callable[[], Measurements]:
        return partial(_measure, labels, _picture_under(labels, self._viewer))

    @staticmethod
    def _emitters(labels: Labels | None) -> list[Any]:
        """List what tells of a change; here tools and other units too."""
        if labels is None:
            return []
        events = labels.events
        return [*LabelsWatch._emitters(labels), events.labels_update, events.scale, events.units]


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


def _measure(labels: Labels, image: Image | None) -> Measurements:
    try:
        return Measurements(labels, measure_layer(labels, image))
    except MaskError as error:
        return Measurements(labels, problem=str(error))


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
