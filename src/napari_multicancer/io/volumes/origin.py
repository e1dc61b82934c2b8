"""The voxels of a file: how they are turned to be looked at, and how masks come back to them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from nibabel.orientations import io_orientation
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.steps import Reversed, Steps, Turn
from napari_multicancer.core.scan.views import View

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From DICOM's patient coordinates, which a `Place` has, to NIfTI's; and back."""

_RAS = np.array([(0, 1), (1, 1), (2, 1)])


@dataclass(frozen=True, eq=False)
class VoxelOrigin:
    """The voxels of a file, on which the masks of its scan are written.

    Attributes
    ----------
    shape : tuple of int
        As the file stores it, fastest first: (i, j, k, ...), without colors.
    turn : Turn
        From the stored axes in reverse (..., k, j, i) to those of the scan (..., z, y, x).
    view : View or None
        Of the planes after the turn.
    """

    format: ClassVar[str] = "volume"

    shape: tuple[int, ...]
    turn: Turn
    view: View | None

    @property
    def steps(self) -> Steps:
        """From the voxels, in three axes or more, as they are stored to those of the scan."""
        return Steps((Reversed(), self.turn))

    @property
    def seen_shape(self) -> tuple[int, ...]:
        """Planes, rows and columns of the scan."""
        return self.steps.shape((*self.shape, 1, 1)[:3])

    def seen(self, voxels: NDArray[Any], *, has_colors: bool) -> NDArray[Any]:
        """Turn voxels (i, j, k, ...), colors last, to how they are looked at, colors last."""
        if not has_colors:
            return self.steps.there(voxels)
        turned = [self.steps.there(voxels[..., n]) for n in range(voxels.shape[-1])]
        return np.stack(turned, axis=-1)

    def stored(self, pixels: NDArray[Any], name: str) -> NDArray[Any]:
        """Turn labels back to how the file stores its voxels.

        Parameters
        ----------
        pixels : ndarray
            With the scan's axes, or those of one of its volumes.
        name : str
            How the mask's file is called in the message.

        Raises
        ------
        OutputError
            They have another shape.
        """
        volume, shape, seen_shape = pixels, self.shape, self.seen_shape
        while volume.ndim > 3 and len(volume) == 1:
            volume = volume[0]
        if volume.ndim == 2 and seen_shape[0] == 1:
            volume = volume[None]
        if volume.shape[-3:] != seen_shape or volume.ndim > max(3, len(shape)):
            shapes = [" x ".join(map(str, one)) for one in (pixels.shape, seen_shape)]
            raise OutputError(
                f"{name}: labels of {shapes[0]} voxels do not lie on the scan of {shapes[1]}: "
                "choose the mask that was made for it, or save it as TIFF."
            )
        stored = self.steps.back(volume)
        is_whole = stored.size == prod(shape)
        return stored.reshape(shape if is_whole else (*shape[:3], *stored.shape[3:]))


def axial_turn_of(affine: NDArray[np.float64]) -> Turn:
    """Find the turn from (k, j, i) to axial planes: feet to head, front to back, right to left.

    Parameters
    ----------
    affine : ndarray of float, shape (4, 4)
        From (i, j, k, 1) to the right, the front and the head, as in NIfTI.
    """
    orientation = io_orientation(affine)
    if np.isnan(orientation).any():
        orientation = _RAS
    stored = {int(world): (axis, direction) for axis, (world, direction) in enumerate(orientation)}
    (i, right), (j, front), (k, head) = (stored[world] for world in range(3))
    return Turn((2 - k, 2 - j, 2 - i), (head < 0, front > 0, right > 0))


def axes_of(pixels: NDArray[Any], *, has_colors: bool) -> str:
    """Name the axes of turned voxels; those above four are refused by `Scan.check`."""
    return "wvutzyx"[has_colors - pixels.ndim :] + "c" * has_colors


def is_single_plane(pixels: NDArray[Any], axes: str) -> bool:
    """Say whether turned voxels are one plane, whose depth is no axis."""
    return axes.startswith("zyx") and len(pixels) == 1 < min(pixels.shape[1:3])
