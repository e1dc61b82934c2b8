"""How a scan of the list reads, cell by cell."""

from __future__ import annotations

from dataclasses import replace

from napari_multicancer.core.words import NOT_SURE, chance, class_name, quantity
from napari_multicancer.project.query import SortBy
from napari_multicancer.project.records import ListedScan, State
from napari_multicancer.translation import tr

HEADINGS = ("Scan", "State", "Organ", "Finding", "Size", "Doubt", "Time")
SCAN, STATE, ORGAN, FINDING, SIZE, DOUBT, SECONDS = range(len(HEADINGS))
SORTED_BY = (
    SortBy.NAME,
    SortBy.STATE,
    SortBy.ORGAN,
    SortBy.FINDING,
    SortBy.SIZE,
    SortBy.DOUBT,
    SortBy.SECONDS,
)
"""What a click on each heading sorts by."""
STATE_COLORS = {
    State.NEW: "#a9adb5",
    State.PROPOSED: "#56b4e9",
    State.IN_WORK: "#f0c000",
    State.DONE: "#008f6b",
    State.REVIEWED: "#4263d0",
    State.FLAGGED: "#c8430a",
    State.SKIPPED: "#7a5c77",
}
FAILED = "failed"
FAILED_COLOR = "#c8430a"


def state_word(scan: ListedScan) -> str:
    """Name the state of a scan; one that the models have no answer for has failed."""
    failed = scan.state is State.NEW and scan.error
    return (FAILED if failed else str(scan.state)).capitalize()


def state_color(scan: ListedScan) -> str:
    """Give the color of a scan's state, as "#rrggbb"."""
    return FAILED_COLOR if state_word(scan).lower() == FAILED else STATE_COLORS[scan.state]


def organ_word(scan: ListedScan) -> str:
    """Name what a scan shows, and whether a person says so."""
    if not scan.shown_organ:
        return ""
    named = scan.shown_organ.replace("_", " ").capitalize()
    return f"{named} (yours)" if scan.treated_as else named


def veiled(scan: ListedScan) -> ListedScan:
    """Leave out what others say of a scan, for one who is to outline it blindly."""
    return replace(
        scan,
        finding="",
        said_finding="",
        confident=None,
        doubt=None,
        area=None,
        notes="",
        comment="",
    )


def finding_word(scan: ListedScan) -> str:
    """Name what a person says, or what models found, with a question mark where not sure."""
    if scan.said_finding:
        return class_name(scan.said_finding, scan.shown_organ)
    named = class_name(scan.finding, scan.organ) if scan.finding else ""
    if scan.confident is False:
        return f"{named}?" if named else NOT_SURE
    return named


def cell(scan: ListedScan, column: int) -> str:
    """Say what a cell of the table reads.

    Parameters
    ----------
    scan : ListedScan
    column : int
        As in `HEADINGS`.
    """
    if column == SCAN:
        return scan.name
    if column == STATE:
        return state_word(scan)
    if column == ORGAN:
        return organ_word(scan)
    if column == FINDING:
        return finding_word(scan)
    if column == SIZE:
        return "" if scan.area is None else quantity(scan.area, scan.area_unit or "px")
    if column == DOUBT:
        return "" if scan.doubt is None else chance(scan.doubt)
    return f"{scan.work.seconds:,.0f} s" if scan.work.seconds else ""


def second_line(scan: ListedScan) -> str:
    """Say below a scan's name what is most worth knowing."""
    return scan.error or scan.comment or scan.notes


def details(scan: ListedScan) -> str:
    """Say all that is known of a scan, in a few lines."""
    who = f" by {scan.state_by}" if scan.state_by else ""
    lines = [f"{state_word(scan)}{who}, {scan.state_at.astimezone():%d %B %Y, %H:%M}"]
    if scan.error:
        lines.append(scan.error)
    answer = [finding_word(scan)] if scan.shown_finding else []
    if scan.said_finding:
        answer = [tr("{finding} (yours)", finding=finding_word(scan))]
    elif scan.confident is False:
        answer.append(f"{NOT_SURE.lower()}: look for yourself")
    if scan.doubt is not None:
        answer.append(f"doubt {chance(scan.doubt)}")
    if scan.shown_organ:
        answer.insert(0, organ_word(scan))
    if answer:
        lines.append(" · ".join(filter(None, answer)))
    if scan.assigned:
        lines.append(f"{scan.assigned}'s task")
    lines += filter(None, [scan.notes, scan.comment])
    work = scan.work
    if work.seconds or work.strokes or work.clicks:
        lines.append(f"{work.seconds:,.0f} s, {work.strokes:,} strokes, {work.clicks:,} clicks")
    return "\n".join(lines)
