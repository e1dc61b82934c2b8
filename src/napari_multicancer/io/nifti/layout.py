"""How the voxels of a NIfTI file are turned to be looked at, and turned back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.orientations import io_orientation
from numpy.typing import NDArray

from napari_multicancer.core.scan.place import REVERSED, Frame, Place, mm_per_unit
from napari_multicancer.core.scan.steps import Reversed, Steps, Turn
from napari_multicancer.core.scan.views import FROM_AXIAL, View, clearest_view

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From DICOM's patient coordinates, which a `Place` has, to NIfTI's; and back."""

_RAS = np.array([(0, 1), (1, 1), (2, 1)])
_GEOMETRY = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)
"""The header's fields that say where voxels lie; the others may hold names and dates."""


@dataclass(frozen=True, eq=False)
class NiftiOrigin:
    """The voxels of a NIfTI file, on which the masks of its scan are written.

    Attributes
    ----------
    shape : tuple of int
        As the file stores it: (i, j, k, ...).
    affine : ndarray of float, shape (4, 4)
        NIfTI's own, from (i, j, k, 1).
    geometry : mapping
        The header's fields that say where voxels lie, by name.
    is_nifti2 : bool
    turn : Turn
        From the stored axes in reverse (..., k, j, i) to those of the scan (..., z, y, x).
    view : View
        Of the planes after the turn.
    """

    format: ClassVar[str] = "nifti"

    shape: tuple[int, ...]
    affine: NDArray[np.float64] = field(repr=False)
    geometry: Mapping[str, Any] = field(repr=False)
    is_nifti2: bool
    turn: Turn
    view: View

    @property
    def steps(self) -> Steps:
        """From the voxels, in three axes or more, as they are stored to those of the scan."""
        return Steps((Reversed(), self.turn))

    @property
    def seen_shape(self) -> tuple[int, ...]:
        """Planes, rows and columns of the scan."""
        return self.steps.shape((*self.shape, 1, 1)[:3])

    def header(self) -> Nifti1Header:
        """Make a header for another file of the same voxels."""
        header = Nifti2Header() if self.is_nifti2 else Nifti1Header()
        for name, value in self.geometry.items():
            header[name] = value
        return header


def origin_of(image: Any, header: Nifti1Header) -> NiftiOrigin:
    """Find out how to look at a file's voxels.

    Parameters
    ----------
    image : nibabel.Nifti1Image
    header : Nifti1Header
        Of the same file, as it is stored; nibabel makes 1 mm of what is not said.
    """
    axial = _to_axial(image.affine)
    size = _stored_size(header)
    known = bool(np.all((np.array(size) > 0) & np.isfinite(size)))
    shape = axial.sort((*image.shape, 1, 1)[2::-1])
    view = clearest_view(shape, axial.sort(size) if known else None)
    return NiftiOrigin(
        shape=tuple(image.shape),
        affine=image.affine,
        geometry={name: image.header[name].copy() for name in _GEOMETRY},
        is_nifti2=isinstance(image.header, Nifti2Header),
        turn=axial.then(FROM_AXIAL[view]),
        view=view,
    )


def place_of(origin: NiftiOrigin, header: Nifti1Header) -> Place:
    """Find where the voxels of a scan lie.

    Parameters
    ----------
    origin : NiftiOrigin
    header : Nifti1Header
        As it is stored.
    """
    size = origin.turn.sort(_stored_size(header))
    matrix = LPS_TO_RAS @ origin.affine @ REVERSED @ origin.turn.matrix(origin.seen_shape)
    if not (np.isfinite(matrix).all() and np.isfinite(size).all() and min(size) > 0):
        return Place.of_size(None, "the header's pixdim makes no sense")
    matrix[:3] *= _factor(header)
    is_placed = max(int(header["sform_code"]), int(header["qform_code"])) > 0
    return Place(matrix, Frame.PATIENT if is_placed else Frame.NONE, view=origin.view)


def voxel_size(origin: NiftiOrigin, header: Nifti1Header) -> tuple[float, ...] | None:
    """Give the size of a voxel of the scan (z, y, x) in mm; None where the file does not say."""
    size = origin.turn.sort(_stored_size(header))
    return size if all(0 < length < np.inf for length in size) else None


def _to_axial(affine: NDArray[np.float64]) -> Turn:
    """Find the turn from (k, j, i) to axial planes: feet to head, front to back, right to left."""
    orientation = io_orientation(affine)
    if np.isnan(orientation).any():
        orientation = _RAS
    stored = {int(world): (axis, direction) for axis, (world, direction) in enumerate(orientation)}
    (i, right), (j, front), (k, head) = (stored[world] for world in range(3))
    return Turn((2 - k, 2 - j, 2 - i), (head < 0, front > 0, right > 0))


def _stored_size(header: Nifti1Header) -> tuple[float, ...]:
    """Size of a voxel (k, j, i) in mm, as the header says it, sense or not."""
    zooms = [abs(float(zoom)) * _factor(header) for zoom in header.get_zooms()[:3]]
    return (*zooms, 1.0, 1.0)[2::-1]


def _factor(header: Nifti1Header) -> float:
    """Millimeters in the header's unit; lengths whose unit is left open count as mm."""
    unit, _ = header.get_xyzt_units()
    return mm_per_unit(unit) or 1.0
