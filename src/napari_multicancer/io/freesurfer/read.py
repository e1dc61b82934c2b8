"""FreeSurfer's volumes (.mgh, .mgz), whose headers nibabel understands."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from nibabel.freesurfer.mghformat import DATA_OFFSET, MGHHeader

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import BoundedReader
from napari_multicancer.io.volumes.origin import LPS_TO_RAS
from napari_multicancer.io.volumes.scan import (
    Volume,
    check_shape,
    place_in_patient,
    place_of_spacings,
    scan_of,
)
from napari_multicancer.io.volumes.stored import Packing, Stored, read_voxels

_GZIP = b"\x1f\x8b"
_FOOTERS = (0, 16, 20)
"""Bytes of what is told of the sequence behind the voxels; tags may follow."""
_GOOD_RAS_FLAG = 28
"""Byte of the header's flag."""
_NO_TURN = "The header does not say how the volume lies in the patient."


def read_mgh(path: Path) -> Scan:
    """Read a volume.

    Parameters
    ----------
    path : Path
        Packed by gzip or not, whatever its name says.

    Returns
    -------
    Scan
        Turned to axial planes, or to the view that shows most, where the header says how it
        lies; else as stored. Several frames are "t". Its origin is a `VoxelOrigin`.

    Raises
    ------
    UnreadableFileError
        It is no such file, or holds fewer voxels than it promises.
    UnsupportedScanError
        Its values are of a kind that is not read, or too many to be unpacked.
    """
    with BoundedReader(path) as file:
        is_packed = file.peek(2)[:2] == _GZIP
    header, is_placed = _header(path, is_packed)
    sizes = [int(size) for size in header["dims"]]
    check_shape(path, sizes, len(sizes))
    packing = Packing.GZIP if is_packed else Packing.NONE
    start, skipped = (0, DATA_OFFSET) if is_packed else (DATA_OFFSET, 0)
    shape = tuple(sizes if sizes[3] > 1 else sizes[:3])
    dtype = _dtype(path, header)
    voxels = read_voxels(Stored(path, shape, dtype, start, packing, skipped, _FOOTERS))
    if not is_placed:
        return scan_of(path, Volume(voxels, place_of_spacings(None), notes=(_NO_TURN,)))
    with np.errstate(all="ignore"):
        affine = LPS_TO_RAS @ header.get_affine()
    return scan_of(path, Volume(voxels, place_in_patient(affine[:3, :3], affine[:3, 3])))


def _header(path: Path, is_packed: bool) -> tuple[MGHHeader, bool]:
    """Read the header, and whether it says where voxels lie; nibabel fills that in if not."""
    try:
        with BoundedReader(path) as file:
            content = gzip.GzipFile(fileobj=file, mode="rb") if is_packed else file
            start = content.read(DATA_OFFSET)
            header = MGHHeader(start, check=False)
            (good_ras_flag,) = struct.unpack_from(">h", start, _GOOD_RAS_FLAG)
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise _damaged(path) from error
    if int(header["version"]) != 1:
        raise _damaged(path)
    return header, good_ras_flag > 0


def _dtype(path: Path, header: MGHHeader) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = np.dtype(header.get_data_dtype()).newbyteorder(">")
    except KeyError as error:
        raise UnsupportedScanError(
            f"{path.name} holds values of type {int(header['type'])}: convert them to real numbers."
        ) from error
    return dtype


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is no volume of FreeSurfer, or is damaged: export or copy it again."
    )
