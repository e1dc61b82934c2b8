"""The data card of an export: how many scans, by whom, from which scanners, which versions."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project import moments
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.plan import LeftOut, Plan
from napari_multicancer.project.final import INDEX

CARD, LEFT_OUT = "data_card.json", "left_out.csv"


@dataclass
class Tally:
    """What is counted while the cases of an export are written."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    scans: int = 0
    index: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, case: Case, scanner: str) -> None:
        """Count a case."""
        self.scans += 1
        content = (case.listed.fingerprint or b"").hex()
        self.index.append((case.name, case.listed.name, content))
        self.seconds.append(case.listed.work.seconds)
        self.groups.setdefault(case.split, set()).add(case.group)
        told = {
            "split": case.split,
            "state": case.listed.state.value,
            "organ": case.listed.shown_organ,
            "finding": case.finding,
            "mask by": case.version.maker,
            "mask from": case.version.kind.value,
            "reviewed by": case.listed.state_by if case.listed.state == "reviewed" else "",
            "models": case.listed.models,
            "scanner": scanner,
        }
        for name, value in told.items():
            self.counts.setdefault(name, Counter())[value or "not told"] += 1


def write_card(folder: Path, kind: str, tally: Tally, plan: Plan) -> None:
    """Write ``data_card.json`` and the index, and ``left_out.csv`` where a scan was left out."""
    with (folder / INDEX).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("name", "file", "content"), *tally.index])
    (folder / CARD).write_text(json.dumps(_card(kind, tally, plan), indent=2), "utf-8")
    if plan.left_out:
        _write_left_out(folder / LEFT_OUT, plan.left_out)


def _card(kind: str, tally: Tally, plan: Plan) -> dict[str, Any]:
    return {
        "note": RESEARCH_USE,
        "format": kind,
        "software": f"napari-multicancer {__version__}",
        "made": moments.now(),
        "scans": tally.scans,
        "left out": len(plan.left_out),
        "median seconds of work": round(median(tally.seconds), 1) if tally.seconds else None,
        "groups": {split: len(groups) for split, groups in tally.groups.items()},
        **{name: dict(counts.most_common()) for name, counts in tally.counts.items()},
    }


def _write_left_out(path: Path, left_out: Iterable[LeftOut]) -> None:
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        table = csv.writer(file)
        table.writerow(("path", "reason"))
        table.writerows((str(one.scan.path), one.reason) for one in left_out)
