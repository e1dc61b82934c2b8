"""What may be said of a scan of the list, and by whom; a sentence on why not."""

from __future__ import annotations

from dataclasses import replace

from napari_multicancer.project import Project
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import FINISHED, LEFT, ListedScan, State
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.scans.table.words import STATES

NO_LIST = tr("No list of scans is open: drop scans or a folder on the Scans tab.")
NO_SCAN = tr("No scan is open: open a row first.")


LAST_OF_ALL = tr("This is the last scan of the list, and no other is left to be done.")
FIRST = tr("This is the first scan of the list.")


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
    states = wanted.states & LEFT if wanted.states else LEFT
    others = project.count(replace(wanted, states=states)) if states else 0
    if states and project.holds(at, replace(wanted, states=states)):
        others -= 1
    if not others:
        return LAST_OF_ALL
    return tr_n(
        "This is the last scan of the list; {n} other is still to be done.",
        "This is the last scan of the list; {n} others are still to be done.",
        others,
    )


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


def left_undone(scan: ListedScan) -> str:
    """Say of a scan that going on alone does not make done that it is not; else empty."""
    name = scan.name
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
