"""The actions of the correction panel: what each is called, and which key starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_multicancer.core.masks.history import SEGMENTED_IN_BOX
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.thread import Cancelled, Progress
from napari_multicancer.widgets.correct.functions import (
    ToolInput,
    copied_to_next,
    each_plane,
    filled,
    grown,
    interpolated,
    largest_alone,
    shrunk,
    smoothed,
    snapped,
)
from napari_multicancer.widgets.correct.part import Mask


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
    is_hand : bool
        On a whole stack, whether it is a person's hand: drawing, clicking, choosing planes.
    """

    name: str
    title: str
    word: str
    key: str = ""
    help: str = ""
    is_hand: bool = True


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
    is_slow : bool
        Takes a while even on a small picture: a thread does it.
    """

    run: Callable[[ToolInput, Progress, Cancelled], Mask]
    needs_stack: bool = False
    needs_picture: bool = False
    goes_on: bool = False
    is_slow: bool = False


SMOOTH = Tool(
    name="smooth",
    title=tr("Smooth outline"),
    word="smooth outline",
    key="Shift-S",
    help=tr("Smooth the outline; the area stays"),
    run=each_plane(smoothed),
    is_hand=False,
)
FILL = Tool(
    name="fill",
    title=tr("Fill holes"),
    word="fill holes",
    key="Shift-H",
    help=tr("Fill what the outline encloses"),
    run=each_plane(filled),
    is_hand=False,
)
GROW = Tool(
    name="grow",
    title=tr("Grow"),
    word="grow",
    key="Shift-G",
    help=tr("Make the label larger by the distance above"),
    run=grown,
    is_hand=False,
)
SHRINK = Tool(
    name="shrink",
    title=tr("Shrink"),
    word="shrink",
    key="Shift-D",
    help=tr("Make the label smaller by the distance above"),
    run=shrunk,
    is_hand=False,
)
SNAP = Tool(
    name="snap",
    title=tr("Snap to edges"),
    word="snap to edges",
    key="Shift-E",
    help=tr("Move the outline to the edges in the image, no farther than the distance above"),
    run=each_plane(snapped),
    is_hand=False,
    needs_picture=True,
    is_slow=True,
)
KEEP_LARGEST = Tool(
    name="keep_largest",
    title=tr("Keep largest"),
    word="keep largest",
    key="Shift-K",
    help=tr("Keep the largest connected region of the label, remove the others"),
    run=largest_alone,
    is_hand=False,
)
COPY_NEXT = Tool(
    name="copy_next",
    title=tr("Copy to next"),
    word="copy to next",
    key="Shift-N",
    help=tr("Copy the outline to the next plane, in place of the one there, and go there"),
    run=copied_to_next,
    needs_stack=True,
    goes_on=True,
)
INTERPOLATE = Tool(
    name="interpolate",
    title=tr("Interpolate gap"),
    word="interpolate gap",
    key="Shift-I",
    help=tr("Outline the planes between the two nearest outlined ones around the plane in view"),
    run=interpolated,
    needs_stack=True,
)
OUTLINE_TOOLS = (SMOOTH, SNAP, GROW, SHRINK, FILL, KEEP_LARGEST)
PLANE_TOOLS = (COPY_NEXT, INTERPOLATE)

KEEP_CLICKED = Action(
    name="keep_clicked",
    title=tr("Keep clicked"),
    word="keep clicked",
    key="Shift-C",
    help=tr("Click a region: the label's others go; Escape leaves"),
)
REMOVE_CLICKED = Action(
    name="remove_clicked",
    title=tr("Remove clicked"),
    word="remove clicked",
    key="Shift-R",
    help=tr("Click a region that shall go; Escape leaves"),
)
SEGMENT_BOX = Action(
    name="segment_box",
    title=tr("Segment in box"),
    word=SEGMENTED_IN_BOX,
    key="Shift-B",
    help=tr("Let the model outline the lesion anew inside a rectangle that you draw"),
)
CLICK = Action(
    name="click",
    title=tr("Click"),
    word="click",
    key="Shift-A",
    help=tr(
        "Click what is missing to add it, what is too much to remove it; with Shift it always "
        "adds, with Alt removes; a drag is a stroke, Space pans, a right click on a mark takes it "
        "back, Escape leaves"
    ),
)
TAKE_BACK = Action(name="take_back", title=tr("Click taken back"), word="click taken back")
PROPAGATE = Action(
    name="propagate",
    title=tr("Propagate"),
    word="propagate",
    key="Shift-P",
    help=tr(
        "Let the network carry the outline from the planes that you clicked on or settled to "
        "the others, as far as it can be believed"
    ),
)
NEXT_DOUBTFUL = Action(
    name="next_doubtful",
    title=tr("Next doubtful"),
    word="next doubtful",
    key="Shift-J",
    help=tr("Go to the next plane whose proposed outline is doubtful"),
)
SETTLE = Action(
    name="settle",
    title=tr("Settle plane"),
    word="settle",
    key="Shift-L",
    help=tr("Say that the outline on the plane in view is right: propagating leaves it alone"),
)
THRESHOLD = Action(name="threshold", title=tr("Threshold"), word="threshold", is_hand=False)

ACTIONS = (
    *OUTLINE_TOOLS,
    *PLANE_TOOLS,
    KEEP_CLICKED,
    REMOVE_CLICKED,
    SEGMENT_BOX,
    CLICK,
    PROPAGATE,
    NEXT_DOUBTFUL,
    SETTLE,
    THRESHOLD,
)
