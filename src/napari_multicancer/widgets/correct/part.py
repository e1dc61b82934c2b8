"""What of a Labels layer a tool works on, and how its result becomes one step of napari's undo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.widgets.common.layers import voxel_size
from napari_multicancer.widgets.common.record import record_of

Mask = NDArray[np.integer]


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
    index : tuple of int
        Where in the data the mask lies: a place on each axis that it does not have.
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        The layer's own pixels: a view.
    label : int
        The layer's selected label.
    plane : int or None
        Which plane is seen, or worked on; None for a picture and where several are seen.
    spacing : tuple of float or None
        Voxel size in mm, one value a mask axis, or of the plane's axes alone where
        the planes' distance is not known.
    """

    labels: Labels
    data: Mask
    index: tuple[int, ...]
    mask: Mask
    label: int
    plane: int | None
    spacing: tuple[float, ...] | None

    @property
    def is_stack(self) -> bool:
        """Whether the mask has planes."""
        return self.mask.ndim == 3


def part_of(viewer: ViewerModel, labels: Labels, *, whole_stack: bool) -> Part:
    """Find what a tool is to work on.

    Leading axes of length 1 do not count. A layer of one plane is a picture,
    whatever the user chose.

    Raises
    ------
    MaskError
        The layer is multiscale or not in memory, is neither picture nor stack, or
        shows no single plane of it.
    """
    leading = _stack_axis(labels)
    if labels.ndim - leading == 2:
        return _part(labels, (0,) * leading, None)
    if whole_stack:
        return _part(labels, (0,) * leading, seen_plane(viewer, labels))
    plane = seen_plane(viewer, labels)
    if plane is None:
        raise MaskError(
            "No single plane of this mask is seen: show one plane of the stack in 2-D, "
            "or let the tools work on the whole stack."
        )
    return _part(labels, (*(0,) * leading, plane), plane)


def _stack_axis(labels: Labels) -> int:
    """Count the leading axes that hold nothing but one stack or picture."""
    if labels.multiscale or not isinstance(labels.data, np.ndarray):
        raise MaskError(
            f"{labels.name} is not one array in memory: duplicate it as a plain Labels layer first."
        )
    shape = labels.data.shape
    leading = next((axis for axis in range(labels.ndim - 2) if shape[axis] > 1), labels.ndim - 2)
    if labels.ndim - leading > 3:
        raise MaskError(
            f"{labels.name} has {labels.ndim - leading} axes: use a picture or a stack of planes."
        )
    return leading


def _part(labels: Labels, index: tuple[int, ...], plane: int | None) -> Part:
    mask = labels.data[index]
    return Part(
        labels=labels,
        data=labels.data,
        index=index,
        mask=mask,
        label=int(labels.selected_label),
        plane=plane,
        spacing=_spacing(labels, mask.ndim),
    )


def _spacing(labels: Labels, ndim: int) -> tuple[float, ...] | None:
    size = voxel_size(labels)
    if size is None:
        return None
    return size[-2:] if np.isnan(size[-ndim:]).any() else size[-ndim:]


def seen_plane(viewer: ViewerModel, labels: Labels) -> int | None:
    """Find the plane of a stack that the viewer shows; None where that is not just one."""
    dims = viewer.dims
    axis = dims.ndim - 3
    if labels.ndim < 3 or dims.ndisplay != 2 or axis not in dims.not_displayed:
        return None
    place = labels.world_to_data(np.asarray(dims.point)[-labels.ndim :])
    plane = int(np.floor(place[-3] + 0.5))
    return plane if 0 <= plane < labels.data.shape[-3] else None


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
        raise MaskError(f"{part.labels.name} was given other data meanwhile: use the tool again.")
    left = changes.still_there(part.mask)
    if len(left):
        fixed = tuple(np.full(len(left), place) for place in part.index)
        part.labels.data_setitem((*fixed, *left.where), left.after)
    return len(left)
