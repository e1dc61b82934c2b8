"""Whether a page's strips or tiles hold the pixels that its tags describe, no fewer and no more."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from math import ceil, prod
from typing import Any

import imagecodecs
from PIL import Image, UnidentifiedImageError
from tifffile import COMPRESSION, TiffPage

from napari_multicancer.io.tiff.colors import JPEG

_CCITT = (COMPRESSION.CCITTRLE, COMPRESSION.CCITT_T4, COMPRESSION.CCITT_T6)
_DEFLATE = (COMPRESSION.ADOBE_DEFLATE, COMPRESSION.DEFLATE)
_STRIP_OFFSETS, _TILE_OFFSETS = 273, 324
_HEADER = 8
"""Bytes at a file's beginning that are no pixels."""
_ODD = 3
"""Bytes by which a piece may be longer, for the next one to begin at an even place."""
_END_OF_JPEG, _TAIL = b"\xff\xd9", 32
_SECTOR = 512
"""Bytes; some cameras fill up their strips to whole sectors of a disk."""


def hold_what_they_say(pages: Sequence[Any]) -> bool:
    """Compare the pieces of pages with their tags, without decoding more than a page's first.

    Parameters
    ----------
    pages : sequence of TiffPage or TiffFrame
    """
    return _lie_apart(pages) and all(map(_holds_what_it_says, pages))


def _holds_what_it_says(page: Any) -> bool:
    key = page.keyframe
    if key.compression in _CCITT and key.bitspersample != 1:
        return False
    if _n_pieces(page) != prod(page.chunked) or len(page.databytecounts) != len(page.dataoffsets):
        return False
    if _begins_among_tags(page):
        return False
    if not page.dataoffsets or (key.is_subsampled and key.compression not in JPEG):
        return True
    if key.compression == COMPRESSION.JPEG:
        return key.bitspersample % 4 == 0 and _are_whole_jpegs(page)
    return not _holds_other_rows(page)


def _n_pieces(page: Any) -> int:
    """Count the strips or tiles that a page names."""
    for code in (_TILE_OFFSETS, _STRIP_OFFSETS):
        if isinstance(page, TiffPage) and code in page.tags:
            return int(page.tags[code].count)
    return len(page.dataoffsets)


def _lie_apart(pages: Sequence[Any]) -> bool:
    """Whether pieces do not overlap; equal ones may share their bytes."""
    pieces = sorted({(id(page.parent), *piece) for page in pages for piece in _pieces(page)})
    return not any(
        file == other and offset + count > following
        for (file, offset, count), (other, following, _) in pairwise(pieces)
    )


def _pieces(page: Any) -> list[tuple[int, int]]:
    """List offsets and numbers of bytes; both are zero where a piece is left out as empty."""
    pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
    return [piece for piece in pieces if any(piece)]


def _begins_among_tags(page: Any) -> bool:
    """Whether a piece begins where the file's header or the page's tags lie, or holds nothing."""
    taken = [(0, _HEADER)]
    if isinstance(page, TiffPage):
        kind = page.parent.tiff
        length = kind.tagnosize + len(page.tags) * kind.tagsize + kind.offsetsize
        taken.append((page.offset, page.offset + length))
        taken += [(tag.valueoffset, tag.valueoffset + tag.valuebytecount) for tag in page.tags]
    return any(
        not count or any(start <= offset < stop for start, stop in taken)
        for offset, count in _pieces(page)
    )


def _are_whole_jpegs(page: Any) -> bool:
    """Whether JPEGs have their end, without which decoders fill rows up, and the first its size."""
    file, key, pieces = page.parent.filehandle, page.keyframe, _pieces(page)
    if file.closed or not pieces:
        return True
    for offset, count in pieces:
        file.seek(offset + max(0, count - _TAIL))
        if _END_OF_JPEG not in file.read(min(count, _TAIL)):
            return False
    file.seek(pieces[0][0])
    size = _size_of_jpeg(file.read(pieces[0][1]))
    if size is None:
        return True
    width, height = size
    if key.is_tiled:
        return bool(width <= key.tilewidth and height <= key.tilelength)
    return bool((width, height) == (key.imagewidth, min(key.rowsperstrip, key.imagelength)))


def _size_of_jpeg(stored: bytes) -> tuple[int, int] | None:
    """Read a JPEG's width and height; None of one that only its decoder knows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(stored), formats=("JPEG",)) as picture:
                return picture.size
    except Image.DecompressionBombError:
        return (0, 0)
    except UnidentifiedImageError:
        return None


def _holds_other_rows(page: Any) -> bool:
    """Whether bytes are left over once all that the tags describe is taken, or some are missing."""
    key, n_pieces = page.keyframe, len(page.dataoffsets)
    n_rows, row, rows_a_piece = _rows(key)
    if key.compression == COMPRESSION.NONE:
        asked, stored = n_rows * key.imagedepth * row, sum(page.databytecounts)
        filled_up = n_pieces * rows_a_piece * row
        if stored < asked and not key.is_tiled:
            return True
        if key.is_tiled or stored == filled_up:
            return bool(stored > filled_up + _ODD * n_pieces)
        return bool(stored > asked + _ODD * n_pieces and not _fills_sectors(page, row))
    asked = min(rows_a_piece, n_rows) * row
    return _unfolded(page, asked + _ODD + 1) > asked + _ODD


def _fills_sectors(page: Any, row: int) -> bool:
    """Whether each strip is as long as its rows, but for an even rest of its last sector."""
    key, file = page.keyframe, page.parent.filehandle
    a_sample = ceil(key.imagelength / key.rowsperstrip)
    for index, (offset, count) in enumerate(
        zip(page.dataoffsets, page.databytecounts, strict=True)
    ):
        left = key.imagelength - index % a_sample * key.rowsperstrip
        asked = min(left, key.rowsperstrip) * row
        if count not in (asked, -(-asked // _SECTOR) * _SECTOR) or file.closed:
            return False
        file.seek(offset + asked)
        if len(set(file.read(count - asked))) > 1:
            return False
    return True


def _rows(page: TiffPage) -> tuple[int, int, int]:
    """Count rows, those of samples stored apart included, bytes of a row, and rows of a piece."""
    together = page.samplesperpixel if page.planarconfig == 1 else 1
    width = page.tilewidth if page.is_tiled else page.imagewidth
    n_rows = page.imagelength * page.samplesperpixel // together
    rows_a_piece = page.tilelength * page.tiledepth if page.is_tiled else page.rowsperstrip
    return n_rows, ceil(width * together * page.bitspersample / 8), rows_a_piece


def _unfolded(page: Any, at_most: int) -> int:
    """Count the bytes that the first piece unfolds to; 0 where its decoder will count them."""
    file, key = page.parent.filehandle, page.keyframe
    if file.closed or key.fillorder != 1 or not page.databytecounts[0]:
        return 0
    file.seek(page.dataoffsets[0])
    stored = file.read(page.databytecounts[0])
    is_in_bytes = key.bitspersample % 8 == 0
    try:
        if key.compression == COMPRESSION.LZW:
            return len(imagecodecs.lzw_decode(stored, out=at_most))
        if key.compression in _DEFLATE and not is_in_bytes:
            return len(zlib.decompressobj().decompress(stored, at_most))
        if key.compression == COMPRESSION.PACKBITS and not is_in_bytes:
            return len(imagecodecs.packbits_decode(stored, out=at_most * 8)[:at_most])
    except (imagecodecs.ImcdError, zlib.error):
        return 0
    return 0
