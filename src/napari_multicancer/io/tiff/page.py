"""One page as it is seen: grey or in color, color last, upright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from tifffile import COMPRESSION, PLANARCONFIG, TiffPage

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.tiff import colors
from napari_multicancer.io.upright import ORIENTATION, is_swapped, upright


def picture(page: TiffPage) -> NDArray[Any]:
    """Decode a page.

    Parameters
    ----------
    page : TiffPage

    Returns
    -------
    ndarray, shape (row, column) or (row, column, 3 or 4), or more before them
        See `colors.as_seen`.
    """
    if is_subsampled(page):
        seen = _in_full(page) if _is_in_full(page) else _by_libtiff(page)
    else:
        seen = colors.as_seen(samples_last(page.asarray(), page.axes), page)
    spatial = page.axes.replace("S", "").lower()
    axes = spatial + "c" * (seen.ndim - len(spatial))
    return np.asarray(upright(seen, axes, orientation(page)))


def look_of_picture(page: TiffPage) -> tuple[tuple[int, ...], str]:
    """Tell the shape and dtype of `picture`, without decoding anything."""
    channels: tuple[int, ...]
    if is_subsampled(page):
        channels, dtype = (3,), np.dtype(np.uint8)
    else:
        channels, dtype = colors.look_of(page)
    *before, height, width = (
        n for n, axis in zip(page.shape, page.axes, strict=True) if axis != "S"
    )
    size = (width, height) if is_swapped(orientation(page)) else (height, width)
    return (*before, *size, *channels), dtype.str


def orientation(page: TiffPage) -> object:
    """Give the page's tag."""
    return page.tags.valueof(ORIENTATION)


def samples_last(stored: Any, axes: str) -> Any:
    """Move samples behind the axes of the picture."""
    return np.moveaxis(stored, axes.index("S"), -1) if "S" in axes else stored


def is_subsampled(page: TiffPage) -> bool:
    """Say whether chroma is stored more coarsely than luma, which JPEG's decoders alone undo."""
    return bool(page.is_subsampled and page.compression not in colors.JPEG)


def _is_in_full(page: TiffPage) -> bool:
    """Say whether chroma that is coarse by default alone is stored for each pixel all the same."""
    is_raw = page.compression == COMPRESSION.NONE and page.planarconfig == PLANARCONFIG.CONTIG
    return bool(
        is_raw
        and page.bitspersample == 8
        and "YCbCrSubSampling" not in page.tags
        and page.is_contiguous
        and sum(page.databytecounts) == page.nbytes
    )


def _in_full(page: TiffPage) -> NDArray[Any]:
    file = page.parent.filehandle
    file.seek(page.dataoffsets[0])
    stored = np.asarray(file.read_array(np.dtype(page.dtype), page.size))
    return colors.as_seen(stored.reshape(page.shape), page)


def _by_libtiff(page: TiffPage) -> NDArray[np.uint8]:
    """Let libtiff make RGB of a page; it knows pages by their place in the file's chain."""
    if page.is_subifd or page.planarconfig != PLANARCONFIG.CONTIG or page.bitspersample != 8:
        raise UnsupportedScanError(
            f"{page.parent.filename} stores reduced colors in an unusual way: save it as RGB."
        )
    content = Path(page.parent.filehandle.path).read_bytes()
    seen = np.asarray(imagecodecs.tiff_decode(content, page.index, asrgb=True))[..., :3]
    return np.asarray(upright(seen, "yxc", _mirrored_by_libtiff(page)))


def _mirrored_by_libtiff(page: TiffPage) -> int:
    """Give libtiff's share of the turn upright, which undoes itself: it only mirrors."""
    said = orientation(page)
    return (said - 1) % 4 + 1 if isinstance(said, int) and 1 <= said <= 8 else 1
