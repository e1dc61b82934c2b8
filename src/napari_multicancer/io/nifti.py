"""NIfTI volumes, through nibabel."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.nifti1 import Nifti1Header
from nibabel.orientations import apply_orientation, io_orientation
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan import Scan
from napari_multicancer.io.checks import check_decoded_size, check_plane_size
from napari_multicancer.io.load import stem
from napari_multicancer.io.nifti_header import stored_header
from napari_multicancer.io.units import mm_per_unit

_AXES = "wvutzyx"
"""Letters of NIfTI's seven dimensions, last first; those above four are refused later."""
_UNTURNED = np.array([(0, 1), (1, 1), (2, 1)])


def read_nifti(path: Path) -> Scan:
    """Read a volume and turn it so that its planes are axial, as radiologists look at them.

    Parameters
    ----------
    path : Path
        ".nii" or ".nii.gz", NIfTI-1 or NIfTI-2.

    Returns
    -------
    Scan
        Axes "zyx": planes from the feet upwards, rows from the front to the back,
        columns from the patient's right to the left. A volume of one plane is
        "yx", with the head up where it is not axial; one with time is "tzyx"; with
        a "c" where its values are RGB or RGBA.
        Integers as stored where the header has no scaling, else float32.
        Lengths whose unit the header leaves open are in mm, as common tools take
        them.

    Raises
    ------
    UnreadableFileError
        It is no NIfTI file, or too small for the voxels that it promises.
    UnsupportedScanError
        A plane is too large, or the compressed volume.
    """
    stored = stored_header(path)
    try:
        image = nibabel.load(path)
    except ImageFileError as error:
        raise UnreadableFileError(
            f"{path.name} is no NIfTI file, or is damaged: export or copy it again."
        ) from error
    orientation = _orientation(image)
    shape = np.ones(3, int)
    zooms = np.ones(3)
    where = orientation[: min(3, len(image.shape)), 0].astype(int)
    shape[where] = image.shape[:3]
    zooms[where] = _spatial_zooms(stored)
    check_plane_size(path.name, int(shape[1]), int(shape[0]))
    check_decoded_size(path, prod(image.shape) * image.get_data_dtype().itemsize)

    upright = apply_orientation(_as_volume(_values(image)), orientation)[::-1, ::-1].T
    size = (*(1.0,) * (upright.ndim - 3), *map(float, zooms[::-1]))
    pixels, axes, size = _single_plane(upright, _AXES[-upright.ndim :], size)
    voxel_size = size if all(0 < length < np.inf for length in size) else None
    if pixels.dtype.names:
        pixels, axes = _colours(pixels), axes + "c"
    return Scan(pixels, axes, voxel_size, name=stem(path), source=str(path))


def _orientation(image: Any) -> NDArray[np.float64]:
    """Tell which way the stored axes point; as in the standard where the header is broken."""
    orientation = io_orientation(image.affine)
    return _UNTURNED if np.isnan(orientation).any() else orientation


def _spatial_zooms(header: Nifti1Header) -> tuple[float, ...]:
    """Read voxel sizes in mm as they are stored: nibabel makes 1 mm of what is not said."""
    unit, _ = header.get_xyzt_units()
    factor = mm_per_unit(unit) or 1.0
    return tuple(abs(float(zoom)) * factor for zoom in header.get_zooms()[:3])


def _values(image: Any) -> NDArray[Any]:
    stored = image.dataobj
    if image.get_data_dtype().names:
        return np.asanyarray(stored)
    if (stored.slope, stored.inter) != (1.0, 0.0):
        return image.get_fdata(dtype=np.float32, caching="unchanged")
    values = np.asanyarray(stored)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _colours(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Give values of several components (red, green, blue and maybe alpha) an axis for them."""
    return np.stack([pixels[component] for component in pixels.dtype.names or ()], axis=-1)


def _as_volume(values: NDArray[Any]) -> NDArray[Any]:
    """Give it three dimensions at least, and none of length 1 behind the third."""
    values = values.reshape(values.shape + (1,) * (3 - values.ndim))
    while values.ndim > 3 and values.shape[-1] == 1:
        values = values[..., 0]
    return values


def _single_plane(
    pixels: NDArray[Any], axes: str, size: tuple[float, ...]
) -> tuple[NDArray[Any], str, tuple[float, ...]]:
    """Make a picture of a volume that has one plane only, whichever way it lies."""
    thin = [axis for axis, length in enumerate(pixels.shape) if length == 1]
    if axes != "zyx" or len(thin) != 1:
        return pixels, axes, size
    picture = pixels.squeeze(thin[0])
    return picture[:: 1 if thin[0] == 0 else -1], "yx", size[: thin[0]] + size[thin[0] + 1 :]
