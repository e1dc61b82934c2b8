"""One file of a batch: read, analyzed, its mask written; whatever goes wrong becomes its row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from napari_multicancer.batch.budget import Budget, Watch
from napari_multicancer.batch.masks import judge_likeness, refuse_mask, write_mask
from napari_multicancer.batch.remote import name_of, on_this_machine
from napari_multicancer.batch.results import Row, answered, failed
from napari_multicancer.batch.worklist import FileJob
from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.second_opinion import with_second_opinion
from napari_multicancer.core.errors import CancelledError, MulticancerError, UnreadableFileError
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.core.scan.pixel_size import with_pixel_size
from napari_multicancer.io import load_scan
from napari_multicancer.io.files import flushed_later
from napari_multicancer.io.folders import files_of, notes_beside
from napari_multicancer.logs import log_file

_log = logging.getLogger(__name__)


def analyze_file(
    job: FileJob,
    *,
    out: Path,
    models: Mapping[str, str],
    mask_format: str | None = None,
    organ: str = AUTOMATIC,
    pixel_size: float | None = None,
    budget: Budget | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Row:
    """Analyze one file and write its mask; whatever goes wrong becomes its row.

    Parameters
    ----------
    job : FileJob
    out : Path
        The output folder; absolute, as another process may stand elsewhere.
    models : mapping of str to str
    mask_format : str, optional
        As in `BatchOptions`.
    organ : str
        As `analyze` takes it, for jobs that name none.
    pixel_size : float, optional
        As in `BatchOptions`.
    budget : Budget, optional
        Its time is looked at before each plane.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    dict of str to str
        A row of the results table.

    Raises
    ------
    CancelledError
        `cancelled` said so: there is no row, and no mask.
    """
    started = time.perf_counter()
    name, watch = name_of(job.path), Watch(budget, cancelled)
    try:
        with on_this_machine(job.path) as path:
            with unchanged(path):
                refuse_mask(path)
                scan = load_scan(path)
                scan = replace(scan, name=name, notes=(*scan.notes, *notes_beside(path)))
                scan = judge_likeness(path, scan)
                if pixel_size is not None:
                    scan = with_pixel_size(scan, pixel_size)
                analysis = analyze(scan, organ=job.organ or organ, models=models, cancelled=watch)
                analysis = with_second_opinion(analysis, scan, models=models, cancelled=watch)
            with flushed_later():  # by the process that keeps the table
                mask = write_mask(out, job.mask, scan, analysis, mask_format)
        return answered(job.path, scan, analysis, mask, time.perf_counter() - started)
    except CancelledError:
        if budget is None or not watch.ran_out:
            raise
        return budget.out_of_time(job, time.perf_counter() - started)
    except MulticancerError as error:
        _log.warning("%s failed", job.path, exc_info=True)
        reason = str(error)
    except MemoryError:
        _log.exception("%s failed", job.path)
        reason = f"{name} does not fit into the memory: scale it down, or use fewer workers."
    except Exception:  # noqa: BLE001 - whatever a library raises, the other files go on
        _log.exception("%s failed", job.path)
        reason = f"{name} failed in an unexpected way: {log_file()} has the details."
    return failed(job.path, reason, time.perf_counter() - started)


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Make sure that a scan's files are the same before and after the work on them.

    Parameters
    ----------
    path : Path
        Of a file; or of a folder's series, of which all slices count.

    Raises
    ------
    UnreadableFileError
        One was written to, replaced or deleted in the meantime.
    """
    files = _files(path)
    before = [_state(file) for file in files]
    error = None
    try:
        yield
    except Exception as raised:  # noqa: BLE001 - raised again below
        error = raised
    if [_state(file) for file in files] != before:
        raise UnreadableFileError(
            f"{path.name} changed while it was analysed: run again when it is complete."
        ) from error
    if error is not None:
        raise error


def _files(path: Path) -> tuple[Path, ...]:
    try:
        return files_of(path)
    except UnreadableFileError:
        return (path,)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
