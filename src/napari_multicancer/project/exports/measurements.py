"""What is measured of all masks, as one table."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from napari_multicancer.core.masks.measurement_table import BY_HAND, SIZE_COLUMN, record
from napari_multicancer.core.masks.measurements import measure_labels
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.project.exports.case import Case

FILE_NAME = "measurements.csv"
TOLD = ("scan", "path", "organ", "finding", "state", "mask by", "state by", "group", "split")
MEASURED = (
    *("label", "area", "area unit", "perimeter", "longest diameter", "perpendicular"),
    *("smallest diameter", "length unit", "circularity", "solidity"),
    *("mean inside", "sd inside", "mean around", "sd around"),
    *("volume", "volume unit", "planes", "largest on plane", SIZE_COLUMN),
)
_UNIT = re.compile(r"(.+) \((.+)\)")


class MeasurementsExport:
    """Writes one row a label; a scan without a lesion has one row without measurements.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._write("w", dict(zip(TOLD + MEASURED, TOLD + MEASURED, strict=True)))

    def put(self, case: Case) -> None:
        """Write the rows of a case."""
        listed = case.listed
        told = {
            "scan": listed.name,
            "path": str(listed.path).encode("utf-8", "backslashreplace").decode(),
            "organ": listed.shown_organ,
            "finding": case.finding,
            "state": listed.state.value,
            "mask by": case.version.maker,
            "state by": listed.state_by,
            "group": case.group,
            "split": case.split,
            SIZE_COLUMN: BY_HAND if case.scan.pixel_size_by_hand else "",
        }
        rows = _measured(case.scan, case) or [{}]
        self._write("a", *({**told, **row} for row in rows))

    def finish(self) -> None:
        """Nothing stands beside the table."""

    def _write(self, mode: str, *rows: dict[str, Any]) -> None:
        with self._path.open(mode, newline="", encoding="utf-8") as file:
            csv.DictWriter(file, TOLD + MEASURED, restval="").writerows(rows)


def _measured(scan: Scan, case: Case) -> list[dict[str, Any]]:
    labels, pixels = case.labels, scan.pixels
    while labels.ndim > 3 and len(labels) == 1:
        labels, pixels = labels[0], pixels[0]
    if labels.ndim > 3:
        return []
    spacing = scan.voxel_size
    if spacing is not None:
        spacing = spacing[-2:] if not scan.is_volume else spacing[-labels.ndim :]
    measured = measure_labels(labels, spacing, pixels, in_time=scan.is_film)
    return [_with_units(record(one)) for one in measured]


def _with_units(values: dict[str, Any]) -> dict[str, Any]:
    """Take the units from the names into columns of their own, as they differ from scan to scan."""
    row: dict[str, Any] = {}
    for name, value in values.items():
        unit = _UNIT.fullmatch(name)
        row[unit[1] if unit else name] = value
        if unit:
            kind = unit[1] if unit[1] in ("area", "volume") else "length"
            row[f"{kind} unit"] = unit[2]
    return row
