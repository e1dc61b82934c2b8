"""From a layer's planes to the viewer's sliders, and back; the curve follows both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QObject

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.widgets.analyse.plane_curve import PlaneCurve
from napari_multicancer.widgets.common.layers import reading_of, scan_from_layer, shape_to_read
from napari_multicancer.widgets.common.planes import place_in_view, shown_position
from napari_multicancer.widgets.common.record import LayerRecord, record_of


class PlaneLink(QObject):
    """Keeps a curve over planes and the viewer's sliders at the same plane.

    Parameters
    ----------
    viewer : ViewerModel
    curve : PlaneCurve
        Hidden where the image has one plane only.
    """

    def __init__(
        self, viewer: ViewerModel, curve: PlaneCurve, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._curve = curve
        self._image: Image | None = None
        self._scan: Scan | None = None
        self._record: LayerRecord | None = None
        curve.plane_chosen.connect(self._go_to)
        viewer.dims.events.current_step.connect(self._follow)

    def show(self, image: Image | None, values: Sequence[float | None]) -> None:
        """Draw an image's values, one a plane; nothing where there are fewer than two."""
        is_shown = image is not None and len(values) > 1
        self._image = image if is_shown else None
        self._scan = scan_from_layer(image) if image is not None and is_shown else None
        self._curve.show_values(values if is_shown else ())
        self._follow()

    def show_known_of(self, labels: Labels | None) -> None:
        """Mark what is known of the planes of a mask from now on; of none where it is None."""
        record = None if labels is None else record_of(labels)
        if record is not self._record:
            if self._record is not None:
                self._record.planed.disconnect(self._show_known)
            self._record = record
            if record is not None:
                record.planed.connect(self._show_known)
        self._show_known()

    def _show_known(self, event: object = None) -> None:
        self._curve.show_known({} if self._record is None else self._record.planes)

    def _follow(self, event: object = None) -> None:
        if self._image is None or self._scan is None:
            return
        lengths = self._scan.spatial_shape[:-2]
        before = len(self._before())
        position = shown_position(self._viewer, self._image)[before : before + len(lengths)]
        self._curve.mark(int(np.ravel_multi_index(position, lengths)))

    def _go_to(self, plane: int) -> None:
        if self._image is not None and self._scan is not None:
            position = self._before() + self._scan.position(plane)
            show_position(self._viewer, self._image, position)

    def _before(self) -> tuple[int, ...]:
        """Where the scan lies along the axes of its layer that are not its own."""
        assert self._image is not None
        reading = reading_of(self._image)
        n_read = len(shape_to_read(self._image)) - bool(self._image.rgb)
        alone = (0,) * (self._image.ndim - n_read)
        return alone if reading.volume is None else (*alone, reading.volume)


def show_position(viewer: ViewerModel, layer: Layer, position: Sequence[int]) -> None:
    """Turn the sliders to a plane of a layer; the other axes stay as they are."""
    place = place_in_view(viewer, layer)
    place[: len(position)] = position
    world = layer.data_to_world(place)
    first = viewer.dims.ndim - layer.ndim
    for axis in range(len(position)):
        viewer.dims.set_point(first + axis, world[axis])
