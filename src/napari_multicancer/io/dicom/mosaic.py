"""Siemens mosaics: the planes of a volume laid out as tiles of one picture."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.io.dicom.geometry import number

_COUNT = (0x0019, 0x100A)
"""NumberOfImagesInMosaic, where the private header that also has it was taken out."""
UNDIVIDED = (
    "This is a mosaic of many planes in one picture, and the private header that tells their "
    "number is gone: export it again with its private elements, or as single slices."
)

UNORDERED = (
    "The planes of this mosaic are in the order of its tiles: where they lie in the patient, and "
    "which end is up, the file does not say."
)


@dataclass(frozen=True, eq=False)
class Mosaic:
    """How the tiles of a mosaic make a volume.

    Attributes
    ----------
    shape : (int, int, int)
        Planes, rows and columns of the volume.
    per_side : int
        Tiles side by side.
    positions : ndarray of float, shape (planes, 3)
        Of the middle of each plane's first pixel in the patient in mm; empty where the file
        does not say.
    distance : float or None
        Between planes in mm.
    """

    shape: tuple[int, int, int]
    per_side: int
    positions: NDArray[np.float64]
    distance: float | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the volume."""
        return () if len(self.positions) else (UNORDERED,)

    def divide(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Make of the tiles, row by row, the planes of a volume.

        Parameters
        ----------
        picture : ndarray, shape (row, column)

        Returns
        -------
        ndarray, shape (plane, row, column)
        """
        n_planes, height, width = self.shape
        n = self.per_side
        tiles = picture[: n * height, : n * width].reshape(n, height, n, width)
        return tiles.transpose(0, 2, 1, 3).reshape(n * n, height, width)[:n_planes]


def is_mosaic(dataset: Dataset) -> bool:
    """Say whether a picture is one, by its ImageType."""
    kinds = dataset.get("ImageType") or ()
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return "MOSAIC" in (str(kind).upper() for kind in kinds)


def mosaic_of(dataset: Dataset) -> Mosaic | None:
    """Find out how a picture is to be divided; None where it does not say.

    What Siemens' private (CSA) header says is read by nibabel, which also knows that
    ImagePositionPatient is that of a plane as large as the mosaic with the same middle.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nibabel.nicom.dicomwrappers import MosaicWrapper

        try:
            tiles = MosaicWrapper(dataset, n_mosaic=_count(dataset))
            height, width, n_planes = map(int, tiles.image_shape)
            if min(height, width, n_planes) < 1:
                return None
            distance = number(dataset.get("SpacingBetweenSlices"))
            distance = abs(distance or number(tiles.voxel_sizes[2]) or 0.0) or None
            positions = _positions(tiles, n_planes, distance)
        except Exception:  # noqa: BLE001  nibabel promises nothing narrower for odd headers
            return None
    return Mosaic((n_planes, height, width), tiles.mosaic_size, positions, distance)


def _count(dataset: Dataset) -> int | None:
    said = dataset.get(_COUNT)
    count = None if said is None else number(said.value)
    return int(count) if count and count >= 1 else None


def _positions(tiles: Any, n_planes: int, distance: float | None) -> NDArray[np.float64]:
    from nibabel.nicom.csareader import get_slice_normal

    first, said = tiles.image_position, get_slice_normal(tiles.csa_header or {"tags": {}})
    if first is None or said is None or distance is None or not np.isfinite(first).all():
        return np.empty((0, 3))
    steps = np.arange(n_planes)[:, None] * distance
    return np.asarray(first + steps * tiles.slice_normal, float)
