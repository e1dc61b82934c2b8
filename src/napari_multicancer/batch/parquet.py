"""The results table once more as Parquet, in parts that columnar tools read at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

from napari_multicancer.batch.results import ORGAN_BY_HAND, is_probability, read_columns
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.files import not_written, replacing

FOLDER = "parquet"
PART_ROWS = 100_000
"""A part is closed as soon as it holds so many rows."""

_NUMBERS = ("lesion_area", "seconds")


def check_pyarrow() -> None:
    """Make sure before the first file that Parquet can be written.

    Raises
    ------
    OutputError
        pyarrow is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise OutputError(
            '--parquet needs pyarrow: install it with pip install "napari-multicancer[cluster]".'
        ) from error


def write_parts(table: Path) -> list[Path]:
    """Write a results table as Parquet.

    Parameters
    ----------
    table : Path
        The finished CSV.

    Returns
    -------
    list of Path
        ``parquet/part-00000.parquet`` and so on beside the table, in its order,
        whatever was there replaced. Probabilities, area and seconds are float64,
        "planes" int32, "confident" and "organ_by_hand" bool, the rest strings; empty
        fields are null.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    folder = table.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        parts = list(_write(table, folder))
        for old in set(folder.glob("part-*.parquet")).difference(parts):
            old.unlink()
    except OSError as error:
        raise not_written(folder, error) from error
    return parts


def _write(table: Path, folder: Path) -> Iterator[Path]:
    from pyarrow import parquet

    with _batches(table) as batches:
        rest = iter(batches)
        for number in count():
            first = next(rest, None)
            if first is None:
                return
            part = folder / f"part-{number:05}.parquet"
            with (
                replacing(part) as beside,
                parquet.ParquetWriter(beside, first.schema) as file,
            ):
                rows = 0
                for batch in chain([first], rest):
                    file.write_batch(batch)
                    rows += batch.num_rows
                    if rows >= PART_ROWS:
                        break
            yield part


def _batches(table: Path) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    types = {
        column: pa.float64() if column in _NUMBERS or is_probability(column) else pa.string()
        for column in read_columns(table)
    }
    types |= {"planes": pa.int32(), "confident": pa.bool_(), ORGAN_BY_HAND: pa.bool_()}
    return csv.open_csv(
        table,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True
        ),
    )
