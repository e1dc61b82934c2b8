"""One scan of an export: opened together with its mask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.planes.prepare import intensity_window, normalize
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.project.final import LESION, case_name, finding_of
from napari_multicancer.project.records import ListedScan, MaskVersion

_PLANES_FOR_WINDOW = 16


@dataclass(frozen=True, eq=False)
class Case:
    """A scan with its mask, ready to be written.

    Attributes
    ----------
    listed : ListedScan
    version : MaskVersion
    scan : Scan
    labels : ndarray of integer
        In the shape of the scan's spatial axes.
    provenance : dict or None
        What the mask's file says of its making; see `io.provenance`.
    proposal : MaskVersion or None
        The models' newest mask.
    split : str
        "train", "val" or "test".
    group : str
        The patient, or whatever may not stand in two splits.
    """

    listed: ListedScan
    version: MaskVersion
    scan: Scan
    labels: NDArray[Any]
    provenance: dict[str, Any] | None
    proposal: MaskVersion | None
    split: str
    group: str

    @property
    def name(self) -> str:
        """See `final.case_name`."""
        return case_name(self.listed)

    @property
    def finding(self) -> str:
        """What the scan shows, where somebody said so."""
        return finding_of(self.listed, self.version)

    @property
    def category(self) -> str:
        """The class of what is outlined."""
        return self.finding or LESION

    def planes(self) -> Iterator[tuple[str, NDArray[np.uint8], NDArray[Any]]]:
        """Go through the planes as pictures.

        Yields
        ------
        name : str
            The case's; of a stack with the plane's number, from 0.
        picture : ndarray of uint8, shape (row, column) or (row, column, 3)
            As stored where the scan has 8 bits; else by the window of the whole scan.
        labels : ndarray of integer, shape (row, column)
        """
        window = None if np.dtype(self.scan.pixels.dtype) == np.uint8 else _window(self.scan)
        for index, plane in self.scan.planes():
            name = f"{self.name}_p{index:04}" if self.scan.n_planes > 1 else self.name
            if window is not None:
                plane = np.rint(normalize(plane, window)).astype(np.uint8)
            yield name, plane, self.labels[self.scan.position(index)]


def _window(scan: Scan) -> tuple[float, float]:
    numbers = np.linspace(0, scan.n_planes - 1, min(scan.n_planes, _PLANES_FOR_WINDOW))
    some = [scan.plane(int(number)) for number in numbers]
    return intensity_window(np.concatenate([plane.reshape(-1) for plane in some]))
