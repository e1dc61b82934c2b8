"""A compressed frame before it is decoded: whether it holds the picture that its file says."""

from __future__ import annotations

import struct

from pydicom.uid import RLELossless

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.run_lengths import holds_more
from napari_multicancer.io.jpeg.segments import bits_of, sides_of
from napari_multicancer.io.jpeg.whole import Wrong, what_is_wrong

_JPEG = b"\xff\xd8"
_JP2, _JP2_BOX = b"\0\0\0\x0cjP  ", 12
"""How a JP2 file begins, and the length of this first box."""
_LARGEST_SIDE = 2**16
"""Above, what is told is damaged, which the decoder finds out."""
_STYLE, _TILE = b"\xff\x52", b"\xff\x90"
"""Markers of JPEG 2000: COD, which tells of a transform of colors, and SOT, the first tile."""
_CODESTREAM = b"\xff\x4f\xff\x51"
"""How a codestream of JPEG 2000 begins: SOC, and SIZ, which tells its sides."""


def check_frame(frame: bytes, promised: tuple[int, int], name: str, syntax: str) -> None:
    """Refuse a frame that decoders would put together in rows of another length, fill up or cut.

    Parameters
    ----------
    frame : bytes
    promised : (int, int)
        Rows and Columns of the header.
    name : str
        How the file is called in a message.
    syntax : str
        TransferSyntaxUID.

    Raises
    ------
    UnreadableFileError
        It has other sides, or more pixels, than the header promises.
    ValueError
        It is a JP2 whose boxes lead nowhere, or a JPEG that is damaged, or was cut and closed
        again.
    """
    if syntax == RLELossless:
        if holds_more(frame, promised):
            raise _more(promised, name)
        return
    _check_boxes(frame)
    sides = sides_of(frame) if frame.startswith(_JPEG) else _sides_of_jpeg_2000(frame)
    if sides is not None and sides != promised and max(sides) <= _LARGEST_SIDE:
        raise UnreadableFileError(
            f"The header of {name} promises pictures of {promised[0]} x {promised[1]} pixels, and "
            f"it holds ones of {sides[0]} x {sides[1]}: export it again."
        )
    wrong = what_is_wrong(frame) if frame.startswith(_JPEG) else None
    if wrong is Wrong.CUT:
        raise ValueError("a JPEG that ends before its pixels do")
    if wrong is Wrong.MORE:
        raise _more(promised, name)


def _more(promised: tuple[int, int], name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} holds pictures of other pixels than its {promised[0]} rows and {promised[1]} "
        "columns promise: export it again."
    )


def bits_told(frame: bytes) -> int:
    """Read how many bits a sample of a JPEG has by itself; 0 where it does not say it."""
    return bits_of(frame) if frame.startswith(_JPEG) else 0


def was_rgb(frame: bytes) -> bool:
    """Say whether a frame of JPEG 2000 tells that its coder turned it from RGB.

    Decoders turn it back, so that it is RGB then, whatever the header calls its colors.

    Parameters
    ----------
    frame : bytes
    """
    at = frame.find(_CODESTREAM)
    if frame.startswith(_JPEG) or at < 0:
        return False
    at += 2  # behind SOC, which has no length
    while at + 9 <= len(frame):
        marker, length = frame[at : at + 2], int.from_bytes(frame[at + 2 : at + 4])
        if marker == _STYLE:
            return frame[at + 8] == 1
        if marker[0] != 0xFF or marker == _TILE or length < 2:
            return False
        at += 2 + length
    return False


def _check_boxes(frame: bytes) -> None:
    """Refuse a frame whose JP2 boxes lead nowhere; pydicom would go round and round in them."""
    at = _JP2_BOX if frame.startswith(_JP2) else len(frame)
    while at < len(frame) and frame[at + 4 : at + 8] != b"jp2c":
        (length,) = struct.unpack_from(">I", frame.ljust(at + 4, b"\0"), at)
        if length < 8:
            raise ValueError("a JP2 box has no length")
        at += length


def _sides_of_jpeg_2000(frame: bytes) -> tuple[int, int] | None:
    start = frame.find(_CODESTREAM)
    if start < 0 or len(frame) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    return bottom - top, right - left
