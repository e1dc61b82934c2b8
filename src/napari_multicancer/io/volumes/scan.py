"""From the voxels of a file, and where they lie, to a scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.lengths import NO_LENGTH, told_length
from napari_multicancer.core.scan.place import REVERSED, UNPLACED, Frame, Place, Unknown
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, ORIGIN, Scan
from napari_multicancer.core.scan.steps import AS_TAKEN, Turn
from napari_multicancer.core.scan.views import FROM_AXIAL, View, clearest_view
from napari_multicancer.io.files import check_plane_size
from napari_multicancer.io.volumes.origin import (
    LPS_TO_RAS,
    VoxelOrigin,
    axes_of,
    axial_turn_of,
    is_single_plane,
)

MOST_AXES = 7


@dataclass(frozen=True, eq=False)
class Volume:
    """What a file says of its voxels.

    Attributes
    ----------
    voxels : ndarray
        Axes (i, j), or (i, j, k) and others behind these, fastest first; colors last.
    place : Place
        Of the voxels (k, j, i) as they are stored.
    has_colors : bool
        Whether the last axis is color.
    notes : tuple of str
        See `Scan.notes`.
    """

    voxels: NDArray[Any]
    place: Place = UNPLACED
    has_colors: bool = False
    notes: tuple[str, ...] = ()


def scan_of(path: Path, volume: Volume) -> Scan:
    """Turn voxels so that planes lie as radiologists look at them, and say where they lie.

    Voxels that lie in the patient are turned to axial planes, or to the view that shows most
    (`core.scan.views`); others are left as they are stored. A volume of one plane is "yx".

    Raises
    ------
    UnsupportedScanError
        A plane is too large.
    """
    has_colors, n_axes = volume.has_colors, volume.voxels.ndim - volume.has_colors
    shape = volume.voxels.shape[:n_axes]
    voxels = np.expand_dims(volume.voxels, 2) if n_axes == 2 else volume.voxels
    turn, view = _turn_of(volume.place, voxels.shape)
    origin = VoxelOrigin(shape, turn, view)
    check_plane_size(path.name, *origin.seen_shape[1:])
    pixels = origin.seen(voxels, has_colors=has_colors)
    axes = axes_of(pixels, has_colors=has_colors)
    if is_single_plane(pixels, axes):
        pixels, axes = pixels[0], axes[1:]
    return Scan(
        pixels,
        axes,
        name=path.name,
        source=str(path),
        place=volume.place.turned(turn, origin.seen_shape, view),
        metadata={ORIGIN: origin},
        notes=volume.notes,
    )


def place_in_patient(columns: NDArray[np.float64], corner: NDArray[np.float64]) -> Place:
    """Give the place of voxels of which directions in the patient are known.

    Parameters
    ----------
    columns : ndarray of float, shape (3, 2 or 3)
        Steps along i, j and k to the left, the back and the head, in mm.
    corner : ndarray of float, shape (3,)
        Of the first voxel's center, in mm.
    """
    unknown = {}
    if columns.shape[1] == 2:
        across = np.cross(columns[:, 0], columns[:, 1])
        across /= np.linalg.norm(across) or 1.0
        columns = np.column_stack([columns, across])
        unknown = {Unknown.PLANE_DISTANCE: "a single plane"}
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = columns, corner
    with np.errstate(all="ignore"):
        is_sound = np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 0
    if not is_sound:
        return Place.of_size([NO_LENGTH] * 3)
    return Place(affine @ REVERSED, Frame.PATIENT, unknown)


def place_of_spacings(spacings: Sequence[float] | None, time_step: float = 1.0) -> Place:
    """Give the place of voxels of which no more than their size is known.

    Parameters
    ----------
    spacings : sequence of float or None
        Along i, j and maybe k, in mm; None where the header does not say it.
    time_step : float
    """
    if spacings is None:
        return replace(Place.of_size(None, "the header does not say it"), time_step=time_step)
    size = [told_length(one) for one in spacings][::-1]
    return replace(Place.of_size(size), time_step=time_step)


def check_shape(path: Path, shape: Sequence[int], n_axes: int) -> None:
    """Refuse a header whose numbers of voxels make no sense.

    Raises
    ------
    UnreadableFileError
    """
    if not 2 <= n_axes <= MOST_AXES or len(shape) != n_axes or min(shape) < 1:
        told = " x ".join(map(str, shape[:MOST_AXES])) or "no"
        raise UnreadableFileError(
            f"The header of {path.name} promises {told} voxels along {n_axes} axes, which makes no "
            "sense: export it again."
        )


def are_colors(n_values: int, dtype: np.dtype[Any]) -> bool:
    """Say whether values that a voxel has several of are taken for its color."""
    return n_values in COLOUR_CHANNELS and dtype.kind == "u" and dtype.itemsize <= 2


def several_values(n_values: int) -> str:
    """Tell that the values of a voxel are shown one after another."""
    return f"Each voxel has {n_values} values: they are shown as {n_values} volumes."


def _turn_of(place: Place, shape: tuple[int, ...]) -> tuple[Turn, View | None]:
    if place.frame is not Frame.PATIENT or place.pixel_size is None:
        return AS_TAKEN, None
    axial = axial_turn_of(LPS_TO_RAS @ place.affine @ REVERSED)
    view = clearest_view(axial.sort(shape[2::-1]), axial.sort(place.lengths))
    return axial.then(FROM_AXIAL[view]), view
