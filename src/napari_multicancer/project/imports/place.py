"""Where masks made elsewhere cannot come from: what the list itself wrote."""

from __future__ import annotations

import os
from pathlib import Path

from napari_multicancer.batch.worklist import MASK_FOLDER
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.place import EXPORT_FOLDER, named, with_all_above
from napari_multicancer.project.versions import FOLDER as VERSION_FOLDER
from napari_multicancer.translation import tr

_WRITTEN = (MASK_FOLDER, VERSION_FOLDER, EXPORT_FOLDER)


def check_source(project: OpenList, path: Path) -> None:
    """Make sure that a list does not take its own masks for some that were made elsewhere.

    Parameters
    ----------
    project : OpenList
    path : Path
        The file or folder of the import.

    Raises
    ------
    UnreadableFileError
        It is the list's folder, or one of those in it that the list writes, or lies in one.
    """
    above = with_all_above(path)
    is_written = any(above & named(project.folder / name) for name in _WRITTEN)
    if is_written or named(path) & named(project.folder):
        raise UnreadableFileError(
            tr(
                "{path} is where the list keeps what it wrote itself: choose masks made "
                "elsewhere, in a folder of their own.",
                path=path,
            )
        )


def own_folder_in(project: OpenList, folder: Path) -> Path | None:
    """Give the list's folder as seen from one above it; None where that is none above it."""
    real, own = Path(os.path.realpath(folder)), Path(os.path.realpath(project.folder))
    is_above = real in own.parents
    return folder / own.relative_to(real) if is_above else None
