"""The tools of the correction panel: what each is called, which key starts it, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import CancelledError, MaskError

Mask = NDArray[np.integer]
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class ToolOptions:
    """What the user sets for all tools; the panel's form is made of it."""

    whole_stack: Annotated[
        bool,
        {"label": "&Work on", "choices": [("This plane", False), ("Whole stack", True)]},
    ] = False
    amount: Annotated[
        float,
        {
            "label": "&Distance",
            "min": 0.1,
            "max": 100.0,
            "step": 1.0,
            "tooltip": "How far to smooth, snap, grow and shrink",
        },
    ] = 2.0
    in_mm: Annotated[
        bool,
        {"label": "Unit of the distance", "choices": [("px", False), ("mm", True)]},
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
            raise MaskError("The voxel size of this mask is not known: work in pixels.")
        return self.spacing


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something the panel does to a mask.

    Attributes
    ----------
    name : str
        For the code, unique.
    title : str
        For people: on its button, in messages.
    word : str
        For the record: in the mask's history, where it must stay what it is.
    key : str
        As napari writes shortcuts; empty for none.
    help : str
        One sentence for the tooltip.
    """

    name: str
    title: str
    word: str
    key: str = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Tool(Action):
    """An action that is one function of the mask.

    Attributes
    ----------
    run : callable
        From a `ToolInput` to the new mask; told of progress and asked whether it was
        cancelled after each plane where it goes plane by plane.
    needs_stack : bool
        Works on several planes, whatever the panel's choice.
    needs_picture : bool
        Looks at the scan below the mask.
    goes_on : bool
        Afterwards the next plane is shown.
    """

    run: Callable[[ToolInput, Progress, Cancelled], Mask]
    needs_stack: bool = False
    needs_picture: bool = False
    goes_on: bool = False


def _smooth(given: ToolInput, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.outline import smooth_outline

    return smooth_outline(
        given.mask, given.options.amount, given.label, spacing=given.unit_spacing, plane=plane
    )


def _fill(given: ToolInput, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.outline import fill_holes

    return fill_holes(given.mask, given.label, plane=plane)


def _snap(given: ToolInput, plane: int | None) -> Mask:
    from napari_multicancer.core.masks.edges import snap_to_edges

    if given.picture is None:
        raise MaskError("There is no image under this mask: open the scan that it belongs to.")
    spacing = given.unit_spacing
    reach = given.options.amount if spacing is None else given.options.amount / min(spacing[-2:])
    return snap_to_edges(given.mask, given.picture, reach, given.label, plane=plane)


def _grow(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.outline import grow

    return grow(given.mask, given.options.amount, given.label, spacing=given.unit_spacing)


def _shrink(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.outline import shrink

    return shrink(given.mask, given.options.amount, given.label, spacing=given.unit_spacing)


def _keep_largest(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.regions import keep_largest_region

    return keep_largest_region(given.mask, given.label)


def _copy_to_next(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
    from napari_multicancer.core.masks.interpolation import copy_plane

    return copy_plane(given.mask, *_this_and_next(given), given.label)


def _this_and_next(given: ToolInput) -> tuple[int, int]:
    if given.plane is None:
        raise MaskError("This needs a stack of planes with one of them in view in 2-D.")
    if given.plane + 1 >= len(given.mask):
        raise MaskError("This is the last plane: there is none to copy to.")
    return given.plane, given.plane + 1


def _interpolate(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
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
    change: Callable[[ToolInput, int | None], Mask],
) -> Callable[[ToolInput, Progress, Cancelled], Mask]:
    """Make a tool that goes through a stack plane by plane, and can be stopped between them."""

    def run(given: ToolInput, progress: Progress, cancelled: Cancelled) -> Mask:
        if given.mask.ndim == 2:
            return change(given, None)
        result = given.mask.copy()
        outlined = np.flatnonzero(np.equal(given.mask, given.label).any(axis=(1, 2)))
        for done, index in enumerate(outlined):
            if cancelled():
                raise CancelledError("Stopped.")
            result[index] = change(_plane_of(given, int(index)), None)
            progress(done + 1, len(outlined))
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


SMOOTH = Tool(
    name="smooth",
    title="Smooth outline",
    word="smooth outline",
    key="Shift-S",
    help="Smooth the outline; the area stays",
    run=_each_plane(_smooth),
)
FILL = Tool(
    name="fill",
    title="Fill holes",
    word="fill holes",
    key="Shift-H",
    help="Fill what the outline encloses",
    run=_each_plane(_fill),
)
GROW = Tool(
    name="grow",
    title="Grow",
    word="grow",
    key="Shift-G",
    help="Make the label larger by the distance above",
    run=_grow,
)
SHRINK = Tool(
    name="shrink",
    title="Shrink",
    word="shrink",
    key="Shift-D",
    help="Make the label smaller by the distance above",
    run=_shrink,
)
SNAP = Tool(
    name="snap",
    title="Snap to edges",
    word="snap to edges",
    key="Shift-E",
    help="Move the outline to the edges in the image, no farther than the distance above",
    run=_each_plane(_snap),
    needs_picture=True,
)
KEEP_LARGEST = Tool(
    name="keep_largest",
    title="Keep largest",
    word="keep largest",
    key="Shift-K",
    help="Keep the largest connected region of the label, remove the others",
    run=_keep_largest,
)
COPY_NEXT = Tool(
    name="copy_next",
    title="Copy to next",
    word="copy to next",
    key="Shift-N",
    help="Copy the outline to the next plane, in place of the one there, and go there",
    run=_copy_to_next,
    needs_stack=True,
    goes_on=True,
)
INTERPOLATE = Tool(
    name="interpolate",
    title="Interpolate gap",
    word="interpolate gap",
    key="Shift-I",
    help="Outline the planes between the two nearest outlined ones around the plane in view",
    run=_interpolate,
    needs_stack=True,
)
OUTLINE_TOOLS = (SMOOTH, SNAP, GROW, SHRINK, FILL, KEEP_LARGEST)
PLANE_TOOLS = (COPY_NEXT, INTERPOLATE)

KEEP_CLICKED = Action(
    name="keep_clicked",
    title="Keep clicked",
    word="keep clicked",
    key="Shift-C",
    help="Click a region: the label's others go; Escape leaves",
)
REMOVE_CLICKED = Action(
    name="remove_clicked",
    title="Remove clicked",
    word="remove clicked",
    key="Shift-R",
    help="Click a region that shall go; Escape leaves",
)
SEGMENT_BOX = Action(
    name="segment_box",
    title="Segment in box",
    word="segment in box",
    key="Shift-B",
    help="Let the model outline the lesion anew inside a rectangle that you draw",
)
THRESHOLD = Action(name="threshold", title="Threshold", word="threshold")
