"""What each tool does to a mask, as the user has set it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.planes.progress import one_by_one
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.thread import Cancelled, Progress
from napari_multicancer.widgets.correct.part import Mask

NO_PLANE_IN_VIEW = tr(
    "This needs a stack of planes with one of them in view: go back to 2-D with the button below "
    "the layer list, and to a plane of this mask."
)


@dataclass(frozen=True)
class ToolOptions:
    """What the user sets for all tools; the panel's form is made of it."""

    whole_stack: Annotated[
        bool,
        {
            "label": tr("W&ork on"),
            "choices": [(tr("This plane"), False), (tr("Whole stack"), True)],
        },
    ] = False
    amount: Annotated[
        float,
        {
            "label": tr("&Distance"),
            "min": 0.1,
            "max": 100.0,
            "step": 1.0,
            "tooltip": tr("How far to smooth, snap, grow and shrink"),
        },
    ] = 2.0
    in_mm: Annotated[
        bool,
        {"label": tr("Unit of the distance"), "choices": [("px", False), ("mm", True)]},
    ] = False


@dataclass(frozen=True, eq=False)
class ToolInput:
    """What a tool is asked to do.

    Attributes
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        Never changed.
    label : int
    plane : int or None
        The plane seen.
    spacing : tuple of float or None
        Voxel size in mm: see `part.Part`.
    options : ToolOptions
    picture : ndarray or None
        The scan's pixels, shape of `mask`, maybe with a last axis of channels.
    """

    mask: Mask
    label: int
    plane: int | None = None
    spacing: tuple[float, ...] | None = None
    options: ToolOptions = ToolOptions()
    picture: NDArray[np.generic] | None = None

    @property
    def unit_spacing(self) -> tuple[float, ...] | None:
        """The voxel size where the amount is in mm, else None."""
        if not self.options.in_mm:
            return None
        if self.spacing is None:
            raise MaskError(tr("The voxel size of this mask is not known: work in pixels."))
        return self.spacing


def smoothed(given: ToolInput, plane: int | None) -> Mask:
    """Smooth the outline of the label."""
    from napari_multicancer.core.masks.outline import smooth_outline

    return smooth_outline(
        given.mask, given.options.amount, given.label, spacing=given.unit_spacing, plane=plane
    )


def filled(given: ToolInput, plane: int | None) -> Mask:
    """Fill what the outline encloses."""
    from napari_multicancer.core.masks.outline import fill_holes

    return fill_holes(given.mask, given.label, plane=plane)


def snapped(given: ToolInput, plane: int | None) -> Mask:
    """Move the outline to the edges in the picture."""
    from napari_multicancer.core.masks.edges import snap_to_edges

    if given.picture is None:
        raise MaskError(tr("There is no image under this mask: open the scan that it belongs to."))
    spacing = given.unit_spacing
    reach = given.options.amount if spacing is None else given.options.amount / min(spacing[-2:])
    return snap_to_edges(given.mask, given.picture, reach, given.label, plane=plane)


def grown(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    """Make the label larger."""
    from napari_multicancer.core.masks.outline import grow

    return grow(given.mask, given.options.amount, given.label, spacing=given.unit_spacing)


def shrunk(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    """Make the label smaller."""
    from napari_multicancer.core.masks.outline import shrink

    return shrink(given.mask, given.options.amount, given.label, spacing=given.unit_spacing)


def largest_alone(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    """Keep the largest region of the label."""
    from napari_multicancer.core.masks.regions import keep_largest_region

    return keep_largest_region(given.mask, given.label, progress=progress, cancelled=cancelled)


def copied_to_next(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    """Copy the outline to the plane after the one seen."""
    from napari_multicancer.core.masks.interpolation import copy_plane

    return copy_plane(given.mask, *_this_and_next(given), given.label)


def _this_and_next(given: ToolInput) -> tuple[int, int]:
    if given.plane is None:
        raise MaskError(NO_PLANE_IN_VIEW)
    if given.plane + 1 >= len(given.mask):
        raise MaskError(tr("This is the last plane: there is none to copy to."))
    return given.plane, given.plane + 1


def interpolated(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    """Outline the planes in the gap around the one seen."""
    from napari_multicancer.core.masks.interpolation import interpolate_planes

    first, last = gap_around(given.mask, given.label, given.plane)
    return interpolate_planes(given.mask, first, last, given.label, spacing=given.spacing)


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
        raise MaskError(NO_PLANE_IN_VIEW)
    outlined = np.flatnonzero(np.equal(mask, label).any(axis=(1, 2)))
    ends = np.flatnonzero(np.diff(outlined) > 1)
    gaps = [(int(outlined[end]), int(outlined[end + 1])) for end in ends]
    around = [gap for gap in gaps if gap[0] <= plane <= gap[1]]
    if not around:
        raise MaskError(
            tr(
                "No gap lies here: outline the lesion on two planes, and go to a plane between "
                "them."
            )
        )
    return around[0]


def each_plane(
    change: Callable[[ToolInput, int | None], Mask],
) -> Callable[[ToolInput, Progress, Cancelled], Mask]:
    """Make a tool that goes through a stack plane by plane, and can be stopped between them."""

    def run(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
        if given.mask.ndim == 2:
            return change(given, None)
        result = given.mask.copy()
        outlined = np.flatnonzero(np.equal(given.mask, given.label).any(axis=(1, 2)))
        for index in one_by_one(outlined.tolist(), progress, cancelled):
            result[index] = change(_plane_of(given, index), None)
        return result

    return run


def _plane_of(given: ToolInput, index: int) -> ToolInput:
    return ToolInput(
        mask=given.mask[index],
        label=given.label,
        spacing=None if given.spacing is None else given.spacing[-2:],
        options=given.options,
        picture=None if given.picture is None else given.picture[index],
    )
