"""The folder that a batch writes into."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_multicancer.batch.lock import only_run_in
from napari_multicancer.batch.worklist import MASK_FOLDER
from napari_multicancer.io.files import not_written

_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}\.part")


@contextmanager
def prepared(out: Path) -> Iterator[None]:
    """Make the output folder, hold it for this run alone, and clear up after a killed one.

    Raises
    ------
    OutputError
        It cannot be written, or another run works in it.
    """
    _make(out)
    with only_run_in(out):
        _make(out / MASK_FOLDER)
        for folder in (out, out / MASK_FOLDER):
            _remove_half_written(folder)
        yield


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


def _remove_half_written(folder: Path) -> None:
    """Delete what `io.atomic.replacing` could not put in its place."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if _HALF_WRITTEN.fullmatch(entry.name):
                with suppress(OSError):
                    os.unlink(entry)
