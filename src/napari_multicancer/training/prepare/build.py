"""The training folder, built from the public data sets as one downloads them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.splits import SEED
from napari_multicancer.training.prepare import bus_bra, busi, figshare, lgg, other, web
from napari_multicancer.training.prepare.folder import (
    MANIFEST,
    MANIFEST_COLUMNS,
    SET_ASIDE,
    SET_ASIDE_COLUMNS,
    Written,
    manifest_row,
    remove_pictures,
    set_aside_row,
    write_pictures,
    write_table,
)
from napari_multicancer.training.prepare.item import FoundItem, Item
from napari_multicancer.training.prepare.pictures import refuse
from napari_multicancer.training.prepare.selection import (
    choose_splits,
    contradicted,
    name_groups,
    repeated,
    thinned,
)

FINDERS: dict[str, Callable[[Path], FoundItem]] = {
    "busi": busi.find,
    "bus-bra": bus_bra.find,
    "lgg": lgg.find,
    "figshare": figshare.find,
    "web-tumor": web.find_tumor,
    "web-no-tumor": web.find_no_tumor,
    "other": other.find,
}


@dataclass(frozen=True)
class PreparedFolder:
    """What went into a training folder.

    Attributes
    ----------
    manifest, set_aside : tuple of dict
        The rows of ``manifest.csv`` and ``set_aside.csv``; every picture found has
        one in either.
    """

    manifest: tuple[dict[str, str], ...]
    set_aside: tuple[dict[str, str], ...]


def prepare(
    folders: Mapping[str, Path],
    out: Path,
    *,
    seed: int = SEED,
    progress: Callable[[int, int], None] | None = None,
) -> PreparedFolder:
    """Build a training folder.

    Parameters
    ----------
    folders : mapping of str to Path
        Folders of the data sets, by the names of `FINDERS`.
    out : Path
        Missing or empty. It appears when all is done, or not at all.
    seed : int
        The same data sets and seed give the same splits.
    progress : callable, optional
        Called with the number of pictures written and their total.

    Returns
    -------
    PreparedFolder

    Raises
    ------
    OutputError
        `out` is not empty, or cannot be written.
    DataError
        A data set is incomplete or a file of it cannot be used; all faults are named.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} is not an empty folder: name a new one.")
    items, faults = _find(folders)
    out = out.resolve()
    unfinished = out.with_name(f".{out.name}-{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        pictures, unreadable = write_pictures(items, unfinished, progress)
        refuse(faults + unreadable)
        prepared = _write_tables(pictures, unfinished, seed)
        _move(unfinished, out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return prepared


def _move(folder: Path, out: Path) -> None:
    """Put a finished folder in its place, the manifest last where `out` is there already."""
    if not out.exists():
        folder.rename(out)
        return
    for path in sorted(folder.iterdir(), key=lambda path: path.name == MANIFEST):
        path.rename(out / path.name)


def _find(folders: Mapping[str, Path]) -> tuple[list[Item], list[str]]:
    items, faults = [], []
    for name, folder in folders.items():
        if not folder.is_dir():
            faults.append(f"{folder} is no folder: check --{name}")
            continue
        found = FINDERS[name](folder)
        items += found.items
        faults += found.faults
    return items, faults


def _write_tables(pictures: list[Written], folder: Path, seed: int) -> PreparedFolder:
    groups = name_groups(pictures)
    reasons = contradicted(pictures, groups)
    reasons |= repeated(pictures, groups, reasons)
    splits = choose_splits(pictures, groups, reasons, seed)
    reasons |= thinned(pictures, groups, splits, seed)
    remove_pictures([pictures[index] for index in reasons], folder)
    prepared = PreparedFolder(
        tuple(
            manifest_row(pictures[index], groups[index], split)
            for index, split in splits.items()
            if index not in reasons
        ),
        tuple(
            set_aside_row(pictures[index], groups[index], reasons[index])
            for index in sorted(reasons)
        ),
    )
    write_table(folder / MANIFEST, MANIFEST_COLUMNS, prepared.manifest)
    write_table(folder / SET_ASIDE, SET_ASIDE_COLUMNS, prepared.set_aside)
    return prepared
