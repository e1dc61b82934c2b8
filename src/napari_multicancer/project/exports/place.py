"""Where an export may not go: among the scans of the list, or among its masks."""

from __future__ import annotations

import os
from pathlib import Path

from napari_multicancer.batch.worklist import MASK_FOLDER
from napari_multicancer.core.errors import OutputError
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.versions import FOLDER as VERSION_FOLDER
from napari_multicancer.translation import tr

EXPORT_FOLDER = "exports"
"""In the list's folder: where exports go unless told."""


def check_place(project: OpenList, out: Path) -> None:
    """Make sure that what goes out is not taken for scans or masks of the list later.

    Parameters
    ----------
    project : OpenList
    out : Path
        The folder of the export.

    Raises
    ------
    OutputError
        It is a folder of scans or of masks of the list, or lies in one.
    """
    above = with_all_above(out)
    for name in (MASK_FOLDER, VERSION_FOLDER):
        if above & named(project.folder / name):
            raise OutputError(
                tr(
                    "{folder} is where the list keeps its masks: choose another folder for the "
                    "export.",
                    folder=project.folder / name,
                )
            )
    if not above & named(project.folder) and (scans := project.folder_of_scans(above)):
        raise OutputError(
            tr(
                "{folder} holds scans of the list, and an export in it would be taken for more of "
                "them: choose another folder.",
                folder=scans,
            )
        )


def named(folder: Path) -> set[Path]:
    """Give a folder's names: as it is written, and where it lies on the disk."""
    return {Path(os.path.abspath(folder)), Path(os.path.realpath(folder))}


def with_all_above(folder: Path) -> set[Path]:
    """Give a folder's names, and those of all that it lies in."""
    return {one for name in named(folder) for one in (name, *name.parents)}
