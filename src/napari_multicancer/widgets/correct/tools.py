"""The tools of the correction panel: what each is called, which key starts it, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import CancelledError, MaskError

Mask = NDArray[np.integer]
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Order:
    """What a tool is asked to do.

    Attributes
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        Never changed.
    label : int
    plane : int or None
        The plane seen.
    spacing : tuple of float or None
        Voxel size in mm: see `correction_layer.Part`.
    amount : float
        How far to smooth, grow, shrink or snap, in `mm` or pixels.
    in_mm : bool
    picture : ndarray or None
        The scan's pixels, shape of `mask`, maybe with a last axis of channels.
    """

    mask: Mask
    label: int
    plane: int | None = None
    spacing: tuple[float, ...] | None = None
    amount: float = 0.0
    in_mm: bool = False
    picture: NDArray[np.generic] | None = None

    @property
    def unit_spacing(self) -> tuple[float, ...] | None:
        """The voxel size where the amount is in mm, else None."""
        if not self.in_mm:
            return None
        if self.spacing is None:
            raise MaskError("The voxel size of this mask is not known: work in pixels.")
        return self.spacing


@dataclass(frozen=True)
class Tool:
    """One button of the panel.

    Attributes
    ----------
    name : str
        Unique.
    title : str
        On the button.
    key : str
        As napari writes shortcuts.
    help : str
        One sentence for the tooltip.
    run : callable
        From an `Order` to the new mask; told of progress and asked whether it was
        cancelled after each plane where it goes plane by plane.
    needs_stack : bool
        Works on several planes, whatever the panel's choice.
    """

    name: str
    title: str
    key: str
    help: str
    run: Callable[[Order, Progress, Cancelled], Mask]
    needs_stack: bool = False


def _smooth(order: Order, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.outline import smooth_outline

    return smooth_outline(
        order.mask, order.amount, order.label, spacing=order.unit_spacing, plane=plane
    )


def _fill(order: Order, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.outline import fill_holes

    return fill_holes(order.mask, order.label, plane=plane)


def _snap(order: Order, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.edges import snap_to_edges

    if order.picture is None:
        raise MaskError("There is no image under this mask: open the scan that it belongs to.")
    spacing = order.unit_spacing
    reach = order.amount if spacing is None else order.amount / min(spacing[-2:])
    return snap_to_edges(order.mask, order.picture, reach, order.label, plane=plane)


def _grow(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.outline import grow

    return grow(order.mask, order.amount, order.label, spacing=order.unit_spacing)


def _shrink(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.outline import shrink

    return shrink(order.mask, order.amount, order.label, spacing=order.unit_spacing)


def _keep_largest(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.regions import keep_largest_region

    return keep_largest_region(order.mask, order.label)


def _copy_to_next(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.interpolation import copy_plane

    return copy_plane(order.mask, *_this_and_next(order), order.label)


def _this_and_next(order: Order) -> tuple[int, int]:
    if order.plane is None:
        raise MaskError("This needs a stack of planes with one of them in view in 2-D.")
    if order.plane + 1 >= len(order.mask):
        raise MaskError("This is the last plane: there is none to copy to.")
    return order.plane, order.plane + 1


def _interpolate(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.interpolation import interpolate_planes

    first, last = gap_around(order.mask, order.label, order.plane)
    return interpolate_planes(order.mask, first, last, order.label, spacing=order.spacing)


def gap_around(mask: Mask, label: int, plane: int | None) -> tuple[int, int]:
    """Find the outlined planes between which a label is to be interpolated.

    They are the nearest ones before and after the plane seen, where that shows no
    outline; else the seen plane and the nearest one beyond a gap, at its lower
    index first.

    Parameters
    ----------
    mask : ndarray of int, shape (plane, row, column)
    label : int
    plane : int or None
        The plane seen.

    Raises
    ------
    MaskError
        There is no such pair.
    """
    if plane is None:
        raise MaskError("This needs a stack of planes with one of them in view in 2-D.")
    outlined = np.flatnonzero(np.equal(mask, label).any(axis=(1, 2)))
    ends = np.flatnonzero(np.diff(outlined) > 1)
    gaps = [(int(outlined[end]), int(outlined[end + 1])) for end in ends]
    around = [gap for gap in gaps if gap[0] <= plane <= gap[1]]
    if not around:
        raise MaskError(
            "No gap lies here: outline the lesion on two planes, and go to a plane between them."
        )
    return around[0]


def _each_plane(
    change: Callable[[Order, int | None], Mask],
) -> Callable[[Order, Progress, Cancelled], Mask]:
    """Make a tool that goes through a stack plane by plane, and can be stopped between them."""

    def run(order: Order, progress: Progress, cancelled: Cancelled) -> Mask:
        if order.mask.ndim == 2:
            return change(order, None)
        result = order.mask.copy()
        outlined = np.flatnonzero(np.equal(order.mask, order.label).any(axis=(1, 2)))
        for done, index in enumerate(outlined):
            if cancelled():
                raise CancelledError("Stopped.")
            result[index] = change(_plane_of(order, index), None)
            progress(done + 1, len(outlined))
        return result

    return run


def _plane_of(order: Order, index: int) -> Order:
    return Order(
        mask=order.mask[index],
        label=order.label,
        spacing=None if order.spacing is None else order.spacing[-2:],
        amount=order.amount,
        in_mm=order.in_mm,
        picture=None if order.picture is None else order.picture[index],
    )


SMOOTH = Tool(
    "smooth",
    "Smooth outline",
    "Shift-S",
    "Smooth the outline; the area stays",
    _each_plane(_smooth),
)
FILL = Tool(
    "fill",
    "Fill holes",
    "Shift-H",
    "Fill what the outline encloses",
    _each_plane(_fill),
)
GROW = Tool("grow", "Grow", "Shift-G", "Make the label larger by the distance above", _grow)
SHRINK = Tool(
    "shrink", "Shrink", "Shift-D", "Make the label smaller by the distance above", _shrink
)
SNAP = Tool(
    "snap",
    "Snap to edges",
    "Shift-E",
    "Move the outline to the edges in the image, no farther than the distance above",
    _each_plane(_snap),
)
KEEP_LARGEST = Tool(
    "keep_largest",
    "Keep largest",
    "Shift-K",
    "Keep the largest connected region of the label, remove the others",
    _keep_largest,
)
COPY_NEXT = Tool(
    "copy_next",
    "Copy to next",
    "Shift-N",
    "Copy the outline to the next plane, in place of the one there, and go there",
    _copy_to_next,
    needs_stack=True,
)
INTERPOLATE = Tool(
    "interpolate",
    "Interpolate gap",
    "Shift-I",
    "Outline the planes between the two nearest outlined ones around the plane in view",
    _interpolate,
    needs_stack=True,
)
OUTLINE_TOOLS = (SMOOTH, SNAP, GROW, SHRINK, FILL, KEEP_LARGEST)
PLANE_TOOLS = (COPY_NEXT, INTERPOLATE)
KEEP_CLICKED_KEY, REMOVE_CLICKED_KEY, BOX_KEY = "Shift-C", "Shift-R", "Shift-B"
