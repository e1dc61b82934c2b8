"""Masks in files, one a scan, named after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_mask, load_scan
from napari_multicancer.io.formats import has_scan_suffix, stem
from napari_multicancer.io.load import is_mask
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.imports.found import FoundMask
from napari_multicancer.project.imports.matching import Matcher
from napari_multicancer.project.imports.place import own_folder_in

_BLACK_AND_WHITE = 2
MOST_VALUES = 32
"""A file of which nothing says that it is a mask has so many values at most, if it is one."""


def mask_files(project: OpenList, folder: Path) -> Iterator[FoundMask]:
    """Find the masks in a folder and those inside it; what the list itself wrote is none.

    Raises
    ------
    UnreadableFileError
        There is no such folder, or none in it.
    """
    yield from _in_folder(project, folder, folder)


def nnunet_masks(project: OpenList, folder: Path) -> Iterator[FoundMask]:
    """Find the labels of a data set of nnU-Net's, or its predictions in a folder.

    Raises
    ------
    UnreadableFileError
        There are none, or dataset.json cannot be read.
    """
    there = [folder / name for name in ("labelsTr", "labelsTs") if (folder / name).is_dir()]
    table = folder / "dataset.json"
    if table.is_file():
        try:
            json.loads(table.read_text("utf-8"))["labels"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFileError(
                f"{table} is no dataset.json of nnU-Net: choose the folder that holds one."
            ) from error
    for one in there or [folder]:
        yield from _in_folder(project, one, one)


def _in_folder(project: OpenList, folder: Path, root: Path) -> Iterator[FoundMask]:
    if folder.is_file():
        raise UnreadableFileError(f"{folder} is a file: choose the folder that it lies in.")
    if not folder.is_dir():
        raise UnreadableFileError(f"There is no folder {folder}: check its name.")
    own = own_folder_in(project, folder)
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and has_scan_suffix(path) and not path.name.startswith(".")
        if own is None or own not in path.parents
    )
    if not files:
        raise UnreadableFileError(f"{folder} holds no masks: choose another folder.")
    matcher = Matcher(project, root)
    for path in files:
        named = path.relative_to(root).with_name(stem(path)).as_posix()
        yield FoundMask(path.name, partial(matcher.scan, named), partial(_labels, path))


def _labels(path: Path, scan: Scan) -> NDArray[Any]:
    """Read a mask; a picture of two values is one, too: black outside, anything else inside.

    Raises
    ------
    UnreadableFileError
        It is a picture, or the scan itself.
    """
    try:
        labels = load_mask(path, [scan.origin]).labels
    except MulticancerError:
        labels = _of_picture(path)
    if not is_mask(path) and (number := len(np.unique(labels))) > MOST_VALUES:
        raise UnreadableFileError(
            f"{path.name} holds {number} different values, as a picture does: put its mask, a few "
            "whole numbers, in its place, or take it out of the folder."
        )
    return labels


def _of_picture(path: Path) -> NDArray[Any]:
    picture = load_scan(path)
    values = np.asarray(picture.pixels)
    if "c" in picture.axes:
        values = values[..., :3].max(axis=-1)
    if values.dtype.kind not in "bui":
        raise UnreadableFileError(f"{path.name} holds no labels: save it with whole numbers.")
    if len(np.unique(values)) <= _BLACK_AND_WHITE:
        return np.asarray(values != 0, np.uint8)
    return values
