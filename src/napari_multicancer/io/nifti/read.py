"""NIfTI volumes, through nibabel."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.scan import ORIGIN, Scan
from napari_multicancer.io.files import check_decoded_size, check_plane_size
from napari_multicancer.io.nifti.header import stored_header
from napari_multicancer.io.nifti.layout import origin_of, place_of, voxel_size

_AXES = "wvutzyx"
"""Letters of NIfTI's seven dimensions, last first; those above four are refused later."""


def read_nifti(path: Path) -> Scan:
    """Read a volume and turn it so that its planes lie as radiologists look at them.

    Parameters
    ----------
    path : Path
        ".nii" or ".nii.gz", NIfTI-1 or NIfTI-2.

    Returns
    -------
    Scan
        Axes "zyx", planes axial: from the feet upwards, rows from the front to the
        back, columns from the patient's right to the left; coronal or sagittal ones
        with the head up where voxels are too long for that (`core.views`). A volume
        of one plane is "yx"; one with time is "tzyx"; with a "c" where its values
        are RGB or RGBA.
        Integers as stored where the header has no scaling, else float32.
        Lengths whose unit the header leaves open are in mm, as common tools take
        them. `Scan.origin` is a `NiftiOrigin`.

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
    origin = origin_of(image, stored)
    check_plane_size(path.name, *origin.seen_shape[1:])
    check_decoded_size(path, prod(image.shape) * image.get_data_dtype().itemsize)

    pixels = origin.steps.there(_as_volume(_values(image)))
    axes, size = _AXES[-pixels.ndim :], voxel_size(origin, stored)
    if axes == "zyx" and len(pixels) == 1 < min(pixels.shape[1:]):
        pixels, axes, size = pixels[0], "yx", size and size[1:]
    size = size and (*(1.0,) * (pixels.ndim - len(size)), *size)
    if pixels.dtype.names:
        pixels, axes = _colors(pixels), axes + "c"
    return Scan(
        pixels,
        axes,
        size,
        name=path.name,
        source=str(path),
        view=origin.view,
        place=place_of(origin, stored),
        metadata={ORIGIN: origin},
    )


def _values(image: Any) -> NDArray[Any]:
    stored = image.dataobj
    if image.get_data_dtype().names:
        return np.asanyarray(stored)
    if (stored.slope, stored.inter) != (1.0, 0.0):
        return np.asarray(image.get_fdata(dtype=np.float32, caching="unchanged"))
    values: NDArray[Any] = np.asanyarray(stored)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _colors(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Give values of several components (red, green, blue and maybe alpha) an axis for them."""
    return np.stack([pixels[component] for component in pixels.dtype.names or ()], axis=-1)


def _as_volume(values: NDArray[Any]) -> NDArray[Any]:
    """Give it three dimensions at least, and none of length 1 behind the third."""
    shape: tuple[int, ...] = values.shape
    values = values.reshape(shape + (1,) * (3 - values.ndim))
    while values.ndim > 3 and shape[-1] == 1:
        values, shape = values[..., 0], shape[:-1]
    return values
