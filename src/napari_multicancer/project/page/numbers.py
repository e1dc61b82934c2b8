"""What a project's page says, gathered from the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path, PurePath
from statistics import median
from typing import Any

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.agreement.compared import Comparer
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.final import final_version, finding_of, last_proposal
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import FINISHED, LEFT, ListedScan, MaskVersion, State

UNTOUCHED = 0.999
"""From this Dice on a proposal counts as left as it was."""
MOST_SOURCES = 30
"""So many folders have a row of their own, those with most scans."""

Corrections = dict[tuple[str, str], list[float]]


def project_content(
    project: OpenList, progress: Callable[[int, int], None], proceed: Callable[[], None]
) -> dict[str, Any]:
    """Gather what the page says.

    Parameters
    ----------
    project : OpenList
    progress : callable
        Called with finished scans looked at, and finished scans in all.
    proceed : callable
        Called before each; may raise CancelledError.

    Returns
    -------
    dict
        Ready for JSON: name, created, software, note, total, states (by name), days (what was
        done by when), people, work (medians), corrections (rows by class and by source), unread
        (sentences), left (scans, hours).
    """
    work, corrections, unread = _finished(project, progress, proceed)
    counts = project.counts()
    left = sum(counts[state] for state in LEFT)
    # Scans that were finished from a terminal took no time that anybody counted.
    seconds = (work["seconds"]["median"] if work["scans"] else None) or None
    return {
        "name": project.folder.name,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "software": f"napari-multicancer {__version__}",
        "note": RESEARCH_USE,
        "total": sum(counts.values()),
        "states": {state.value: number for state, number in counts.items()},
        "days": _days(project),
        "people": {name: vars(person) for name, person in project.people().items()},
        "work": work,
        "corrections": corrections,
        "unread": unread,
        "left": {"scans": left, "hours": None if seconds is None else left * seconds / 3600},
    }


def _days(project: OpenList) -> list[dict[str, Any]]:
    """Count, at the end of each day on which a state changed, the scans in each state but new."""
    now = dict.fromkeys(State, 0)
    days: dict[date, dict[State, int]] = {}
    for change in project.changes():
        now[change.before] -= 1
        now[change.after] += 1
        days[change.at.astimezone().date()] = dict(now)
    return [
        {"day": day.isoformat(), **{s.value: n for s, n in numbers.items() if s is not State.NEW}}
        for day, numbers in sorted(days.items())
    ]


def _finished(
    project: OpenList, progress: Callable[[int, int], None], proceed: Callable[[], None]
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], list[str]]:
    wanted = ScanFilter(FINISHED)
    total = project.count(wanted)
    numbers: dict[str, list[float]] = {"seconds": [], "clicks": [], "strokes": []}
    by_class: Corrections = defaultdict(list)
    by_source: Corrections = defaultdict(list)
    unread: list[str] = []
    with Comparer(project) as comparer:
        for done, scan in enumerate(project.each(wanted), start=1):
            proceed()
            for name, values in numbers.items():
                values.append(getattr(scan.work, name))
            try:
                corrected = _correction(project.versions(scan.id), scan, comparer)
            except MulticancerError as error:
                unread.append(f"{scan.name}: {error.message}")
                corrected = None
            if corrected is not None:
                finding, dice = corrected
                by_class[scan.shown_organ or "not told", finding or "not told"].append(dice)
                by_source[_source(scan), ""].append(dice)
            progress(done, total)
    work = {name: {"median": median(values)} for name, values in numbers.items() if values}
    largest = sorted(by_source.items(), key=lambda item: -len(item[1]))[:MOST_SOURCES]
    rows = {"by class": _rows(by_class), "by source": _rows(dict(largest))}
    return {"scans": total, **work}, rows, unread


def _correction(
    versions: Sequence[MaskVersion], scan: ListedScan, comparer: Comparer
) -> tuple[str, float] | None:
    """Tell what a scan shows, and the Dice of proposal and final mask; None without a proposal."""
    proposed, final = last_proposal(versions), final_version(versions)
    if proposed is None or final is None:
        return None
    same = proposed.id == final.id
    dice = 1.0 if same else comparer.compare(scan, proposed, final).dice
    return finding_of(scan, final), dice


def _source(scan: ListedScan) -> str:
    """Name the folder that a scan lies in."""
    path = PurePath(scan.path) if isinstance(scan.path, str) else Path(scan.path)
    return path.parent.name or str(path.parent)


def _rows(some: Corrections) -> list[dict[str, Any]]:
    return [
        {
            "what": ", ".join(filter(None, what)).replace("_", " "),
            "scans": len(dices),
            "dice": median(dices),
            "untouched": sum(dice >= UNTOUCHED for dice in dices) / len(dices),
        }
        for what, dices in sorted(some.items())
    ]
