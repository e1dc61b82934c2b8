"""What is refused before a pixel is decoded: damage, lies about sizes, and what is too large."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from tifffile import COMPRESSION, PLANARCONFIG, TiffFile, TiffPage, TiffPageSeries

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import check_decoded_size, check_plane_size
from napari_multicancer.io.tiff.on_disk import is_huge
from napari_multicancer.io.tiff.stored import hold_what_they_say


def check_chain(tiff: TiffFile, path: Path) -> None:
    """Refuse pages that lead back to one before them, which tifffile would follow without end."""
    seen, offset = set(), tiff.pages[0].offset
    while 0 < offset < tiff.filehandle.size:
        if offset in seen:
            raise UnreadableFileError(
                f"{path.name} has pages that lead back to each other: export or copy it again."
            )
        seen.add(offset)
        try:
            offset = _next_page(tiff, offset)
        except struct.error:
            return


def check_pages(
    tiff: TiffFile, series: TiffPageSeries, looked_at: Sequence[Any], path: Path
) -> None:
    """Refuse what the tags alone show to be too large, unknown, not all there, or not so.

    Parameters
    ----------
    tiff : TiffFile
    series : TiffPageSeries
        What is read of it.
    looked_at : sequence of TiffPage or TiffFrame
        Its pages that are read at once.
    path : Path

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
    """
    page = series.keyframe
    if not is_huge(series):
        check_plane_size(path.name, page.imagelength, page.imagewidth)
    has_known_order = page.samplesperpixel == 1 or page.planarconfig in set(PLANARCONFIG)
    is_known = page.dtype is not None and has_known_order and page.compression in set(COMPRESSION)
    if not is_known or not page.nbytes or len(page.chunks) > page.ndim:
        raise UnreadableFileError(
            f"{path.name} stores its pixels in an unknown way: save it with 8 or 16 bits each."
        )
    check_decoded_size(path, max(page.nbytes, _segment_bytes(page)))
    check_decoded_size(path, series.nbytes, at_once=False)
    if _ends_too_early(tiff) or not all(map(_is_all_there, looked_at)):
        raise UnreadableFileError(
            f"{path.name} ends in the middle of its planes: export or copy it again."
        )
    if prod(series.shape) == len(series.pages) * prod(page.shape):
        _check_stored(looked_at, page, path)


def _check_stored(pages: Sequence[Any], keyframe: TiffPage, path: Path) -> None:
    said = f"{keyframe.imagelength} x {keyframe.imagewidth}"
    if not hold_what_they_say(pages):
        raise UnreadableFileError(
            f"{path.name} says that it measures {said} pixels, but holds another number of them: "
            "export or copy it again."
        )


def _is_all_there(page: Any) -> bool:
    return bool(_end_of_page(page) <= page.parent.filehandle.size)


def _end_of_page(page: Any) -> int:
    """Find where in its file the last strip or tile ends; tifffile makes room for all of it."""
    if page.is_contiguous and page.dataoffsets and not page.keyframe.is_subsampled:
        return int(page.dataoffsets[0] + page.nbytes)
    segments = zip(page.dataoffsets, page.databytecounts, strict=False)
    return max((int(offset + count) for offset, count in segments), default=0)


def _segment_bytes(page: Any) -> int:
    """How much a tile or strip takes once it is decoded: a tile may be larger than its page."""
    return int(prod(page.chunks) * np.dtype(page.dtype).itemsize)


def _next_page(tiff: TiffFile, offset: int) -> int:
    """Read where the page after the one at an offset begins; 0 after the last."""
    kind, file = tiff.tiff, tiff.filehandle
    file.seek(offset)
    (tags,) = struct.unpack(kind.tagnoformat, file.read(kind.tagnosize))
    file.seek(tags * kind.tagsize, 1)
    (following,) = struct.unpack(kind.offsetformat, file.read(kind.offsetsize))
    return int(following)


def _ends_too_early(tiff: TiffFile) -> bool:
    """Whether the last page that is there points to one that is not."""
    return bool(_next_page(tiff, tiff.pages[-1].offset) >= tiff.filehandle.size)
