"""Measurements as the rows of a table: named values, for files, panels and reports."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from napari_multicancer.core.masks.measurements import LabelMeasurements

Value = float | int | None
SIZE_COLUMN, BY_HAND = "pixel size", "entered by hand"


def record(measured: LabelMeasurements) -> dict[str, Value]:
    """Name each value of one label, with its unit where it has one.

    Parameters
    ----------
    measured : LabelMeasurements

    Returns
    -------
    dict of str to float, int or None
        In the order of a table's columns; units stand in round brackets at the
        end of a name. None where something is not known.
    """
    shape, diameters = measured.shape, measured.shape.diameters
    area, length = f"({_written(measured.area_unit)})", f"({measured.length_unit})"
    values: dict[str, Value] = {
        "label": measured.label,
        f"area {area}": shape.area,
        f"perimeter {length}": shape.perimeter,
        f"longest diameter {length}": diameters.largest,
        f"perpendicular {length}": diameters.perpendicular,
        f"smallest diameter {length}": diameters.smallest,
        "circularity": shape.circularity,
        "solidity": shape.solidity,
        "mean inside": measured.inside.mean if measured.inside else None,
        "sd inside": measured.inside.sd if measured.inside else None,
        "mean around": measured.ring.mean if measured.ring else None,
        "sd around": measured.ring.sd if measured.ring else None,
    }
    if measured.volume is not None:
        unit = "voxels" if measured.volume_unit == "px" else measured.volume_unit
        values[f"volume ({unit})"] = measured.volume
    if measured.is_stack:
        values |= {"planes": measured.planes, "largest on plane": measured.plane}
    return values


def _written(area_unit: str) -> str:
    return "mm²" if area_unit == "mm2" else area_unit


def to_csv(
    measured: Sequence[LabelMeasurements], separator: str = ",", *, size_by_hand: bool = False
) -> str:
    """Write a table with a line of names and a line a label; empty where nothing is measured.

    Parameters
    ----------
    measured : sequence of LabelMeasurements
        Of one mask.
    separator : str
        A comma for files, a tab for spreadsheets' clipboards.
    size_by_hand : bool
        Whether the user named the size of a pixel: a last column says so.

    Returns
    -------
    str
        Numbers in full precision with a decimal point; what is not known is left out.
    """
    marked = {SIZE_COLUMN: BY_HAND} if size_by_hand else {}
    records = [{**record(one), **marked} for one in measured]
    if not records:
        return ""
    table = io.StringIO()
    writer = csv.DictWriter(table, records[0], delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return table.getvalue()
