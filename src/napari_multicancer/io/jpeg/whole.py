"""Whether a JPEG holds the picture that it promises, no less and no more.

Decoders fill up what is missing, and stop where the promised rows end. So the picture is decoded
twice more, with rows behind its last one, where that is possible at half its size: as it is, and
with stray bytes at the end of its data. What differs within the picture is missing in the file;
rows behind it that are the same are in the file, and not in the picture.
"""

from __future__ import annotations

import struct
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import blake2b
from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.io.jpeg.segments import COEFFICIENTS, RESTARTS, Segments

_BASELINE, _LOSSLESS = 0xC0, 0xC3
_KINDS = (_BASELINE, 0xC1, 0xC2, _LOSSLESS)
"""Of Huffman codes; what is coded otherwise is believed."""
_STRAY = bytes.fromhex("b6db6d") * 22
"""Bytes that a decoder passes over where it is done, and takes for pixels where it is not.

Where it runs out of data it goes on with zeros, and stops a block at codes of ones alone.
"""
_REMEMBERED = 20_000
"""JPEGs, such as the frames of a long cine, that are known to be whole."""
_RESTART = 0xD0
_BLOCK = 8
_HIGHEST = 65_500
"""Rows that decoders take."""


_whole: dict[bytes, None] = {}
"""Digests of JPEGs with which nothing is wrong, the oldest first."""
_lock = Lock()


class Wrong(Enum):
    """What is wrong with a JPEG."""

    CUT = auto()
    MORE = auto()


def what_is_wrong(content: bytes) -> Wrong | None:
    """Say whether a JPEG brings less or more than the picture that it promises.

    Less: not all components to the last bit, or data that end before the picture does. More: data
    that go on behind it; that a picture is filled up to an even number of blocks is usual. Neither
    is said of arithmetic coding, nor of what cannot be decoded. What is asked of a JPEG again is
    remembered, so that a frame of a cine is decoded once when it is looked at again.

    Parameters
    ----------
    content : bytes
        What follows the end of the picture does not count.

    Raises
    ------
    ValueError
        Its segments are damaged.
    """
    digest = blake2b(content, digest_size=16).digest()
    if digest in _whole:
        return None
    wrong = _compared(content)
    if wrong is None:
        with _lock:
            while len(_whole) >= _REMEMBERED:
                del _whole[next(iter(_whole))]
            _whole[digest] = None
    return wrong


def _compared(content: bytes) -> Wrong | None:
    segments = Segments(content)
    try:
        strays = list(_strays(segments))
    except (struct.error, IndexError) as error:
        raise ValueError("a JPEG whose segments are damaged") from error
    if segments.kind not in _KINDS or not all(segments.sides):
        return None
    if not _brings_all(segments):
        return Wrong.CUT
    try:
        units = _Units.of(segments)
        taller = _with_rows(content, segments, units.rows_decoded)
        plain, strayed = (
            _decoded(taller, segments),
            _decoded(_with_strays(taller, strays), segments),
        )
    except Exception:  # noqa: BLE001  whatever decoders raise, reading the picture says so
        return None
    return _told(plain, (plain != strayed).any(axis=-1), segments, units)


def _strays(segments: Segments) -> Iterator[tuple[int, bytes]]:
    """Give the places behind coded pixels, and what is put there."""
    restarts = 0
    for end, marker in segments.ends_of_coded_pixels():
        is_restart = marker in RESTARTS
        yield end, _STRAY if is_restart else _stray_at_end(segments, restarts)
        restarts = restarts + 1 if is_restart else 0


def _stray_at_end(segments: Segments, restarts: int) -> bytes:
    """Give what is put behind a scan; where a restart is due, a decoder looks for its marker."""
    if not segments.interval:
        return _STRAY
    return _STRAY + bytes((0xFF, _RESTART + restarts % len(RESTARTS))) + _STRAY


def _with_rows(content: bytes, segments: Segments, rows: int) -> bytes:
    at = segments.frame_at + 1
    return content[:at] + struct.pack(">H", rows) + content[at + 2 :]


def _with_strays(content: bytes, strays: Sequence[tuple[int, bytes]]) -> bytes:
    parts: list[bytes] = []
    begin = 0
    for end, stray in strays:
        parts += content[begin:end], stray
        begin = end
    return b"".join((*parts, content[begin:]))


def _brings_all(segments: Segments) -> bool:
    """Say whether scans bring each component, of progressive ones every coefficient wholly."""
    brought: dict[int, set[int]] = defaultdict(set)
    for scan in segments.scans:
        for component in scan.components if scan.is_last_bit else ():
            brought[component].update(scan.coefficients)
    return all(len(brought[component]) == COEFFICIENTS for component in segments.components)


@dataclass(frozen=True)
class _Units:
    """What a JPEG is coded in: units of blocks, of lossless ones of samples.

    Attributes
    ----------
    height, width : int
        Of a unit, in pixels.
    across : int
        How many of them make a row.
    end : int
        Row of pixels up to which they fill the picture up.
    behind : int
        Rows of units that are looked for behind it.
    enough : int
        How many units in a row tell that it goes on: as many as a row or a column has.
    rows_decoded : int
        Of pixels.
    """

    height: int
    width: int
    across: int
    end: int
    behind: int
    enough: int
    rows_decoded: int

    @classmethod
    def of(cls, segments: Segments) -> _Units:
        """Find them; none are looked for behind a picture that decoders cannot take higher."""
        is_lossless = segments.kind == _LOSSLESS
        block, least, most = (1, 64, 128) if is_lossless else (_BLOCK, 4, 16)
        sampled = [*segments.components.values()] if len(segments.components) > 1 else [(1, 1)]
        width, height = (block * max(often) for often in zip(*sampled, strict=True))
        rows, columns = segments.sides
        across, end = -(-columns // width), -(-rows // height) * height
        behind = max(1 + _is_filled_up(end, height), -(-least // across))
        if end + behind * height > _HIGHEST:
            return cls(height, width, across, end, 0, 0, rows)
        enough = min(max(min(across, end // height), least), most)
        return cls(height, width, across, end, behind, enough, end + behind * height)


def _is_filled_up(end: int, height: int) -> bool:
    """Say whether encoders that always take 16 rows together have one more row of units."""
    return height == _BLOCK and end // _BLOCK % 2 == 1


def _told(
    plain: NDArray[Any], differs: NDArray[np.bool_], segments: Segments, units: _Units
) -> Wrong | None:
    """Tell by what two decoders' pictures have in common what is wrong."""
    scale = round(units.rows_decoded / len(plain))
    rows = -(-segments.sides[0] // scale)
    if differs[: rows - 2 if _looks_down(segments, scale) else rows].any():
        return Wrong.CUT
    if not units.behind or (plain[:rows] == plain[0, 0]).all():
        return None
    start, height, width = (n // scale or 1 for n in (units.end, units.height, units.width))
    gray = 1 << (segments.bits - 1)
    is_gray = (np.abs(plain[start:].astype(int) - gray) <= 1).all(axis=-1)
    same = ~_in_units(differs[start:], height, width)
    n_same = len(same) if same.all() else int(same.argmin())
    if n_same < units.enough or (n_same == units.across and _is_filled_up(units.end, units.height)):
        return None
    is_left_blank = not _in_units(~is_gray, height, width)[1 : units.enough].any()
    return None if is_left_blank else Wrong.MORE


def _in_units(is_so: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """Say of each unit, row by row, whether its first blocks hold a pixel for which that is so.

    Those below may be missing where scans bring components one by one.
    """
    rows = is_so.reshape(-1, height, is_so.shape[1])[:, : max(1, height // 2)].any(axis=1)
    return np.logical_or.reduceat(rows, range(0, rows.shape[1], width), axis=1).ravel()


def _looks_down(segments: Segments, scale: int) -> bool:
    """Say whether a decoder smooths colors by those in the row below."""
    across, down = (max(often) for often in zip(*segments.components.values(), strict=True))
    return any(
        v < down and not (scale > 1 and h * 2 == across and v * 2 == down)
        for h, v in segments.components.values()
    )


def _decoded(content: bytes, segments: Segments) -> NDArray[Any]:
    """Decode a JPEG, at half its size where that is possible; shape (row, column, channel)."""
    if segments.bits != _BLOCK or segments.kind == _LOSSLESS:
        import imagecodecs

        pixels = imagecodecs.jpeg8_decode(content)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=("JPEG",)) as image:
                image.draft(image.mode, (max(1, image.width // 2), max(1, image.height // 2)))
                pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)
