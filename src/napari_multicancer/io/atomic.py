"""Files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from napari_multicancer.core.errors import OutputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write beside `path`, and put the new file in its place at the end.

    Until then an existing file stays as it was; where writing fails nothing is
    left behind.

    Parameters
    ----------
    path : Path
        Its folder must exist.

    Yields
    ------
    Path
        What to write to.

    Raises
    ------
    OutputError
        The disk is full, the folder read-only or missing, or the like.
    """
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        yield beside
        os.replace(beside, path)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> OutputError:
    """Put into a sentence why a file or folder cannot be written."""
    reason = error.strerror or type(error).__name__
    return OutputError(
        f"{path} cannot be written ({reason}): free some space or choose another folder."
    )
