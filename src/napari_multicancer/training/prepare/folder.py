"""The training folder, written: pictures as WebP, masks as 1-bit PNG, and the two tables."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.prepare.duplicates import thumbnail
from napari_multicancer.training.prepare.item import Item
from napari_multicancer.training.prepare.pictures import fit_mask, fit_side, to_eight_bits

SIDE = 256
QUALITY = 90
MANIFEST = "manifest.csv"
SET_ASIDE = "set_aside.csv"
MANIFEST_COLUMNS = (
    "image",
    "mask",
    "organ",
    "source",
    "original_width",
    "original_height",
    "diagnosis",
    "group",
    "split",
    "original",
)
SET_ASIDE_COLUMNS = ("original", "source", "diagnosis", "group", "reason")


@dataclass(frozen=True)
class Written:
    """A picture in the training folder.

    Attributes
    ----------
    item : Item
    image, mask : str
        Paths in the folder; no mask where nobody looked for a lesion.
    diagnosis : str
    width, height : int
        Before shrinking, in pixels.
    thumbnail : ndarray of float32, shape (256,)
        For finding near-duplicates.
    """

    item: Item
    image: str
    mask: str
    diagnosis: str
    width: int
    height: int
    thumbnail: NDArray[np.float32]


def write_pictures(
    items: Sequence[Item], folder: Path, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Written], list[str]]:
    """Read all items and write them to `folder`, 256 px on the longer side.

    Returns
    -------
    written : list of Written
        In the order of `items`.
    faults : list of str
        One sentence for each item that cannot be read.
    """
    for organ in {item.organ for item in items}:
        (folder / organ / "images").mkdir(parents=True)
        if organ != "other":
            (folder / organ / "masks").mkdir()
    written, faults = [], []

    def write(item: Item, name: str) -> Written | str:
        return _write(item, name, folder)

    with ThreadPoolExecutor(2) as pool:
        # Closed, the rest of the work is not done, so that a user's Ctrl-C is quick.
        outcomes = cast("Generator[Written | str]", pool.map(write, items, _names(items)))
        with closing(outcomes):
            for done, outcome in enumerate(outcomes, start=1):
                if isinstance(outcome, str):
                    faults.append(outcome)
                else:
                    written.append(outcome)
                if progress is not None:
                    progress(done, len(items))
    return written, faults


def _names(items: Iterable[Item]) -> list[str]:
    """Name the files, no two alike even where case does not count."""
    used: set[str] = set()
    names = []
    for item in items:
        name, number = item.name, 2
        while f"{item.organ}/{name}".lower() in used:
            name, number = f"{item.name}_{number}", number + 1
        used.add(f"{item.organ}/{name}".lower())
        names.append(name)
    return names


def _write(item: Item, name: str, folder: Path) -> Written | str:
    try:
        outlined = item.read()
    except DataError as error:
        return str(error)
    height, width = outlined.plane.shape[:2]
    picture = fit_side(to_eight_bits(outlined.plane), SIDE)
    image = f"{item.organ}/images/{name}.webp"
    picture.save(folder / image, quality=QUALITY)
    mask, diagnosis = "", item.diagnosis
    if outlined.mask is not None:
        mask = f"{item.organ}/masks/{name}.png"
        fit_mask(outlined.mask, SIDE).save(folder / mask)
    if diagnosis is None:
        has_tumor = outlined.mask is not None and outlined.mask.any()
        diagnosis = "tumor" if has_tumor else "no_tumor"
    return Written(item, image, mask, diagnosis, width, height, thumbnail(picture))


def remove_pictures(pictures: Iterable[Written], folder: Path) -> None:
    """Remove the files of pictures that are set aside."""
    for picture in pictures:
        (folder / picture.image).unlink()
        if picture.mask:
            (folder / picture.mask).unlink()


def manifest_row(picture: Written, group: str, split: str) -> dict[str, str]:
    """Make a picture's row of ``manifest.csv``; for other scans the kind is the group."""
    return {
        "image": picture.image,
        "mask": picture.mask,
        "organ": picture.item.organ,
        "source": picture.item.source,
        "original_width": str(picture.width),
        "original_height": str(picture.height),
        "diagnosis": picture.diagnosis,
        "group": picture.item.kind or group,
        "split": split,
        "original": picture.item.original,
    }


def set_aside_row(picture: Written, group: str, reason: str) -> dict[str, str]:
    """Make a picture's row of ``set_aside.csv``."""
    return {
        "original": picture.item.original,
        "source": picture.item.source,
        "diagnosis": picture.diagnosis,
        "group": group,
        "reason": reason,
    }


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a table as CSV in UTF-8."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
