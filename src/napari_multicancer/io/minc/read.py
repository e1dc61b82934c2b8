"""MINC volumes, which nibabel understands; those of version 2 with h5py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.externals.netcdf import netcdf_file
from nibabel.minc1 import Minc1File, MincError
from nibabel.minc2 import Minc2File
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, Scan
from napari_multicancer.io.files import BoundedReader, check_decoded_size
from napari_multicancer.io.volumes.origin import LPS_TO_RAS
from napari_multicancer.io.volumes.scan import (
    Volume,
    check_shape,
    place_in_patient,
    place_of_spacings,
    scan_of,
)

_HDF5 = b"\x89HDF"
_SPACE, _VALUES = "space", "vector_dimension"
_SCALED_BYTES = 8
"""Of a voxel, while its value is computed."""
_NO_ROOM = -1
"""Stands for a size that takes more than four bytes."""


class _CheckedFile(netcdf_file):  # type: ignore[misc]  # without types
    """A netCDF file whose variables hold as much as their axes promise.

    Their sizes stand in the header a second time.
    """

    def _read_var(self) -> tuple[Any, ...]:
        found: tuple[Any, ...] = super()._read_var()
        _, _, shape, _, _, size, _, _, told = found
        promised = prod(side for side in shape if side is not None) * size
        if told not in (promised, promised + -promised % 4, _NO_ROOM):
            raise ValueError("a variable's axes and its size disagree")
        return found


def read_minc(path: Path) -> Scan:
    """Read a volume in the values that its voxels stand for.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Turned to axial planes, or to the view that shows most. Time is "t"; three or four values
        of a voxel are its color. Of float32, but for colors, which are bytes. Its origin is a
        `VoxelOrigin`.

    Raises
    ------
    UnreadableFileError
        It is no such file or damaged, or h5py, which it needs, is not installed.
    UnsupportedScanError
        It has not two or three axes in space, or its planes are unevenly spaced.
    """
    with _opened(path) as minc:
        try:
            names = [str(name) for name in _names(minc)]
            shape = tuple(int(size) for size in minc.get_data_shape())
            place = _place(minc, names)
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            raise _damaged(path) from error
        check_shape(path, shape, len(names))
        check_decoded_size(path, prod(shape) * _SCALED_BYTES)
        try:
            values = np.asarray(minc.get_scaled_data())
        except (AttributeError, KeyError, ValueError, TypeError, OSError, MincError) as error:
            raise _damaged(path) from error
    return scan_of(path, _volume(path, names, values, place))


def _names(minc: Minc1File) -> list[Any]:
    """Name the axes, slowest first."""
    return [n.decode() if isinstance(n, bytes) else n for n in minc._dim_names]


def _volume(path: Path, names: list[str], values: NDArray[Any], place: Place) -> Volume:
    in_space = [n for n, name in enumerate(names) if name.endswith(_SPACE)]
    colors = [
        n for n, name in enumerate(names) if name == _VALUES and values.shape[n] in COLOUR_CHANNELS
    ]
    if len(in_space) not in (2, 3):
        raise UnsupportedScanError(
            f"{path.name} has {len(in_space)} of the axes of space: save a picture or a volume."
        )
    others = [n for n in range(len(names)) if n not in in_space and n not in colors]
    voxels = values.transpose([*in_space[::-1], *others, *colors])
    if len(in_space) == 2 and others:
        voxels = np.expand_dims(voxels, 2)
    voxels = voxels.astype(np.uint8 if colors else np.float32)
    return Volume(voxels, place, bool(colors))


def _place(minc: Minc1File, names: list[str]) -> Place:
    """Give the place of voxels; of a picture, which nibabel does not place, the size alone."""
    in_space = [n for n, name in enumerate(names) if name.endswith(_SPACE)]
    if len(in_space) != 3:
        zooms = minc.get_zooms()
        return place_of_spacings([float(zooms[n]) for n in in_space[::-1]])
    affine = LPS_TO_RAS @ minc.get_affine()
    return place_in_patient(affine[:3, 2::-1], affine[:3, 3])


@contextmanager
def _opened(path: Path) -> Iterator[Minc1File]:
    with BoundedReader(path) as file:
        if file.peek(4)[:4] != _HDF5:
            with _damage_told(path):
                minc = Minc1File(_CheckedFile(file))
            yield minc
            return
    try:
        import h5py
    except ImportError as error:
        raise UnreadableFileError(
            f"{path.name} is a MINC 2 file, which needs h5py: install it with "
            'pip install "napari-multicancer[minc]", or save it as NIfTI.'
        ) from error
    with _damage_told(path):
        file = h5py.File(path, "r")
    with file:
        with _damage_told(path):
            minc = Minc2File(file)
        yield minc


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        if "rregular" in str(error):
            raise UnsupportedScanError(
                f"{path.name} has planes at uneven distances: resample it first."
            ) from error
        raise _damaged(path) from error
    except Exception as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is no MINC file, or is damaged: export or copy it again."
    )
