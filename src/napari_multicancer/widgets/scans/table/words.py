"""How a scan of the list reads, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.core.words import chance, class_name, quantity
from napari_multicancer.project.final import LESION, lesion_classes
from napari_multicancer.project.query import SortBy
from napari_multicancer.project.records import ListedScan, State, Work
from napari_multicancer.translation import tr, tr_n

HEADINGS = (
    tr("Scan"),
    tr("State"),
    tr("Organ"),
    tr("Finding"),
    tr("Size"),
    tr("Doubt"),
    tr("Time"),
)
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
STATES = {
    State.NEW: tr("New"),
    State.PROPOSED: tr("Proposed"),
    State.IN_WORK: tr("In work"),
    State.DONE: tr("Done"),
    State.REVIEWED: tr("Reviewed"),
    State.FLAGGED: tr("Flagged"),
    State.SKIPPED: tr("Skipped"),
}
STATE_COLORS = {
    State.NEW: "#a9adb5",
    State.PROPOSED: "#56b4e9",
    State.IN_WORK: "#f0c000",
    State.DONE: "#008f6b",
    State.REVIEWED: "#4263d0",
    State.FLAGGED: "#c8430a",
    State.SKIPPED: "#7a5c77",
}
FAILED, NOT_SURE = tr("Failed"), tr("Not sure")
FAILED_COLOR = "#c8430a"


def state_word(scan: ListedScan) -> str:
    """Name the state of a scan; one that the models have no answer for has failed."""
    return FAILED if _has_failed(scan) else STATES[scan.state]


def _has_failed(scan: ListedScan) -> bool:
    return scan.state is State.NEW and bool(scan.error)


def state_color(scan: ListedScan) -> str:
    """Give the color of a scan's state, as "#rrggbb"."""
    return FAILED_COLOR if _has_failed(scan) else STATE_COLORS[scan.state]


def organ_word(scan: ListedScan) -> str:
    """Name what a scan shows, and whether a person says so."""
    if not scan.shown_organ:
        return ""
    named = scan.shown_organ.replace("_", " ").capitalize()
    return tr("{organ} (by hand)", organ=named) if scan.treated_as else named


def veiled(scan: ListedScan) -> ListedScan:
    """Leave out what others say of a scan, for one who is to outline it blindly."""
    return replace(
        scan,
        finding="",
        said_finding="",
        confident=None,
        doubt=None,
        area=None,
        mask_area=None,
        mask_finding="",
        notes="",
        comment="",
    )


def finding_word(scan: ListedScan) -> str:
    """Name what a person or their mask says, or what models found, with "?" where not sure."""
    if scan.said_finding:
        return class_name(scan.said_finding, scan.shown_organ)
    if scan.mask_finding == LESION and (card := organ_card(scan.shown_organ)) is not None:
        classes = [class_name(name, scan.shown_organ) for name in lesion_classes(card)]
        return tr("{findings}?", findings=" / ".join(classes))
    if scan.mask_finding not in ("", scan.finding):
        return class_name(scan.mask_finding, scan.shown_organ)
    named = class_name(scan.finding, scan.organ) if scan.finding else ""
    if scan.confident is False:
        return tr("{finding}?", finding=named) if named else NOT_SURE
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
        size = scan.shown_area
        return "" if size is None else quantity(size[0], size[1] or "px")
    if column == DOUBT:
        return "" if scan.doubt is None else chance(scan.doubt)
    seconds = f"{scan.work.seconds:,.0f}"
    return tr("{seconds} s", seconds=seconds) if scan.work.seconds else ""


def second_line(scan: ListedScan) -> str:
    """Say below a scan's name what is most worth knowing."""
    return scan.error or scan.comment or scan.notes


def details(scan: ListedScan) -> str:
    """Say all that is known of a scan, in a few lines; first what is most worth knowing."""
    task = tr("{name}'s task", name=scan.assigned) if scan.assigned else ""
    lines = [
        scan.error,
        " · ".join(filter(None, _answer(scan))),
        scan.notes,
        scan.comment,
        _since(scan),
        task,
        _effort(scan.work),
    ]
    return "\n".join(filter(None, lines))


def _since(scan: ListedScan) -> str:
    """Say the state, who set it, and when."""
    state, time = state_word(scan), f"{scan.state_at.astimezone():%Y-%m-%d %H:%M}"
    if scan.state_by:
        return tr("{state} by {name}, {time}", state=state, name=scan.state_by, time=time)
    return tr("{state}, {time}", state=state, time=time)


def _answer(scan: ListedScan) -> Iterator[str]:
    """Say what the scan shows, and how far that can be believed."""
    yield organ_word(scan)
    if scan.said_finding:
        yield tr("{finding} (by hand)", finding=finding_word(scan))
    elif scan.finding and scan.mask_finding not in ("", scan.finding):
        yield tr("{finding} (by the mask)", finding=finding_word(scan))
    elif scan.shown_finding:
        yield finding_word(scan)
    if scan.confident is False and not scan.said_finding and scan.shown_finding == scan.finding:
        yield tr("not sure: look for yourself")
    yield cell(scan, SIZE)
    if scan.doubt is not None:
        yield tr("doubt {share}", share=chance(scan.doubt))


def _effort(work: Work) -> str:
    if work == Work():
        return ""
    counts = (
        tr("{seconds} s", seconds=f"{work.seconds:,.0f}"),
        tr_n("{n} stroke", "{n} strokes", work.strokes),
        tr_n("{n} click", "{n} clicks", work.clicks),
    )
    return ", ".join(counts)
