"""A NIfTI header as it is stored, before nibabel mends it."""

from __future__ import annotations

import struct
from pathlib import Path

from nibabel.nifti1 import Nifti1Header
from nibabel.nifti2 import Nifti2Header
from nibabel.openers import ImageOpener

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import ALWAYS_DECODED

_MAGIC_2 = b"n+2\0"
"""At byte 4 of a NIfTI-2 file; NIfTI-1 has its own at byte 344."""


def stored_header(path: Path) -> Nifti1Header:
    """Read a header without its extensions, and make sure that those can be skipped.

    Parameters
    ----------
    path : Path
        ".nii" or ".nii.gz", NIfTI-1 or NIfTI-2.

    Raises
    ------
    UnreadableFileError
        The header is cut, or an extension's length makes no sense; nibabel would
        set that much memory aside.
    """
    with ImageOpener(path) as file:
        start = file.read(Nifti1Header.sizeof_hdr)
        kind = Nifti2Header if start[4:8] == _MAGIC_2 else Nifti1Header
        start += file.read(kind.sizeof_hdr - len(start))
        if len(start) < kind.sizeof_hdr:
            raise _damaged(path)
        header = kind(start, check=False)
        has_extensions = file.read(4)[:1] not in (b"", b"\0")
        if has_extensions:
            _check_extensions(path, file, header)
    return header


def _check_extensions(path: Path, file: ImageOpener, header: Nifti1Header) -> None:
    """Walk through them as nibabel does: to the end of the file where pixels come first."""
    left = float(header["vox_offset"]) - header.sizeof_hdr - 4
    while (left >= 16 or left < 0) and len(head := file.read(8)) == 8:
        (size,) = struct.unpack_from(f"{header.endianness}i", head)
        if not 8 <= size <= ALWAYS_DECODED:
            raise _damaged(path)
        file.read(size - 8)
        left -= size


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is no NIfTI file, or is damaged: export or copy it again."
    )
