"""A NIfTI or Analyze header as it is stored: completed where one reading is possible, checked."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from nibabel.analyze import AnalyzeHeader
from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.spm2analyze import Spm2AnalyzeHeader

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import ALWAYS_DECODED
from napari_multicancer.io.nifti.files import header_file, opened, pixel_file

COMMENT = 6
"""NIfTI's code of a header extension that holds plain text."""

_MAGIC_2 = b"n+2\0"
"""At byte 4 of a NIfTI-2 file; NIfTI-1 has its own at byte 344."""
_MAGICS_1 = (b"n+1\0", b"ni1\0")
_MOST_EXTENSIONS = 1000
_SILENT, _NEVER = logging.Logger("nibabel's mendings", logging.CRITICAL + 1), 1000
_LARGEST_SCALING = 1e15
"""No quantity that a scanner measures is told in such numbers."""


@dataclass(frozen=True, eq=False)
class StoredHeader:
    """What the beginning of a file says.

    Attributes
    ----------
    header : nibabel.Nifti1Header
        Or Nifti2Header; of an Analyze file, what it says as NIfTI. Not mended but in its shape.
    shape : tuple of int
        Of the voxels (i, j, k, ...); axes beyond the third that hold nothing count as 1.
    dtype : dtype
        Of the voxels as they are stored.
    scaling : (float, float)
        Slope and intercept.
    start : int
        Byte at which the pixels begin, in their own file.
    comments : tuple of bytes
        Contents of the extensions that hold text.
    is_analyze : bool
        Whether it is of the older format, which does not tell left from right.
    """

    header: Nifti1Header
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scaling: tuple[float, float]
    start: int
    comments: tuple[bytes, ...] = ()
    is_analyze: bool = False

    @property
    def is_nifti2(self) -> bool:
        """Whether it is NIfTI-2."""
        return isinstance(self.header, Nifti2Header)

    @property
    def mended(self) -> Nifti1Header:
        """The header with nibabel's own mendings; 1 mm is then what is not said."""
        header = self.header.copy()
        header.check_fix(logger=_SILENT, error_level=_NEVER)
        return header

    @property
    def n_bytes(self) -> int:
        """How much the voxels take."""
        return prod(self.shape) * self.dtype.itemsize


def stored_header(path: Path) -> StoredHeader:
    """Read a header with the text in its extensions.

    Parameters
    ----------
    path : Path
        A file, compressed or not whatever its name says; of a pair, either.

    Raises
    ------
    UnreadableFileError
        The header is cut or contradicts itself, or an extension's length or their number makes no
        sense: nibabel would set that much memory or time aside.
    """
    source = header_file(path)
    with opened(source) as file:
        start = file.read(Nifti1Header.sizeof_hdr)
        kind = _kind(start)
        start += file.read(kind.sizeof_hdr - len(start))
        is_single = pixel_file(source) == source
        is_analyze = not issubclass(kind, Nifti1Header)
        if len(start) < kind.sizeof_hdr or (is_analyze and is_single):
            raise damaged(path)
        header = kind(start, check=False)
        begin = _start(path, header, is_single)
        comments = () if is_analyze else tuple(_comments(path, file, header, begin, is_single))
    shape, dtype, scaling = _shape(path, header), header.get_data_dtype(), _scaling(path, header)
    if is_analyze:
        header = _as_nifti(header)
    return StoredHeader(header, shape, dtype, scaling, begin, comments, is_analyze)


def damaged(path: Path) -> UnreadableFileError:
    """Say that a file cannot be what it is called."""
    return UnreadableFileError(
        f"{path.name} is no NIfTI file, or is damaged: export or copy it again."
    )


def _as_nifti(analyze: AnalyzeHeader) -> Nifti1Header:
    """Say in a NIfTI header how large the voxels of an Analyze file are."""
    header = Nifti1Header()
    header["dim"], header["pixdim"] = analyze["dim"], analyze["pixdim"]
    header["pixdim"][0] = 1
    header.set_xyzt_units("mm")
    return header


def _kind(start: bytes) -> type[AnalyzeHeader]:
    if start[4:8] in (_MAGIC_2, b"ni2\0"):
        return Nifti2Header  # type: ignore[no-any-return]
    return Nifti1Header if start[344:348] in _MAGICS_1 else Spm2AnalyzeHeader  # type: ignore[no-any-return]


def _start(path: Path, header: AnalyzeHeader, is_single: bool) -> int:
    """Find where the pixels begin; in the same file, never within the header."""
    said = float(header["vox_offset"])
    least = header.sizeof_hdr + 4 if is_single else 0
    if not 0 <= said < 2**62 or 0 < said < least:
        raise damaged(path)
    return max(least, int(said))


def _comments(
    path: Path, file: IO[bytes], header: Nifti1Header, end: int, is_single: bool
) -> Iterator[bytes]:
    """Read extensions up to where the pixels begin; of a header by itself, to its end."""
    if file.read(4)[:1] in (b"", b"\0"):
        return
    left = end - header.sizeof_hdr - 4 if is_single else ALWAYS_DECODED
    if is_single and float(header["vox_offset"]) == 0:
        raise damaged(path)
    for _ in range(_MOST_EXTENSIONS):
        if left < 16 or len(head := file.read(8)) < 8:
            return
        size, code = struct.unpack(f"{header.endianness}2i", head)
        if not 8 <= size <= min(left, ALWAYS_DECODED):
            raise damaged(path)
        content = file.read(size - 8)
        left -= size
        if code == COMMENT:
            yield content
    raise UnreadableFileError(
        f"{path.name} has more than {_MOST_EXTENSIONS:,} extensions of its header: "
        "export it again without them."
    )


def _shape(path: Path, header: AnalyzeHeader) -> tuple[int, ...]:
    n_axes = int(header["dim"][0])
    if not 1 <= n_axes <= 7:
        raise damaged(path)
    said = [int(length) for length in header["dim"][1 : n_axes + 1]]
    shape = tuple(length or 1 if axis > 2 else length for axis, length in enumerate(said))
    if min(shape) < 1:
        told = " x ".join(map(str, said))
        raise UnreadableFileError(
            f"The header of {path.name} promises {told} voxels, which makes no sense: "
            "export it again."
        )
    return shape


def _scaling(path: Path, header: AnalyzeHeader) -> tuple[float, float]:
    """Find slope and intercept: none where the slope is 0 or no number, as NIfTI has it."""
    names = header.template_dtype.names or ()
    slope = float(header["scl_slope"]) if "scl_slope" in names else 1.0
    inter = float(header["scl_inter"]) if "scl_inter" in names else 0.0
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    inter = 0.0 if np.isnan(inter) else inter
    if not max(abs(slope), abs(inter)) < _LARGEST_SCALING:
        raise UnreadableFileError(
            f"{path.name} scales its values by {slope:g} and {inter:g}, which makes no sense: "
            "export it again."
        )
    return slope, inter
