"""NIfTI and Analyze volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, ORIGIN, Scan
from napari_multicancer.io.files import check_plane_size
from napari_multicancer.io.nifti.geometry import geometry_of
from napari_multicancer.io.nifti.header import StoredHeader, stored_header
from napari_multicancer.io.nifti.layout import origin_of, place_of
from napari_multicancer.io.nifti.values import meant_values
from napari_multicancer.io.volumes.origin import axes_of, is_single_plane

_VECTOR, _COLORS = 1007, (2003, 2004)
"""NIfTI's codes of an image of vectors, and of RGB and RGBA along the fifth axis."""


def read_nifti(path: Path) -> Scan:
    """Read a volume and turn it so that its planes lie as radiologists look at them.

    Parameters
    ----------
    path : Path
        NIfTI-1 or NIfTI-2, or Analyze; packed by gzip or not, whatever its name says; of a pair,
        either file.

    Returns
    -------
    Scan
        Axes "zyx", planes axial: from the feet upwards, rows from the front to the
        back, columns from the patient's right to the left; coronal or sagittal ones
        with the head up where voxels are too long for that (`core.views`). A volume
        of one plane is "yx"; one with time is "tzyx"; with a "c" where its values
        are RGB or RGBA, or bytes in threes or fours along the fifth axis.
        Integers as stored where the header has no scaling, else float32.
        Lengths whose unit the header leaves open are in mm, as common tools take
        them. `Scan.origin` is a `NiftiOrigin`.

    Raises
    ------
    UnreadableFileError
        It is no NIfTI file, or holds fewer or more voxels than it promises.
    UnsupportedScanError
        A plane is too large, or the compressed volume; or its values are no real numbers.
    """
    stored = stored_header(path)
    if stored.dtype.kind not in "buifV":
        raise UnsupportedScanError(
            f"{path.name} holds {stored.dtype} values: convert them to real numbers."
        )
    geometry = geometry_of(stored)
    origin = origin_of(stored, geometry)
    check_plane_size(path.name, *origin.seen_shape[1:])

    values, is_color = _with_components_last(meant_values(path, stored), stored)
    pixels = origin.seen(values, has_colors=is_color)
    axes = axes_of(pixels, has_colors=is_color)
    place = place_of(origin, stored, geometry)
    size = place.lengths if place.is_sheared else origin.turn.sort(geometry.size)
    if is_single_plane(pixels, axes):
        pixels, axes, size = pixels[0], axes[1:], size[1:]
    size = (*(1.0,) * (len(axes) - is_color - len(size)), *size)
    return Scan(
        pixels,
        axes,
        size,
        name=path.name,
        source=str(path),
        view=origin.view,
        place=place,
        metadata={ORIGIN: origin},
        notes=geometry.notes,
    )


def _with_components_last(values: NDArray[Any], stored: StoredHeader) -> tuple[NDArray[Any], bool]:
    """Give voxels three axes at least, none of length 1 behind them; colors, if any, come last.

    Colors are values of several components, or stand along the fifth axis, as ITK writes them.
    """
    if values.dtype.names:
        components = [_as_volume(values[name]) for name in values.dtype.names]
        return np.stack(components, axis=-1), True
    volume = _as_volume(values)
    return volume, volume.ndim == 4 and _is_color(values, stored)


def _is_color(values: NDArray[Any], stored: StoredHeader) -> bool:
    intent = int(stored.header["intent_code"])
    is_vector = values.ndim == 5 and values.shape[3] == 1 and values.dtype == np.uint8
    return values.shape[-1] in COLOUR_CHANNELS and (
        intent in _COLORS or (is_vector and intent in (0, _VECTOR))
    )


def _as_volume(values: NDArray[Any]) -> NDArray[Any]:
    """Give it three dimensions at least, and none of length 1 behind the third."""
    shape = (*values.shape, 1, 1)[: max(3, values.ndim)]
    longer = tuple(length for length in shape[3:] if length > 1)
    return values.reshape(shape[:3] + longer)
