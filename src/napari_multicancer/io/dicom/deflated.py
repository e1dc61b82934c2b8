"""Deflated DICOM files, inflated no further than their own header promises."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pydicom
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import BoundedReader, check_decoded_size

_META = 132
"""Bytes of preamble and mark, behind which the meta header stands."""
_LENGTH = b"\x02\0\0\0UL\4\0"
"""How its first element begins, which tells how long it is."""
_LONGEST_META = 4096
_BESIDE_PIXELS = 16 * 2**20
"""Bytes that all other elements together are believed to take."""
_PADDING = 1.02
_UID = str(DeflatedExplicitVRLittleEndian).encode()
_PLAIN_UID = str(ExplicitVRLittleEndian).encode().ljust(len(_UID), b"\0")


def is_deflated(file: BoundedReader) -> bool:
    """Say whether all but a file's meta header is deflated; its position stays at the start."""
    head = file.read(_LONGEST_META)
    file.seek(0)
    return _UID in head[: _end_of_meta(head)]


def inflated(file: BoundedReader, path: Path, *, whole: bool) -> io.BytesIO:
    """Give the file as it would be if it were not deflated.

    Parameters
    ----------
    file : BoundedReader
        At its start; `is_deflated` holds for it.
    path : Path
    whole : bool
        Whether the pixels are wanted, too.

    Raises
    ------
    UnreadableFileError
        It unfolds to more than its header promises.
    UnsupportedScanError
        It promises more than is unpacked at once.
    """
    end = _end_of_meta(file.peek(_LONGEST_META))
    meta = file.read(end).replace(_UID, _PLAIN_UID)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = file.read()
    content = inflater.decompress(packed, _BESIDE_PIXELS)
    if whole and inflater.unconsumed_tail:
        promised = _promised(meta + content)
        check_decoded_size(path, promised)
        room = int(promised * _PADDING)
        content += inflater.decompress(inflater.unconsumed_tail, room) if room else b""
        if inflater.unconsumed_tail:
            raise UnreadableFileError(
                f"{path.name} unfolds to far more than the {promised:,} bytes of pixels that its "
                "header promises: export it again."
            )
    return io.BytesIO(meta + content)


def _end_of_meta(head: bytes) -> int:
    """Find where the meta header ends; 0 where there is none."""
    told = head[_META : _META + 12]
    if not told.startswith(_LENGTH) or len(told) < 12:
        return 0
    return int(_META + 12 + struct.unpack_from("<I", told, 8)[0])


def _promised(content: bytes) -> int:
    """Find how many bytes of pixels the beginning of a file promises."""
    header = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)
    bits = int(header.get("BitsAllocated") or 8) * int(header.get("SamplesPerPixel") or 1)
    frames = int(header.get("NumberOfFrames") or 1)
    count = int(header.get("Rows") or 0) * int(header.get("Columns") or 0) * frames
    return max(0, count * bits // 8)
