"""How the voxels of a NIfTI file are turned to be looked at, and turned back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from numpy.typing import NDArray

from napari_multicancer.core.scan.lengths import NO_LENGTH
from napari_multicancer.core.scan.place import REVERSED, Frame, Place
from napari_multicancer.core.scan.views import FROM_AXIAL, clearest_view
from napari_multicancer.io.nifti.geometry import Geometry, factor
from napari_multicancer.io.nifti.header import StoredHeader
from napari_multicancer.io.volumes.origin import LPS_TO_RAS, VoxelOrigin, axial_turn_of

_GEOMETRY = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)
"""The header's fields that say where voxels lie; the others may hold names and dates."""


@dataclass(frozen=True, eq=False)
class NiftiOrigin(VoxelOrigin):
    """The voxels of a NIfTI file, on which the masks of its scan are written.

    Attributes
    ----------
    affine : ndarray of float, shape (4, 4)
        NIfTI's own, from (i, j, k, 1).
    geometry : mapping
        The header's fields that say where voxels lie, by name.
    is_nifti2 : bool
    """

    format: ClassVar[str] = "nifti"

    affine: NDArray[np.float64] = field(repr=False)
    geometry: Mapping[str, Any] = field(repr=False)
    is_nifti2: bool

    def header(self) -> Nifti1Header:
        """Make a header for another file of the same voxels."""
        header = Nifti2Header() if self.is_nifti2 else Nifti1Header()
        for name, value in self.geometry.items():
            header[name] = value
        return header


def origin_of(stored: StoredHeader, geometry: Geometry) -> NiftiOrigin:
    """Find out how to look at a file's voxels."""
    axial = axial_turn_of(geometry.affine)
    shape = axial.sort((*stored.shape, 1, 1)[2::-1])
    view = clearest_view(shape, axial.sort(geometry.size))
    header = stored.mended
    return NiftiOrigin(
        shape=stored.shape,
        affine=geometry.affine,
        geometry={name: header[name].copy() for name in _GEOMETRY},
        is_nifti2=stored.is_nifti2,
        turn=axial.then(FROM_AXIAL[view]),
        view=view,
    )


def place_of(origin: NiftiOrigin, stored: StoredHeader, geometry: Geometry) -> Place:
    """Find where the voxels of a scan lie; of the size that counts, where there are two."""
    matrix = LPS_TO_RAS @ origin.affine @ REVERSED @ origin.turn.matrix(origin.seen_shape)
    if not np.isfinite(matrix).all():
        return Place.of_size([NO_LENGTH] * 3)
    matrix[:3] *= factor(stored.header)
    frame = Frame.PATIENT if geometry.is_placed else Frame.NONE
    place = Place(matrix, frame, view=origin.view)
    size = origin.turn.sort(geometry.size)
    is_told = np.allclose(place.sides, size, rtol=1e-3, atol=0)
    return place if is_told else place.resized(size)
