"""What the files of masks have in common, whatever their format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.place import UNPLACED, Place
from napari_multicancer.core.scan.scan import Scan

LARGEST_LABEL = 65535


@dataclass(frozen=True, eq=False)
class Ground:
    """What a mask lies on: all that a writer needs to know of the scan.

    Attributes
    ----------
    place : Place
    axes : str
        Of the mask, such as "yx", "zyx", "tyx" or "tzyx"; empty for the last letters of "tzyx".
    origin : object
        What the scan's format keeps of its file, see `Scan.origin`; or None.
    """

    place: Place = UNPLACED
    axes: str = ""
    origin: Any = None

    @classmethod
    def of(cls, scan: Scan) -> Ground:
        """Take from a scan what its mask lies on."""
        return cls(scan.place, scan.spatial_axes, scan.origin)

    def axes_of(self, labels: NDArray[Any]) -> str:
        """Give the axes of labels, one letter a dimension."""
        return self.axes or "tzyx"[-labels.ndim :]

    def spacing(self, axes: str) -> tuple[float, ...] | None:
        """Give the size of a voxel along axes in mm; None where the place does not tell."""
        known = self.place.voxel_size if "z" in axes else self.place.pixel_size
        return None if known is None else self.steps(axes)

    def steps(self, axes: str) -> tuple[float, ...]:
        """Give the size of a voxel along axes, in whichever unit the place counts."""
        steps = dict(zip("zyx", self.place.lengths, strict=True), t=self.place.time_step)
        return tuple(steps[axis] for axis in axes)


NO_GROUND = Ground()


@dataclass(frozen=True, eq=False)
class SavedMask:
    """A mask as its file holds it.

    Attributes
    ----------
    labels : ndarray of integer
        In the order of its scan's axes.
    spacing : tuple of float or None
        In `unit`, one value an axis.
    unit : str or None
        Such as "mm"; None where the file does not say.
    provenance : dict or None
        See `provenance.provenance`; None for files that were not written here.
    origin : object
        The one among the scans' origins that were offered whose scan is meant; or None.
    """

    labels: NDArray[Any]
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    provenance: dict[str, Any] | None = None
    origin: Any = None


def labels_to_store(labels: NDArray[Any], name: str) -> NDArray[Any]:
    """Check labels, and choose the smallest type that holds them.

    Parameters
    ----------
    labels : ndarray of bool or integer, two to four dimensions
    name : str
        How the file is called in messages.

    Returns
    -------
    ndarray of uint8 or uint16

    Raises
    ------
    OutputError
        They are no labels, or lie outside 0..65535.
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "bui" or labels.ndim not in (2, 3, 4) or labels.size == 0:
        shape = " x ".join(map(str, labels.shape))
        raise OutputError(
            f"{name}: labels of type {labels.dtype} and shape {shape} cannot be saved: "
            "use whole numbers in two to four dimensions."
        )
    smallest, largest = int(labels.min()), int(labels.max())
    if smallest < 0 or largest > LARGEST_LABEL:
        raise OutputError(
            f"{name}: labels from {smallest} to {largest} cannot be saved: "
            f"renumber them to lie within 0 and {LARGEST_LABEL}."
        )
    return labels.astype(np.uint8 if largest <= 255 else np.uint16)
