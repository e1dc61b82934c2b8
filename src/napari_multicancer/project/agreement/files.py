"""Agreement as files: a row a pair, a row a kind of pairs, and pictures."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from napari_multicancer.io.files import replacing
from napari_multicancer.project.agreement.bland_altman import Point, bland_altman
from napari_multicancer.project.agreement.pairs import Pair, PairKind
from napari_multicancer.project.agreement.summary import Summary, of_drawn, within_raters

TABLE, SUMMARY = "agreement.csv", "agreement_summary.csv"
_WITHIN = (
    "scans within raters",
    "scans with raters",
    "drawn scans within raters",
    "drawn scans with raters",
)
_LESS = {
    PairKind.RATERS: "second rater less first",
    PairKind.REPEAT: "second time less first",
    PairKind.MODEL: "rater less model",
}


def write_agreement(out: Path, some: Sequence[Pair], summaries: Sequence[Summary]) -> list[Path]:
    """Write the tables, and a Bland-Altman picture for each kind of pairs.

    Parameters
    ----------
    out : Path
        A folder that is there.

    Returns
    -------
    list of Path

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    written = [out / TABLE, out / SUMMARY]
    _write(written[0], map(_row, some))
    _write(written[1], [_summary_row(summary, some) for summary in summaries])
    for summary in summaries:
        path = out / f"bland_altman_{summary.kind.value.replace(' ', '_')}.svg"
        with replacing(path) as part:
            part.write_text(picture(some, summary), "utf-8")
        written.append(path)
    return written


def picture(some: Sequence[Pair], summary: Summary) -> str:
    """Draw the Bland-Altman picture of one kind of pairs, of those with the commonest unit."""
    ours = [one for one in some if one.kind is summary.kind]
    units = [one.compared.size_unit for one in ours]
    unit = max(set(units), key=units.count)
    return bland_altman(
        summary.kind.value.capitalize(),
        unit.replace("mm2", "mm²"),
        [_point(one) for one in ours if one.compared.size_unit == unit],
        summary.low,
        summary.difference,
        summary.high,
        _LESS[summary.kind],
    )


def _point(pair: Pair) -> Point:
    name = f"{pair.scan.name} ({', '.join(pair.raters)})"
    share = pair.compared.relative_difference
    return Point(pair.compared.mean_size, share, f"{name}: {100 * share:+.1f} %")


def _row(pair: Pair) -> dict[str, Any]:
    one, other = pair.findings
    told, share = pair.compared, pair.compared.relative_difference
    return {
        "scan": pair.scan.name,
        "path": str(pair.scan.path).encode("utf-8", "backslashreplace").decode(),
        "compared": pair.kind.value,
        "first": pair.first.maker,
        "second": pair.second.maker,
        "dice": f"{told.dice:.4f}",
        "hd95": "" if told.distance is None else f"{told.distance:.3f}",
        "hd95 unit": told.length_unit,
        "first size": f"{told.first_size:.3f}",
        "second size": f"{told.second_size:.3f}",
        "difference": f"{told.second_size - told.first_size:.3f}",
        "size unit": told.size_unit,
        "first finding": one,
        "second finding": other,
        "first beginning": pair.beginnings.get(pair.first.id, ""),
        "second beginning": pair.beginnings.get(pair.second.id, ""),
        "relative difference": "" if isnan(share) else f"{share:.4f}",
    }


def _summary_row(summary: Summary, some: Sequence[Pair]) -> dict[str, Any]:
    row = asdict(summary) | {"kind": summary.kind.value}
    begun = row.pop("beginnings")
    row |= dict(zip(("dice q1", "dice median", "dice q3"), row.pop("dice"), strict=True))
    row |= {f"masks {name.replace('_', ' ')}": number for name, number in begun.items()}
    row |= _within_cells(some) if summary.kind is PairKind.MODEL else dict.fromkeys(_WITHIN, "")
    return {name: "" if value != value else value for name, value in row.items()}


def _within_cells(some: Sequence[Pair]) -> dict[str, int]:
    every, drawn = within_raters(some), within_raters(of_drawn(some))
    numbers = (every.near, every.scans, drawn.near, drawn.scans)
    return dict(zip(_WITHIN, numbers, strict=True))


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]) if rows else ["scan"])
        table.writeheader()
        table.writerows(rows)
