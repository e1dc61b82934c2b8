"""What the demo shows of its batch: the answers as a table, and the scans on one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from napari_multicancer.batch.contact_sheet import Tile, write_contact_sheet
from napari_multicancer.batch.results import OK, Row, winning_column
from napari_multicancer.core.words import chance, plain
from napari_multicancer.io import load_mask, load_scan
from napari_multicancer.samples import SAMPLES, Sample

OVERVIEW = "overview.png"


def demo_table(rows: Sequence[Row]) -> Table:
    """Set what the samples are beside what the models say of them.

    Parameters
    ----------
    rows : sequence of dict
        Results of the samples, as `batch.results` makes them.

    Returns
    -------
    Table
    """
    table = Table(title="What the models say of the sample scans")
    for heading in ("sample", "is", "found", "lesion"):
        table.add_column(heading)
    for sample, row in _pairs(rows):
        lesion = f"{row['lesion_area']} {row['area_unit']}" if row["lesion_area"] else "-"
        expected = f"{sample.organ}, {plain(sample.diagnosis)}"
        table.add_row(sample.name, expected, _found(row), lesion)
    return table


def write_overview(path: Path, rows: Sequence[Row], out: Path) -> Path:
    """Draw all samples with their outlines and answers on one PNG.

    Parameters
    ----------
    path : Path
    rows : sequence of dict
        Results of the samples.
    out : Path
        The folder that their masks are relative to.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    tiles = []
    for sample, row in _pairs(rows):
        mask = load_mask(out / row["mask"]).labels if row["mask"] else None
        caption = (sample.name, f"found: {_found(row)}")
        tiles.append(Tile(load_scan(sample.path), mask, caption))
    return write_contact_sheet(path, tiles)


def _pairs(rows: Sequence[Row]) -> list[tuple[Sample, Row]]:
    by_path = {row["path"]: row for row in rows}
    return [(s, by_path[str(s.path)]) for s in SAMPLES if str(s.path) in by_path]


def _found(row: Row) -> str:
    if row["status"] != OK:
        return row["error"]
    answer = ", ".join(filter(None, (row["organ"], plain(row["diagnosis"]))))
    doubt = "" if row["confident"] == "true" else "not sure: "
    return f"{doubt}{answer} {chance(float(row[winning_column(row)]))}"
