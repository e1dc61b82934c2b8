"""How a batch is run: the options, told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.options import AUTOMATIC, option
from napari_multicancer.core.scan.pixel_size import checked_pixel_size
from napari_multicancer.io.formats import mask_format, mask_formats


def _known_format(name: str | None) -> str | None:
    return None if name is None else mask_format(name).name


def _known_size(size: float | None) -> float | None:
    try:
        return None if size is None else checked_pixel_size(size)
    except UnsupportedScanError as error:
        raise ValueError(str(error)) from error


def _format_names() -> str:
    """List the formats of masks, the usual one first."""
    return "; ".join(
        f"{row.name} ({row.suffixes[0]}) {row.remark}".strip() for row in mask_formats()
    )


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is run.

    Attributes
    ----------
    models : mapping of str to str
        Task to model name, where not the default.
    workers : int
        Processes on this machine; 1 works in this process.
    scheduler : str, optional
        Address of a Dask scheduler to work on instead.
    resume : bool
        Go on with the table that is there: files whose row says "ok" are left
        alone, failed and missing ones are done.
    overwrite : bool
        Start the table anew where one is there.
    mask_format : str, optional
        How masks are written, see `io.formats`; None for the usual format, which scans also get
        that a format cannot refer to.
    parquet : bool
        At the end, write the table as Parquet too, see `parquet.write_parts`.
    organ : str
        What all scans are; "automatic" lets the recognizer decide.
    pixel_size : float, optional
        Width in mm of the pixels of files that name no size, see `scan.pixel_size`.
    time_limit : float
        Seconds that one file may take. Worker processes are ended then; elsewhere the work stops
        at the next plane, and reading is not broken off.
    memory_limit : float, optional
        GiB of memory that a worker process may hold; None for three quarters of this machine's.
        Without worker processes nothing is limited.
    """

    models: Mapping[str, str] = option(
        dict,
        "Another model than the default; repeatable.",
        name="--model",
        metavar="TASK=NAME",
    )
    workers: int = option(1, "Share the work among N processes.", metavar="N", minimum=1)
    scheduler: str | None = option(None, "Work on this Dask cluster instead.", metavar="ADDRESS")
    resume: bool = option(False, "Leave alone what results.csv says is done.", name="--resume")
    overwrite: bool = False
    mask_format: str | None = option(
        None,
        f"Of the masks: {_format_names()}.",
        name="--format",
        metavar="FORMAT",
        check=_known_format,
    )
    parquet: bool = option(False, "Write the table as Parquet, too, at the end.", name="--parquet")
    organ: str = option(
        AUTOMATIC,
        "What all scans are, such as brain; told from each scan unless given.",
        metavar="ORGAN",
    )
    pixel_size: float | None = option(
        None,
        "Width of a pixel in mm, of files that name no size; marked as entered by hand.",
        name="--pixel-size",
        metavar="MM",
        check=_known_size,
    )
    time_limit: float = option(
        3600.0,
        "Give up a file after so many seconds: --workers end its process then, "
        "a single process and a cluster stop at its next plane.",
        name="--time-limit",
        metavar="SECONDS",
        minimum=1,
    )
    memory_limit: float | None = option(
        None,
        "With --workers, give up a file whose process holds more than so many GiB; three quarters "
        "of this machine's memory unless given.",
        name="--memory-limit",
        metavar="GIB",
        minimum=1,
    )
