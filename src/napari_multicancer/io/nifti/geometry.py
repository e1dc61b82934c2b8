"""Where the voxels of a NIfTI file lie, from the several places where its header tells it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from nibabel.nifti1 import Nifti1Header
from nibabel.orientations import io_orientation
from nibabel.spatialimages import HeaderDataError
from numpy.typing import NDArray

from napari_multicancer.core.scan.lengths import NO_LENGTH, is_possible_length, told_length
from napari_multicancer.core.scan.place import REVERSED, Place, mm_per_unit
from napari_multicancer.io.nifti.header import StoredHeader

_SAME_SIZE = 0.01
"""Sizes that differ by less than this part of them are one, rounded differently."""
_NO_SIDES = "An Analyze file does not tell left from right: check the side before you rely on it."
_NO_SFORM = "The header's sform spans no space: it does not count here."
_OTHER_TURN = "The header's qform and sform turn this scan differently: the sform counts here."

Size = tuple[float, float, float]

_UNSIZED = (-1.0, 1.0, 1.0, 1.0)
"""How axes lie where a header tells neither directions nor a size that is a number."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """What a header says of where its voxels lie.

    Attributes
    ----------
    affine : ndarray of float, shape (4, 4)
        NIfTI's own, from (i, j, k, 1), in the header's unit.
    is_placed : bool
        Whether it refers to the patient, or to another space of the body.
    size : (float, float, float)
        Of a voxel along (k, j, i) in mm; `NO_LENGTH` where what is told is no length.
    notes : tuple of str
        Where the header contradicts itself, a sentence each.
    """

    affine: NDArray[np.float64]
    is_placed: bool
    size: Size
    notes: tuple[str, ...]


def geometry_of(stored: StoredHeader) -> Geometry:
    """Find where voxels lie: by the sform, else the qform, else by their size alone.

    Where sform and pixdim tell different sizes, the one that is not 1 x 1 x 1 counts, which is
    what a header says that was never filled in; else pixdim, as in ITK and FSL.
    """
    header = stored.mended
    sform, qform = _sform(header), _qform(header)
    affine = sform if sform is not None else qform
    notes = [_NO_SIDES] if stored.is_analyze else []
    if sform is None and int(header["sform_code"]) > 0:
        notes.append(_NO_SFORM)
    if sform is not None and qform is not None and not _turn_alike(sform, qform):
        notes.append(_OTHER_TURN)
    size = pixdim = _pixdim(stored.header)
    if sform is not None:
        told = _lengths(sform, stored.header)
        if _is_unset(pixdim) or not all(map(is_possible_length, pixdim)):
            size = told
        if not any(
            np.allclose(one, pixdim, rtol=_SAME_SIZE, atol=0)
            for one in (told, _distances(sform, stored.header))
        ):
            notes.append(_two_sizes(told, pixdim, size == told))
    if affine is None:
        affine = header.get_base_affine()
        affine = affine if np.isfinite(affine).all() else np.diag(_UNSIZED)
    return Geometry(affine, sform is not None or qform is not None, size, tuple(notes))


def factor(header: Nifti1Header) -> float:
    """Millimeters in the header's unit; lengths whose unit is left open count as mm."""
    return mm_per_unit(unit_of(header)) or 1.0


def unit_of(header: Nifti1Header) -> str:
    """Name the unit of lengths; "unknown" where it is left open, or its code stands for none."""
    try:
        return str(header.get_xyzt_units()[0])
    except KeyError:
        return "unknown"


def _sform(header: Nifti1Header) -> NDArray[np.float64] | None:
    return _usable(header.get_sform()) if int(header["sform_code"]) > 0 else None


def _qform(header: Nifti1Header) -> NDArray[np.float64] | None:
    try:
        with np.errstate(all="ignore"):
            return _usable(header.get_qform()) if int(header["qform_code"]) > 0 else None
    except (HeaderDataError, ValueError):
        return None


def _usable(affine: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Leave out an affine that spans no space."""
    with np.errstate(all="ignore"):
        is_sound = np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 0
    return affine if is_sound else None


def _turn_alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return np.array_equal(io_orientation(one), io_orientation(other))


def _pixdim(header: Nifti1Header) -> Size:
    """Read the size of a voxel along (k, j, i) in mm; `NO_LENGTH` stands for what is none."""
    zooms = [told_length(float(zoom) * factor(header)) for zoom in header["pixdim"][1:4]]
    zooms[int(header["dim"][0]) :] = [1.0] * max(0, 3 - int(header["dim"][0]))
    i, j, k = zooms
    return k, j, i


def _lengths(affine: NDArray[np.float64], header: Nifti1Header) -> Size:
    i, j, k = (np.linalg.norm(affine[:3, :3], axis=0) * factor(header)).tolist()
    return k, j, i


def _distances(affine: NDArray[np.float64], header: Nifti1Header) -> Size:
    """Give the size of sheared voxels by the distances of planes, rows and columns."""
    k, j, i = (np.array(Place(affine @ REVERSED).lengths) * factor(header)).tolist()
    return k, j, i


def _is_unset(size: Size) -> bool:
    return size == (1.0, 1.0, 1.0)


def _two_sizes(sform: Size, pixdim: Size, sform_counts: bool) -> str:
    if NO_LENGTH in pixdim:
        return "The header's pixdim makes no sense: the size of a voxel is that of its sform."
    told = [" x ".join(f"{length:.4g}" for length in size) for size in (sform, pixdim)]
    words = f"{told[0]} mm (sform)", f"{told[1]} mm (pixdim)"
    counts, other = words if sform_counts else words[::-1]
    return f"The header tells two sizes of a voxel: {counts} counts here, not {other}."
