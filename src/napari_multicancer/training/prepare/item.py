"""What every data set is turned into: pictures with what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.training.prepare.pictures import join_masks, read_mask, read_picture


@dataclass(frozen=True)
class Outlined:
    """A picture and its lesion.

    Attributes
    ----------
    plane : ndarray, shape (row, column) or (row, column, 3)
    mask : ndarray of uint8, shape (row, column), or None
        1 on the lesion, all 0 where there is none; None where nobody looked.
    """

    plane: NDArray[np.generic]
    mask: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Item:
    """One picture of a data set, not yet read.

    Attributes
    ----------
    organ, source : str
        As in the manifest.
    diagnosis : str or None
        None where it follows from the mask: tumor if anything is outlined.
    patient : str or None
        None where nobody knows; near-duplicates then stand for the patient.
    name : str
        Of the files to be written, without suffix.
    original : str
        Where it was, from the data set's folder on, with forward slashes.
    read : callable
        Gives the `Outlined`, or raises `DataError`.
    kind : str
        What an ``other`` picture shows; empty for the organs.
    """

    organ: str
    source: str
    diagnosis: str | None
    patient: str | None
    name: str
    original: str
    read: Callable[[], Outlined]
    kind: str = ""


@dataclass
class FoundItem:
    """What a data set's folder holds, and what is wrong with it, one sentence a fault."""

    items: list[Item] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def reader(
    picture: Path, masks: tuple[Path, ...] = (), *, healthy: bool = False, lossy: bool = False
) -> Callable[[], Outlined]:
    """Postpone the reading of a picture and its masks.

    Parameters
    ----------
    picture : Path
    masks : tuple of Path
        They are joined.
    healthy : bool
        There is no lesion, even though no mask says so.
    lossy : bool
        The masks are JPEG files.
    """
    return partial(_read, picture, masks, healthy, lossy)


def _read(picture: Path, masks: tuple[Path, ...], healthy: bool, lossy: bool) -> Outlined:
    plane = read_picture(picture)
    shape = (plane.shape[0], plane.shape[1])
    if masks:
        return Outlined(plane, join_masks(read_mask(mask, shape, lossy=lossy) for mask in masks))
    return Outlined(plane, np.zeros(shape, np.uint8) if healthy else None)


def original_name(prefix: str, folder: Path, path: Path) -> str:
    """Name a file as the manifest's column ``original`` does."""
    return f"{prefix}/{path.relative_to(folder).as_posix()}"


def folder_that_holds(folder: Path, *patterns: str) -> Path | None:
    """Find the uppermost folder, `folder` itself or below, with a match for every pattern.

    Archives are unpacked into one folder more or less, as the case may be.
    """
    level = [folder]
    while level:
        for candidate in level:
            if all(any(candidate.glob(pattern)) for pattern in patterns):
                return candidate
        level = sorted(path for parent in level for path in parent.iterdir() if path.is_dir())
    return None
