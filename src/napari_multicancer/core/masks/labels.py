"""Label masks: checked, taken apart into planes and regions, changed for one label alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from napari_multicancer.core.errors import MaskError

Label = TypeVar("Label", bound=np.generic)
Region = NDArray[np.bool_]
Box = tuple[slice, ...]

LARGEST_LABEL = 65_535
TOLERANCE = 1e-6
"""Relative, of distances: three pixels of 0.1 mm are not farther than 0.3 mm."""


def fullest_plane(mask: NDArray[np.generic]) -> int:
    """Find the plane where a mask covers most; the middle one where it is empty.

    Parameters
    ----------
    mask : ndarray, shape (..., row, column)

    Returns
    -------
    int
        Index over all planes in order.
    """
    pixels = np.count_nonzero(mask.reshape(-1, mask.shape[-2] * mask.shape[-1]), axis=1)
    return int(pixels.argmax()) if pixels.any() else len(pixels) // 2


def check_mask(mask: NDArray[np.generic]) -> None:
    """Refuse what is no label mask of a plane or a stack.

    Raises
    ------
    MaskError
        With one sentence that says what to do.
    """
    if mask.ndim not in (2, 3):
        raise MaskError(f"The mask has {mask.ndim} axes: use a single plane or a stack of planes.")
    if mask.dtype.kind not in "bui":
        raise MaskError(f"The mask holds {mask.dtype} values: convert it to whole numbers first.")


def check_label(mask: NDArray[np.generic], label: int) -> None:
    """Refuse what is no label mask, a label that it cannot hold, and the background.

    Raises
    ------
    MaskError
        With one sentence that says what to do.
    """
    check_mask(mask)
    largest = (
        1 if mask.dtype.kind == "b" else min(LARGEST_LABEL, int(np.iinfo(mask.dtype.name).max))
    )
    if not 1 <= label <= largest:
        raise MaskError(f"Label {label} cannot be used here: choose one from 1 to {largest}.")


def check_spacing(
    spacing: Sequence[float] | None, mask: NDArray[np.generic]
) -> tuple[float, ...] | None:
    """Refuse a voxel size that is not of positive numbers, one a mask axis or one a plane axis.

    Parameters
    ----------
    spacing : sequence of float or None
        (row, column) or, for a stack, (plane, row, column), in mm.
    mask : ndarray, shape (row, column) or (plane, row, column)

    Returns
    -------
    tuple of float or None
        The same.

    Raises
    ------
    MaskError
        With one sentence that says what to do.
    """
    if spacing is None:
        return None
    sizes = tuple(float(size) for size in spacing)
    if not 2 <= len(sizes) <= mask.ndim or not all(0 < size < np.inf for size in sizes):
        raise MaskError(
            f"The voxel size {sizes} cannot be used for a mask with {mask.ndim} axes: "
            "give one positive number of mm an axis, or none to work in pixels."
        )
    return sizes


def check_plane(mask: NDArray[np.generic], plane: int) -> None:
    """Refuse a plane that the mask does not have; a 2-D mask is plane 0.

    Raises
    ------
    MaskError
        With one sentence that says what to do.
    """
    count = mask.shape[0] if mask.ndim == 3 else 1
    if not 0 <= plane < count:
        choice = f"choose one from 0 to {count - 1}" if count > 1 else "a picture has plane 0 alone"
        raise MaskError(f"There is no plane {plane}: {choice}.")


def check_picture(mask: NDArray[np.generic], image: NDArray[np.generic]) -> None:
    """Refuse a picture that has not the mask's shape, but for a last axis of channels.

    Raises
    ------
    MaskError
        With one sentence that says what to do.
    """
    if image.shape[: mask.ndim] != mask.shape or image.ndim > mask.ndim + 1:
        raise MaskError(
            f"The mask has the shape {mask.shape}, its picture {image.shape}: "
            "choose the picture that was outlined."
        )


def planes_of(
    mask: NDArray[Label], plane: int | None = None
) -> Iterator[tuple[int, NDArray[Label]]]:
    """Go through the planes of a mask, or take one, with its index; the planes are views."""
    check_mask(mask)
    if plane is not None:
        check_plane(mask, plane)
    stack = mask if mask.ndim == 3 else mask[None]
    for index in range(len(stack)) if plane is None else (plane,):
        yield index, stack[index]


def change_label(
    mask: NDArray[Label],
    label: int,
    plane: int | None,
    change: Callable[[Region], Region],
    *,
    in_3d: bool = False,
) -> NDArray[Label]:
    """Let a function redraw one label, plane by plane or in the whole stack at once.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    label : int
        To redraw. The other labels are left alone, also where the function
        would draw over them.
    plane : int or None
        The plane to work on; None for all of them.
    change : callable
        From where the label is to where it shall be, bool arrays of one shape.
        Not called where the label is absent.
    in_3d : bool
        Hand over the whole mask at once, unless one plane is asked for.

    Returns
    -------
    ndarray
        New; shape and dtype as `mask`.

    Raises
    ------
    MaskError
        Mask, label or plane cannot be used.
    """
    check_label(mask, label)
    changed = mask.copy()
    blocks = (
        [changed] if in_3d and plane is None else [view for _, view in planes_of(changed, plane)]
    )
    for block in blocks:
        region = np.equal(block, label)
        if region.any():
            replace_region(block, change(region), label)
    return changed


def replace_region(block: NDArray[Label], region: Region, label: int) -> None:
    """Redraw a label in place: `region` where there is background, and nowhere else."""
    block[np.equal(block, label) & ~region] = 0
    block[region & np.equal(block, 0)] = label


def bounding_box(region: Region, margin: ArrayLike = 0) -> Box:
    """Slices around a region that is not empty, wider by `margin` pixels an axis on every side."""
    box: list[slice] = []
    for axis in range(region.ndim):
        others = tuple(other for other in range(region.ndim) if other != axis)
        inner = region[tuple(box)]
        at = np.flatnonzero(inner.any(axis=others))
        box.append(slice(int(at[0]), int(at[-1]) + 1))
    return widened(tuple(box), margin, region.shape)


def widened(box: Box, margin: ArrayLike, shape: tuple[int, ...]) -> Box:
    """Make slices wider by `margin` pixels an axis on every side, as far as the array goes."""
    margins = np.ceil(np.broadcast_to(margin, len(shape)))
    return tuple(
        slice(int(max(0, side.start - more)), int(min(length, side.stop + more)))
        for side, more, length in zip(box, margins, shape, strict=True)
    )


def connected_regions(region: Region) -> tuple[NDArray[np.int32], int]:
    """Number the connected regions (corners touch: 8 neighbours in a plane, 26 in a stack)."""
    numbered, count = ndimage.label(region, np.ones((3,) * region.ndim))
    return np.asarray(numbered, np.int32), int(count)


def each_connected_region(region: Region, margin: ArrayLike = 0) -> Iterator[tuple[Box, Region]]:
    """Go through connected regions one by one.

    Yields
    ------
    box : tuple of slice
        Around the region, wider by `margin` pixels an axis on every side.
    region : ndarray of bool
        That region alone, in the box.
    """
    numbered, count = connected_regions(region)
    for number, inner in enumerate(ndimage.find_objects(numbered, count), start=1):
        box = widened(inner, margin, region.shape)
        yield box, numbered[box] == number
