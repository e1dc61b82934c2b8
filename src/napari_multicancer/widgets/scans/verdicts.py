"""What may be said of a scan of the list, and by whom; a sentence on why not."""

from __future__ import annotations

from napari_multicancer.project import Project
from napari_multicancer.project.query import ScanFilter, to_do
from napari_multicancer.project.records import FINISHED, ListedScan, State
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.scans.table.words import STATES
from napari_multicancer.widgets.scans.way import NEXT_KEYS

NO_LIST = tr("No list of scans is open: drop scans or a folder on the Scans tab.")
NO_SCAN = tr("No scan is open: open a row first.")


LAST_OF_ALL = tr("This is the last scan of the list, and no other is left to be done.")
FIRST = tr("This is the first scan of the list.")


BEGUN = frozenset({State.PROPOSED, State.IN_WORK})
"""States from which going on to the next scan means that this one is done."""


def at_the_end(project: Project, at: int, wanted: ScanFilter) -> str:
    """Say that no scan comes after one, and how many others are still to be done.

    Parameters
    ----------
    project : Project
    at : int
        The `ListedScan.id` of the last one.
    wanted : ScanFilter
        Which scans are gone through.
    """
    if others := _others_left(project, at, wanted):
        return tr_n(
            "This is the last scan of the list; {n} other is still to be done ({key} again).",
            "This is the last scan of the list; {n} others are still to be done ({key} again).",
            others,
            key=NEXT_KEYS[0],
        )
    if hidden := _others_left(project, at, ScanFilter()):
        return tr_n(
            "No other scan that is shown is left to be done; {n} of the list is.",
            "No other scan that is shown is left to be done; {n} of the list are.",
            hidden,
        )
    return LAST_OF_ALL


def _others_left(project: Project, at: int, wanted: ScanFilter) -> int:
    """Count the scans but one that a filter lets through and that are still to be worked on."""
    left = to_do(wanted)
    return 0 if left is None else project.count(left) - project.holds(at, left)


def objection(
    project: Project | None, scan: ListedScan | None, state: State, *, is_unread: bool
) -> str:
    """Say why the open scan may not be said to be in a state; empty where it may.

    Parameters
    ----------
    project : Project or None
    scan : ListedScan or None
    state : State
    is_unread : bool
        There are masks of the scan, none of which can be read, and no new one.
    """
    if project is None:
        return NO_LIST
    if scan is None:
        return NO_SCAN
    if project.read_only:
        return to_look_at_only(project)
    if state is State.DONE and is_unread:
        return tr(
            "No mask of {name} can be read, and an empty one would take its place: outline "
            "it anew, or skip it.",
            name=scan.name,
        )
    return _no_review(scan, project.who) if state is State.REVIEWED else ""


def of_second(scan: ListedScan) -> str:
    """Say that a second outline is kept beside the first, and changes nothing of its scan."""
    return tr(
        "You draw a second outline of {name}: Done, next keeps it. What becomes of the scan is "
        "for those to say who see its first mask.",
        name=scan.name,
    )


def nothing_drawn(scan: ListedScan) -> str:
    """Say that an outline drawn without others' masks, on which nothing is drawn, is not kept."""
    return tr(
        "Your outline of {name} is not kept, as nothing is drawn: go back and press Done as it is "
        "where there is no lesion.",
        name=scan.name,
    )


def to_look_at_only(project: Project) -> str:
    """Say that a list may not be changed."""
    return tr(
        "{folder} is open to look at only: nothing is changed.",
        folder=project.folder,
    )


def yours_now(scan: ListedScan) -> str:
    """Say that who changes a mask does not review it."""
    return tr(
        "You changed the mask of {name}: it is yours now, and done; a second person reviews it.",
        name=scan.name,
    )


def stays_here(scan: ListedScan) -> str:
    """Say that what was painted on a scan of a list to look at is not in the list."""
    return tr(
        "{name}: the list is open to look at only, so that what you painted is not "
        "in it; its layer stays, hidden: save it to a file.",
        name=scan.name,
    )


def mask_removed(scan: ListedScan) -> str:
    """Say that a scan whose mask was taken out of the viewer is not done with the models' mask."""
    return tr(
        "The mask of {name} was removed, and an empty one is in its place: outline the lesion, or "
        "press Done, next once more where there is none.",
        name=scan.name,
    )


def left_undone(scan: ListedScan) -> str:
    """Say of a scan that going on alone does not make done that it is not; else empty."""
    name = scan.name
    if scan.is_refused and scan.state in BEGUN:
        return tr(
            "{name} is not done, as the models take it for none of their organs: choose Treat as, "
            "or press Done as it is where there is no lesion.",
            name=name,
        )
    return {
        State.NEW: tr(
            "{name} is not done, as the models have no answer: go back and press Done as it is "
            "where there is no lesion.",
            name=name,
        ),
        State.FLAGGED: tr(
            "{name} is still flagged: go back and press Done as it is where all is well.",
            name=name,
        ),
        State.SKIPPED: tr(
            "{name} is still skipped: go back and press Done as it is where it is to be part "
            "of the list.",
            name=name,
        ),
    }.get(scan.state, "")


def _no_review(scan: ListedScan, who: str) -> str:
    if scan.state not in FINISHED:
        return tr(
            "{name} is not done ({state}): it can be reviewed when it is.",
            name=scan.name,
            state=STATES[scan.state],
        )
    if scan.done_by == who:
        return tr(
            "{name} is your own: a second person reviews it, under another name.", name=scan.name
        )
    return ""
