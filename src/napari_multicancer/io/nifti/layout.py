"""How the voxels of a NIfTI file are turned to be looked at, and turned back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.orientations import apply_orientation, io_orientation, ornt_transform
from numpy.typing import NDArray

from napari_multicancer.core.scan.place import mm_per_unit
from napari_multicancer.core.scan.views import FROM_AXIAL, View, clearest_view

_RAS = np.array([(0, 1), (1, 1), (2, 1)])


@dataclass(frozen=True, eq=False)
class NiftiLayout:
    """The turn between a file's axes (i, j, k, ...) and a scan's (..., z, y, x).

    Attributes
    ----------
    orientation : ndarray, shape (3, 2)
        Of the file's axes, as nibabel tells it.
    view : View
    shape : (int, int, int)
        Planes, rows and columns of the scan.
    size : (float, float, float)
        Of a voxel in mm, in the same order; 0 or no number where the file does not
        say.
    """

    orientation: NDArray[np.float64]
    view: View
    shape: tuple[int, ...]
    size: tuple[float, ...]

    def seen(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Turn voxels, of three axes or more, as the scan has them."""
        axial = apply_orientation(stored, self.orientation)[::-1, ::-1].T
        return FROM_AXIAL[self.view].there(axial)

    def stored(self, seen: NDArray[Any]) -> NDArray[Any]:
        """Turn voxels back as the file has them."""
        axial = FROM_AXIAL[self.view].back(seen)
        return apply_orientation(axial.T[::-1, ::-1], ornt_transform(_RAS, self.orientation))


def layout_of(image: Any, header: Nifti1Header) -> NiftiLayout:
    """Find out how to look at a file's voxels.

    Parameters
    ----------
    image : nibabel.Nifti1Image
    header : Nifti1Header
        Of the same file, as it is stored; nibabel makes 1 mm of what is not said.
    """
    orientation = io_orientation(image.affine)
    if np.isnan(orientation).any():
        orientation = _RAS
    shape, size = np.ones(3, int), np.ones(3)
    where = 2 - orientation[: min(3, len(image.shape)), 0].astype(int)
    shape[where] = image.shape[:3]
    size[where] = _spatial_zooms(header)
    known = bool(np.all((size > 0) & np.isfinite(size)))
    view = clearest_view(shape.tolist(), size.tolist() if known else None)
    turn = FROM_AXIAL[view]
    return NiftiLayout(orientation, view, turn.sort(shape.tolist()), turn.sort(size.tolist()))


def _spatial_zooms(header: Nifti1Header) -> list[float]:
    unit, _ = header.get_xyzt_units()
    factor = mm_per_unit(unit) or 1.0
    return [abs(float(zoom)) * factor for zoom in header.get_zooms()[:3]]
