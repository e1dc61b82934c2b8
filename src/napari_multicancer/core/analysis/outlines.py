"""What an analysis outlines: the mask and the probability map of a scan, plane by plane."""

from __future__ import annotations

import tempfile
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.masks.refinement import clean_mask, drop_specks_on
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.scan.scan import Scan

LARGEST_MAP = 2**26
"""Voxels up to which probabilities are held in memory (256 MiB)."""
SPECK = 4
"""A region on one plane alone of a volume is to be so many times the card's smallest lesion."""


class Outlines:
    """Mask and probability map of one scan; planes may come from several threads.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    size : int
        Side of the network's square map in pixels.
    largest_map : int
        Voxels of the largest scan whose probabilities are held in memory.

    Attributes
    ----------
    mask : ndarray of uint8
        1 on the lesion, in the shape of the scan's spatial axes.
    probability : ndarray or dask array of float32, same shape
        0..1. A dask array, of one chunk a plane, for scans above `largest_map`: it
        brings the network's own maps, kept in a temporary file, to the scan's pixels
        when they are asked for.
    """

    def __init__(self, scan: Scan, size: int, largest_map: int = LARGEST_MAP) -> None:
        self._scan = scan
        self.mask = np.zeros(scan.spatial_shape, np.uint8)
        self._planes = self.mask.reshape(-1, *self.mask.shape[-2:])
        self._smallest = np.zeros(scan.n_planes)
        self._disk = MapsOnDisk(scan, size) if self.mask.size > largest_map else None
        self.probability: Any = (
            np.zeros(scan.spatial_shape, np.float32) if self._disk is None else self._disk.as_dask()
        )

    def put(
        self,
        index: int,
        square: NDArray[np.float32],
        box: Letterbox,
        no_lesion: float,
        card: ModelCard,
    ) -> None:
        """Lay one plane's outline down.

        Parameters
        ----------
        index : int
            Of the plane.
        square : ndarray of float32, shape (size, size)
            Lesion probability as the network sees the plane, 0..1.
        box : Letterbox
        no_lesion : float
            The diagnosis head's probability that there is no lesion, 0..1.
        card : ModelCard
            Whose rules cut the mask.
        """
        lesion = box.back(square)
        self._planes[index] = outline(lesion, no_lesion, box, card)
        self._smallest[index] = SPECK * card.smallest_lesion * box.pixel_area
        if self._disk is None:
            self.probability[self._scan.position(index)] = lesion
        else:
            self._disk.put(index, square, box)

    def drop_specks(self, index: int) -> None:
        """Drop a volume's specks on one plane; those before and after it have been laid down.

        To be called plane by plane, in order; for the rule see `refinement.drop_specks_on`.
        """
        if self._scan.is_volume:
            drop_specks_on(self._planes, index, self._smallest[index])

    def pixels(self, index: int) -> int:
        """Count the pixels of one plane's mask."""
        return int(np.count_nonzero(self._planes[index]))


class MapsOnDisk:
    """Probability maps of a scan as an array that keeps the networks' maps in a temporary file.

    Parameters
    ----------
    scan : Scan
    size : int
        Side of a network's square map in pixels.

    Raises
    ------
    OutputError
        The temporary folder is full or cannot be written.
    """

    def __init__(self, scan: Scan, size: int) -> None:
        self.shape = scan.spatial_shape
        self.ndim = len(self.shape)
        self.dtype = np.dtype(np.float32)
        self._size = size
        self._boxes: dict[int, Letterbox] = {}
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def as_dask(self) -> Any:
        """See the maps as a dask array of one chunk a plane."""
        import dask.array

        leading = (1,) * (self.ndim - 2)
        chunks = (*leading, *self.shape[-2:])
        return dask.array.from_array(self, chunks=chunks, name=False)  # type: ignore[no-untyped-call]

    def put(self, index: int, square: NDArray[np.float32], box: Letterbox) -> None:
        """Keep one plane's map."""
        with self._lock:
            try:
                self._file.seek(index * square.nbytes)
                self._file.write(np.ascontiguousarray(square, np.float32).tobytes())
                self._file.flush()
            except OSError as error:
                raise OutputError(
                    f"The probability maps cannot be kept in the temporary folder ({error}): "
                    "free some space there."
                ) from error
            self._boxes[index] = box

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[np.float32]:
        """Enlarge some planes; dask asks with an integer or slice an axis."""
        numbers = np.arange(np.prod(self.shape[:-2], dtype=int)).reshape(self.shape[:-2])
        chosen = np.asarray(numbers[key[:-2]])
        planes = [self._plane(int(index)) for index in chosen.ravel()]
        found = np.stack(planes).reshape(*chosen.shape, *self.shape[-2:])
        return found[(slice(None),) * chosen.ndim + key[-2:]]

    def _plane(self, index: int) -> NDArray[np.float32]:
        box = self._boxes.get(index)
        if box is None:
            return np.zeros(self.shape[-2:], np.float32)
        n_bytes = self._size**2 * self.dtype.itemsize
        with self._lock:
            self._file.seek(index * n_bytes)
            square = np.frombuffer(self._file.read(n_bytes), np.float32)
        return box.back(square.reshape(self._size, self._size))


def outline(
    lesion: NDArray[np.float32], no_lesion: float, box: Letterbox, card: ModelCard
) -> NDArray[np.bool_]:
    """Cut a plane's probability map to a mask by the card's rules.

    Parameters
    ----------
    lesion : ndarray of float32, shape (row, column)
        Lesion probability in the plane's own pixels, 0..1.
    no_lesion : float
        The diagnosis head's probability that there is no lesion, 0..1.
    box : Letterbox
        How the plane was fitted to the network.
    card : ModelCard

    Returns
    -------
    ndarray of bool, same shape
    """
    if no_lesion >= card.no_lesion_threshold:
        return np.zeros(lesion.shape, bool)
    return clean_mask(lesion >= card.mask_threshold, card.smallest_lesion * box.pixel_area)
