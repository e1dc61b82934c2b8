"""Figshare (Cheng 2017, doi 10.6084/m9.figshare.1512427): MRI after contrast, three tumors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.prepare.item import (
    FoundItem,
    Item,
    Outlined,
    folder_that_holds,
    original_name,
    reader,
)
from napari_multicancer.training.prepare.pictures import list_pictures, walk

FOLDS = "cvind.mat"
JPEG = (".jpg", ".jpeg")
FILES_A_PATIENT = 20


def find(folder: Path) -> FoundItem:
    """Find the numbered ``.mat`` files, or the folders ``images`` and ``masks`` made of them.

    The ``.mat`` files name the patient. Pictures extracted from them do not: since
    the files stand patient by patient, each run of 20 numbers then counts as one
    patient, which keeps most neighbouring planes together.
    """
    mats = [path for path in walk(folder) if path.suffix == ".mat" and path.name != FOLDS]
    if mats:
        return _find_mats(folder, mats)
    root = folder_that_holds(folder, "images", "masks")
    if root is None:
        return FoundItem(
            faults=[f"{folder} holds neither .mat files nor the folders images and masks"]
        )
    return _find_pictures(folder, root)


def _find_mats(folder: Path, paths: list[Path]) -> FoundItem:
    import h5py

    found = FoundItem()
    for path in paths:
        try:
            with h5py.File(path) as file:
                patient = "".join(map(chr, np.ravel(file["cjdata/PID"])))
        except (OSError, KeyError, TypeError, ValueError) as error:
            found.faults.append(_unreadable(path, error))
            continue
        read = partial(_read_mat, path)
        found.items.append(_item(path.stem, patient, original_name("figshare", folder, path), read))
    return found


def _read_mat(path: Path) -> Outlined:
    """Read a file of MATLAB 7.3, whose arrays stand column by column."""
    import h5py

    try:
        with h5py.File(path) as file:
            plane = np.asarray(file["cjdata/image"]).T
            mask = np.asarray(file["cjdata/tumorMask"]).T
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(_unreadable(path, error)) from error
    if mask.shape != plane.shape or plane.ndim != 2:
        raise DataError(f"{path}: the mask measures {mask.shape}, its picture {plane.shape}")
    if mask.max(initial=0) > 1:
        raise DataError(f"{path}: the mask holds other values than 0 and 1")
    return Outlined(plane, mask.astype(np.uint8))


def _unreadable(path: Path, error: Exception) -> str:
    return f"{path} cannot be read as a file of this data set: {error}"


def _find_pictures(folder: Path, root: Path) -> FoundItem:
    found = FoundItem()
    masks = {_key(root / "masks", path): path for path in list_pictures(root / "masks")}
    for path in list_pictures(root / "images"):
        mask = masks.pop(_key(root / "images", path), None)
        if mask is None:
            found.faults.append(f"{path} has no mask")
        elif not path.stem.isdecimal():
            found.faults.append(f"{path} is not named by its number, such as 723{path.suffix}")
        else:
            patient = f"files{(int(path.stem) - 1) // FILES_A_PATIENT * FILES_A_PATIENT + 1:04}"
            read = reader(path, (mask,), lossy=mask.suffix.lower() in JPEG)
            original = original_name("figshare", folder, path)
            found.items.append(_item(path.stem, patient, original, read))
    found.faults += [f"{mask} has no picture" for mask in masks.values()]
    return found


def _key(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _item(number: str, patient: str, original: str, read: Callable[[], Outlined]) -> Item:
    return Item(
        organ="brain",
        source="Figshare",
        diagnosis="tumor",
        patient=patient,
        name=f"figshare_{number}",
        original=original,
        read=read,
    )
