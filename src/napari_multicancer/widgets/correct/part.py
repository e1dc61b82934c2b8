"""What of a Labels layer a tool works on, and how its result becomes one step of napari's undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import voxel_size
from napari_multicancer.widgets.common.record import record_of

Mask = NDArray[np.integer]

NO_PLANE = tr(
    "No single plane of this mask is seen: move the slider to one of its planes, "
    "or let the tools work on the whole stack."
)
NO_PLANE_IN_3D = tr(
    "No single plane of this mask is seen in 3-D: go back to 2-D with the button below the "
    "layer list, or let the tools work on the whole stack."
)


@dataclass(frozen=True, eq=False)
class Changes:
    """The pixels in which two masks differ.

    Attributes
    ----------
    where : tuple of ndarray of int, one an axis of the mask, shape (n,) each
        In C order.
    before, after : ndarray of int, shape (n,)
        What stood there, and what is to stand there.
    """

    where: tuple[NDArray[np.intp], ...]
    before: Mask
    after: Mask

    def __len__(self) -> int:
        return len(self.before)

    def still_there(self, mask: Mask) -> Changes:
        """Leave out the pixels of a mask in which something else stands by now."""
        same = np.equal(mask[self.where], self.before)
        if same.all():
            return self
        return Changes(
            tuple(axis[same] for axis in self.where), self.before[same], self.after[same]
        )


def find_changes(before: Mask, after: Mask) -> Changes:
    """Compare two masks plane by plane.

    Parameters
    ----------
    before, after : ndarray of int, shape (row, column) or (plane, row, column), the same
    """
    found = [
        np.flatnonzero(np.not_equal(was, now)) + index * was.size
        for index, (was, now) in enumerate(zip(_planes(before), _planes(after), strict=True))
    ]
    flat = np.concatenate(found)
    where = np.unravel_index(flat, before.shape)
    return Changes(where, before[where], after[where])


def _planes(mask: Mask) -> Mask:
    return mask.reshape(-1, *mask.shape[-2:])


@dataclass(frozen=True, eq=False)
class Part:
    """One plane of a Labels layer, or its whole stack.

    Attributes
    ----------
    labels : Labels
    data : ndarray of int
        The layer's data at that time.
    index : tuple of int and slice
        Where in the data the mask lies: a place on each axis that it does not have.
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        The layer's own pixels: a view. Planes are those that the viewer shows.
    label : int
        The layer's selected label.
    plane : int or None
        Which plane is seen, or worked on; None for a picture and where several are seen.
    spacing : tuple of float or None
        Voxel size in mm, one value a mask axis, or of the plane's axes alone where
        the planes' distance is not known.
    normal : int
        Of the stack's three axes the one that goes through the planes; 0 unless the
        viewer's axes are rolled.
    """

    labels: Labels
    data: Mask
    index: tuple[int | slice, ...]
    mask: Mask
    label: int
    plane: int | None
    spacing: tuple[float, ...] | None
    normal: int = 0

    @property
    def is_stack(self) -> bool:
        """Whether the mask has planes."""
        return self.mask.ndim == 3

    def of(self, pixels: Any) -> Any:
        """Take the same part of another array over the layer, which may have a last axis more."""
        part = pixels[self.index]
        return np.moveaxis(part, self.normal, 0) if self.is_stack else part

    def place(self, point: Sequence[float]) -> tuple[float, ...]:
        """Take from a point in the layer's pixels what it is in the mask's."""
        if self.data.ndim < 3 or (self.mask.ndim == 2 and self.plane is None):
            return tuple(point[-2:])
        inside = list(point[-3:])
        depth = inside.pop(self.normal)
        return (depth, *inside) if self.is_stack else tuple(inside)

    def point(self, place: Sequence[float]) -> tuple[float, ...]:
        """Take from a place on one plane what it is in the layer's pixels: `place`'s way back."""
        if self.data.ndim < 3 or self.plane is None:
            return (*(0.0,) * (self.data.ndim - 2), *place)
        inside = list(place[-2:])
        inside.insert(self.normal, self.plane)
        return (*(0.0,) * (self.data.ndim - 3), *inside)

    def at(self, plane: int) -> Part:
        """Give one plane of a stack."""
        index = (*self.index, *(slice(None),) * self.normal, plane)
        spacing = None if self.spacing is None else self.spacing[-2:]
        return replace(self, index=index, mask=self.mask[plane], plane=plane, spacing=spacing)

    def where(self, places: Sequence[NDArray[np.intp]]) -> tuple[NDArray[np.intp], ...]:
        """Take from indices in the mask what they are in the layer's data."""
        left = list(places)
        if self.is_stack:
            left.insert(self.normal, left.pop(0))
        index = (*self.index, *(slice(None),) * (self.data.ndim - len(self.index)))
        return tuple(
            left.pop(0) if isinstance(at, slice) else np.full(len(places[0]), at) for at in index
        )


def part_of(viewer: ViewerModel, labels: Labels, *, whole_stack: bool) -> Part:
    """Find what a tool is to work on.

    Leading axes of length 1 do not count. A layer of one plane is a picture,
    whatever the user chose. A stack's planes are those that the viewer shows, along
    whichever axis; in 3-D, the layer's own.

    Raises
    ------
    MaskError
        The layer is multiscale or not in memory, is neither picture nor stack, or
        shows no single plane of it.
    """
    leading = _stack_axis(labels)
    alone = (0,) * leading
    if labels.ndim - leading == 2:
        return _part(labels, alone, None, 0)
    plane, normal = seen_plane(viewer, labels), normal_axis(viewer, labels) or 0
    if whole_stack:
        return _part(labels, alone, plane, normal)
    if plane is None:
        raise MaskError(NO_PLANE_IN_3D if viewer.dims.ndisplay == 3 else NO_PLANE)
    return _part(labels, (*alone, *(slice(None),) * normal, plane), plane, normal)


def _stack_axis(labels: Labels) -> int:
    """Count the leading axes that hold nothing but one stack or picture."""
    if labels.multiscale or not isinstance(labels.data, np.ndarray):
        raise MaskError(
            tr(
                "{name} is not one array in memory: duplicate it as a plain Labels layer first.",
                name=labels.name,
            )
        )
    shape = labels.data.shape
    leading = next((axis for axis in range(labels.ndim - 2) if shape[axis] > 1), labels.ndim - 2)
    if labels.ndim - leading > 3:
        raise MaskError(
            tr(
                "{name} has {axes} axes: use a picture or a stack of planes.",
                name=labels.name,
                axes=labels.ndim - leading,
            )
        )
    return leading


def _part(labels: Labels, index: tuple[int | slice, ...], plane: int | None, normal: int) -> Part:
    mask = labels.data[index]
    return Part(
        labels=labels,
        data=labels.data,
        index=index,
        mask=np.moveaxis(mask, normal, 0) if mask.ndim == 3 else mask,
        label=int(labels.selected_label),
        plane=plane,
        spacing=_spacing(labels, mask.ndim, plane is None and mask.ndim == 2, normal),
        normal=normal,
    )


def _spacing(labels: Labels, ndim: int, is_picture: bool, normal: int) -> tuple[float, ...] | None:
    size = voxel_size(labels)
    if size is None or is_picture:
        return None if size is None else size[-2:]
    in_plane = list(size[-3:])
    depth = in_plane.pop(normal)
    if np.isnan(in_plane).any():
        return None
    return tuple(in_plane) if ndim == 2 or np.isnan(depth) else (depth, *in_plane)


def normal_axis(viewer: ViewerModel, labels: Labels) -> int | None:
    """Find which of a stack's three axes goes through the planes that the viewer shows.

    Returns
    -------
    int or None
        0 unless the viewer's axes are rolled; None in 3-D, for a picture, and where the
        planes lie along an axis that the stack does not have.
    """
    dims = viewer.dims
    first = dims.ndim - 3
    hidden = [axis for axis in dims.not_displayed if axis >= first]
    if labels.ndim < 3 or dims.ndisplay != 2 or len(hidden) != 1:
        return None
    return int(hidden[0] - first)


def seen_plane(viewer: ViewerModel, labels: Labels) -> int | None:
    """Find the plane of a stack that the viewer shows; None where that is not just one."""
    normal = normal_axis(viewer, labels)
    if normal is None:
        return None
    place = labels.world_to_data(np.asarray(viewer.dims.point)[-labels.ndim :])
    plane = int(np.floor(place[normal - 3] + 0.5))
    return plane if 0 <= plane < labels.data.shape[normal - 3] else None


def write(part: Part, changes: Changes, word: str) -> int:
    """Put a tool's result into the layer as one step of its undo and of its history.

    See `set_changed`.
    """
    record_of(part.labels).note_tool(word)
    with part.labels.block_history():
        return set_changed(part, changes)


def set_changed(part: Part, changes: Changes) -> int:
    """Set the pixels that a tool changed, but for those painted since the tool began.

    Within the layer's own `block_history` several calls are one step of undo.

    Parameters
    ----------
    part : Part
    changes : Changes
        In the part's mask.

    Returns
    -------
    int
        How many pixels have changed.

    Raises
    ------
    MaskError
        The layer holds other data by now.
    """
    if part.labels.data is not part.data:
        raise MaskError(
            tr("{name} was given other data meanwhile: use the tool again.", name=part.labels.name)
        )
    left = changes.still_there(part.mask)
    if len(left):
        part.labels.data_setitem(part.where(left.where), left.after)
    return len(left)
