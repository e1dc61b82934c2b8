"""What an analysis outlines: the mask and the probability map of a scan, plane by plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.maps import LARGEST_MAP, SquaresOnDisk
from napari_multicancer.core.masks.refinement import clean_mask, drop_specks_on
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.scan.scan import Scan

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
        self._disk = (
            SquaresOnDisk(scan.spatial_shape, size) if self.mask.size > largest_map else None
        )
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
