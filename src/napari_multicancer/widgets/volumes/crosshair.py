"""One place in a volume, which the window's slider, its pointer and other views share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_multicancer.widgets.common.layers import finest_level, whole_scan
from napari_multicancer.widgets.common.planes import volume_in_view

Point = tuple[int, int, int]
"""A voxel: plane, row, column."""


class Crosshair(QObject):
    """Follows the sliders, and the pointer over the canvas where it is told to.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    moved : Signal()
        `point`, or `normal`, is another one.
    """

    moved = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._image: Image | None = None
        self._point: Point = (0, 0, 0)
        self._normal = 0
        self.follows_pointer = True
        viewer.dims.events.current_step.connect(self._on_dims)
        viewer.dims.events.order.connect(self._on_dims)
        viewer.dims.events.ndisplay.connect(self._on_dims)
        viewer.mouse_move_callbacks.append(self._on_pointer)

    def end(self) -> None:
        """Follow nothing any more."""
        self._image = None
        if self._on_pointer in self._viewer.mouse_move_callbacks:
            self._viewer.mouse_move_callbacks.remove(self._on_pointer)

    @property
    def point(self) -> Point:
        """The voxel, always one of the volume."""
        return self._point

    @property
    def normal(self) -> int:
        """The volume's axis (z, y, x) that goes through the canvas; in 3-D, that of before."""
        return self._normal

    @property
    def shape(self) -> Point:
        """Of the volume."""
        assert self._image is not None
        planes, rows, columns = finest_level(self._image).shape[: self._image.ndim][-3:]
        return planes, rows, columns

    @property
    def leading(self) -> tuple[int, ...]:
        """Which of several volumes of the layer is shown: an index on each axis before."""
        assert self._image is not None
        return volume_in_view(self._viewer, self._image)

    def follow(self, image: Image | None) -> None:
        """Look at another image's volume, in its middle; None, or what is none, at nothing."""
        self._image = image if image is not None and is_volume(image) else None
        if self._image is not None:
            self._point = _as_point([length // 2 for length in self.shape])
            self._on_dims()

    @property
    def image(self) -> Image | None:
        """Whose volume is looked at."""
        return self._image

    def go(self, point: Sequence[int]) -> None:
        """Go to a voxel, the window's slider too."""
        if self._image is None:
            return
        self._point = _as_point(_clipped(point, self.shape))
        world = self._image.data_to_world((*self.leading, *self._point))
        n_axes = self._viewer.dims.ndim
        self._viewer.dims.set_point(range(n_axes - 3, n_axes), world[-3:])
        self.moved.emit()

    def _in_data(self, world: Sequence[float]) -> np.ndarray:
        assert self._image is not None
        return np.array(self._image.world_to_data(world[-self._image.ndim :]), float)

    def _on_dims(self, event: object = None) -> None:
        """Take from the sliders what they say; the canvas's own axes stay."""
        if self._image is None:
            return
        dims = self._viewer.dims
        hidden = [axis - (dims.ndim - 3) for axis in dims.not_displayed if axis >= dims.ndim - 3]
        if len(hidden) == 1:
            self._normal = int(hidden[0])
        shown = _clipped(self._in_data(dims.point)[-3:], self.shape)
        point = list(self._point)
        for axis in hidden:
            point[axis] = shown[axis]
        self._point = _as_point(point)
        self.moved.emit()

    def _on_pointer(self, viewer: Any, event: Any) -> None:
        if self._image is None or not self.follows_pointer or viewer.dims.ndisplay != 2:
            return
        place = np.floor(self._in_data(event.position)[-3:] + 0.5)
        if (place < 0).any() or (place >= self.shape).any():
            return
        point = _as_point([int(at) for at in place])
        if point != self._point:
            self._point = point
            self.moved.emit()


def is_volume(image: Image) -> bool:
    """Say whether an image layer holds a volume, or several."""
    return image.ndim >= 3 and bool(whole_scan(image).is_volume)


def _clipped(place: Sequence[float] | np.ndarray, lengths: Sequence[int]) -> list[int]:
    nearest = np.floor(np.asarray(place, float) + 0.5)
    return [int(at) for at in np.clip(nearest, 0, np.array(lengths) - 1)]


def _as_point(point: Sequence[int]) -> Point:
    plane, row, column = point
    return plane, row, column
