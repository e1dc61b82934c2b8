"""Pictures and masks of a training folder: found, read, checked, shrunk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.errors import DataError, MulticancerError
from napari_multicancer.core.planes.prepare import intensity_window, normalize
from napari_multicancer.io import load_scan

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
FAULTS_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture, and how high its pixels are.

    Attributes
    ----------
    plane : ndarray, shape (row, column) or (row, column, 3)
        As `read_picture` gives it.
    aspect : float
        How many times as high as wide a pixel is, see `Scan.pixel_aspect`.
    """

    plane: NDArray[Any]
    aspect: float = 1.0


def refuse(faults: Sequence[str]) -> None:
    """Raise what is wrong as one error: the first 20 faults below it, and how many there are.

    Raises
    ------
    DataError
        There is a fault.
    """
    if not faults:
        return
    if len(faults) == 1:
        raise DataError(faults[0])
    shown = list(faults[:FAULTS_SHOWN])
    if len(faults) > FAULTS_SHOWN:
        shown.append(f"and {len(faults) - FAULTS_SHOWN} more")
    raise DataError(f"{len(faults)} things are wrong; mend them and try again:", *shown)


def list_files(folder: Path) -> list[Path]:
    """List the files of a folder in order, without hidden ones and those of file managers."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and not path.name.startswith(".")
        and path.name.lower() not in ("thumbs.db", "desktop.ini")
    )


def list_pictures(folder: Path) -> list[Path]:
    """List the pictures of a folder and its subfolders in order, by their suffix."""
    return [path for path in walk(folder) if path.suffix.lower() in SUFFIXES]


def walk(folder: Path) -> Iterator[Path]:
    """Go through the visible files of a folder and its subfolders in order."""
    yield from list_files(folder)
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            yield from walk(path)


def read_picture(path: Path) -> NDArray[np.generic]:
    """Read a grey or colour picture.

    Returns
    -------
    ndarray, shape (row, column) or (row, column, 3)
        Grey in the file's own type (8, 16 or 32 bits, or float), colour as uint8.

    Raises
    ------
    DataError
        The file is missing, corrupt, no picture, or holds several planes.
    """
    return _read(path, "picture").plane


def read_mask(
    path: Path, shape: tuple[int, int] | None = None, *, lossy: bool = False
) -> NDArray[np.uint8]:
    """Read a mask: black outside, one other value on the lesion.

    Parameters
    ----------
    path : Path
    shape : (height, width), optional
        Size of the picture that the mask belongs to.
    lossy : bool
        The mask went through JPEG, which blurs its border: lesion is what exceeds 127.

    Returns
    -------
    ndarray of uint8, shape (row, column)
        0 outside, 1 on the lesion.

    Raises
    ------
    DataError
        The file cannot be read, has another size than `shape`, or more values
        than the two of a mask.
    """
    mask = _read(path, "mask").plane
    if mask.ndim == 3:
        mask = mask.max(axis=-1)
    if shape is not None and mask.shape != shape:
        raise DataError(f"{path} measures {mask.shape}, its picture {shape}: redraw it")
    if lossy:
        return np.asarray(mask > 127, np.uint8)
    lesion = mask != 0
    values = mask[lesion]
    if values.size and (values != values[0]).any():
        raise DataError(
            f"{path} holds {len(np.unique(mask))} values: "
            "save it as PNG with 0 outside and one value on the lesion"
        )
    return np.asarray(lesion, np.uint8)


def read_pair(
    image: Path, mask: Path | None
) -> tuple[Picture | None, NDArray[np.uint8] | None, list[str]]:
    """Read a picture and its mask, and say what is wrong with either.

    Returns
    -------
    picture : Picture or None
        None where it cannot be read.
    mask : ndarray or None
        As `read_mask` gives it; None where there is none or it cannot be used.
    faults : list of str
        One sentence each.
    """
    picture = outlined = shape = None
    faults = []
    try:
        picture = _read(image, "picture")
        shape = picture.plane.shape[0], picture.plane.shape[1]
    except DataError as error:
        faults.append(str(error))
    if mask is not None:
        try:
            outlined = read_mask(mask, shape)
        except DataError as error:
            faults.append(str(error))
    return picture, outlined, faults


def _read(path: Path, what: str) -> Picture:
    if not path.is_file():
        raise DataError(f"{path} does not exist")
    try:
        scan = load_scan(path)
    except MulticancerError as error:
        raise DataError(f"{path} cannot be read as a {what}: {error}") from error
    if scan.is_stack:
        raise DataError(f"{path} holds {scan.n_planes} planes: save each as a {what}")
    return Picture(scan.plane(0), scan.pixel_aspect)


def to_eight_bits(plane: NDArray[np.generic]) -> Image.Image:
    """Bring a picture of any type to 8 bits; more than 8 by the networks' own intensity window."""
    if plane.dtype != np.uint8:
        plane = np.rint(normalize(plane, intensity_window(plane))).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(plane))


def fit_side(picture: Image.Image, side: int) -> Image.Image:
    """Resample a picture so that its longer side measures `side` pixels."""
    return picture.resize(_fitted(picture.size, side), Image.Resampling.LANCZOS)


def fit_mask(mask: NDArray[np.uint8], side: int) -> Image.Image:
    """Resample a mask alike: a pixel is lesion where most of what it covers is.

    Returns
    -------
    Image
        1-bit, white on the lesion.
    """
    picture = Image.fromarray(mask.astype(np.float32))
    shares = np.asarray(picture.resize(_fitted(picture.size, side), Image.Resampling.BOX))
    return Image.fromarray(shares > 0.5)


def join_masks(masks: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Unite several masks of one picture, each of the same shape (row, column)."""
    return np.asarray(np.maximum.reduce(list(masks)))


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = size
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
