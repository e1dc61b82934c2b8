"""Measures a Labels layer whenever it changes, beside the window's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels
from qtpy.QtCore import QObject

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.measurements import LabelMeasurements
from napari_multicancer.widgets.common.lesions import image_under, size_is_by_hand
from napari_multicancer.widgets.common.measuring import LabelsWatch, measure_layer

WAIT_MS = 50


@dataclass(frozen=True, eq=False)
class Measurements:
    """What is measured of a Labels layer.

    Attributes
    ----------
    labels : Labels
    measured : tuple of LabelMeasurements
    problem : str
        Why there are none, in a sentence; empty where that needs no word.
    size_by_hand : bool
        Whether the user named the size of a pixel.
    """

    labels: Labels
    measured: tuple[LabelMeasurements, ...] = ()
    problem: str = ""
    size_by_hand: bool = False


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
        layers = self._viewer.layers
        by_hand = size_is_by_hand(labels, layers)
        return partial(_measure, labels, image_under(labels, layers), by_hand)

    @staticmethod
    def _emitters(labels: Labels | None) -> list[Any]:
        """List what tells of a change; here tools and other units too."""
        if labels is None:
            return []
        events = labels.events
        return [*LabelsWatch._emitters(labels), events.labels_update, events.scale, events.units]


def _measure(labels: Labels, image: Image | None, size_by_hand: bool) -> Measurements:
    try:
        return Measurements(labels, measure_layer(labels, image), size_by_hand=size_by_hand)
    except MaskError as error:
        return Measurements(labels, problem=str(error))
