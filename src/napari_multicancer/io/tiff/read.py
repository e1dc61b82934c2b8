"""Scans in TIFF files of any flavor, through tifffile."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC, TiffFile, TiffFileError

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.place import UNPLACED, Place
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, Scan, guess_axes
from napari_multicancer.io.files import check_decoded_size, check_plane_size
from napari_multicancer.io.tiff.geometry import voxel_size
from napari_multicancer.io.tiff.on_disk import PlanesOnDisk, RowsOnDisk, is_huge

LARGEST_IN_MEMORY = 128 * 2**20
"""Bytes of pixels up to which a TIFF is read at once; above, plane by plane when needed."""


def read_tiff(path: Path) -> Scan:
    """Read the first series of a TIFF: pages, ImageJ hyperstack, OME.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Axes as the file names them, colour last; pages of which nothing is said
        become "z". Any dtype that the file holds; palettes become RGB, white-is-
        zero is inverted. Above `LARGEST_IN_MEMORY` bytes `pixels` is a dask array
        of one chunk a plane, or, of one huge picture (`rows.is_huge`), of some
        rows a chunk. For the voxel size see `geometry.voxel_size`.

    Raises
    ------
    UnreadableFileError
        It is no TIFF, ends too early, is too small for the pixels that it promises, or its
        compression is not supported.
    UnsupportedScanError
        A plane is too large.
    """
    try:
        tiff = TiffFile(path)
    except TiffFileError as error:
        raise UnreadableFileError(
            f"{path.name} is no TIFF file, or is damaged: export or copy it again."
        ) from error
    with tiff:
        _check_chain(tiff, path)
        _check(tiff, path)
        pixels, axes = _pixels(tiff, path)
        _check_palette(pixels, tiff.pages[0], path)
        pixels, axes = _with_meaning(pixels, axes, tiff.pages[0])
        size = voxel_size(tiff, axes.replace("c", ""))
    place = UNPLACED if size else Place.of_size(None, "its resolution is missing or one for print")
    return Scan(pixels, axes, size, name=path.name, source=str(path), place=place)


def _check(tiff: TiffFile, path: Path) -> None:
    """Refuse what the header alone shows to be too large, unknown or not all there."""
    page, series = tiff.pages[0], tiff.series[0]
    if not is_huge(tiff):
        check_plane_size(path.name, page.imagelength, page.imagewidth)
    if page.dtype is None or not page.nbytes or len(page.chunks) > page.ndim:
        raise UnreadableFileError(
            f"{path.name} stores its pixels in an unknown way: save it with 8 or 16 bits each."
        )
    check_decoded_size(path, max(page.nbytes, _segment_bytes(page)))
    check_decoded_size(path, series.nbytes, at_once=False)
    looked_at = series.pages if series.nbytes <= LARGEST_IN_MEMORY else [page]
    if _ends_too_early(tiff) or _end_of_pixels(looked_at) > tiff.filehandle.size:
        raise UnreadableFileError(
            f"{path.name} ends in the middle of its planes: export or copy it again."
        )


def _end_of_pixels(pages: Iterable[Any]) -> int:
    """Find where in the file the last strip or tile ends; tifffile makes room for all of it."""
    return max((_end_of_page(page) for page in pages if page), default=0)


def _end_of_page(page: Any) -> int:
    if page.is_contiguous and page.dataoffsets:
        return int(page.dataoffsets[0] + page.nbytes)
    segments = zip(page.dataoffsets, page.databytecounts, strict=False)
    return max((int(offset + count) for offset, count in segments), default=0)


def _segment_bytes(page: Any) -> int:
    """How much a tile or strip takes once it is decoded: a tile may be larger than its page."""
    return int(prod(page.chunks) * np.dtype(page.dtype).itemsize)


def _pixels(tiff: TiffFile, path: Path) -> tuple[Any, str]:
    """Read the first series, with tifffile's letters for its axes."""
    series = tiff.series[0]
    if is_huge(tiff):
        return RowsOnDisk(path).as_dask(), series.axes
    is_stack = series.ndim > 2 and series.axes[0] not in "YXS"
    if series.nbytes <= LARGEST_IN_MEMORY or not is_stack:
        return _decoded(tiff, path), series.axes
    import dask.array

    planes = PlanesOnDisk(path)
    return dask.array.from_array(planes, chunks=(1, *planes.shape[1:]), name=False), series.axes


def _decoded(tiff: TiffFile, path: Path) -> NDArray[Any]:
    """Read the first series at once."""
    try:
        return np.asarray(tiff.series[0].asarray())
    except (ValueError, KeyError, RuntimeError) as error:
        raise UnreadableFileError(
            f"{path.name} is damaged, or its compression ({tiff.pages[0].compression.name}) is "
            "not supported: save it with zlib compression or none."
        ) from error


def _check_chain(tiff: TiffFile, path: Path) -> None:
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


def _check_palette(pixels: Any, page: Any, path: Path) -> None:
    """Refuse a palette that is no table of three colours, or lacks a colour that pixels ask for."""
    if page.photometric != PHOTOMETRIC.PALETTE or page.colormap is None:
        return
    colours = np.asarray(page.colormap)
    if colours.ndim != 2 or len(colours) != 3 or int(np.max(pixels)) >= colours.shape[1]:
        raise UnreadableFileError(
            f"{path.name} has a damaged palette of colours: export or copy it again."
        )


def _with_meaning(pixels: Any, axes: str, page: Any) -> tuple[Any, str]:
    """Put colour last, name the axes as a Scan does, and let bright mean more."""
    letters = _letters(pixels.shape, axes)
    if page.photometric == PHOTOMETRIC.PALETTE and page.colormap is not None:
        colours = np.moveaxis(np.asarray(page.colormap), 0, -1)
        return (colours[np.asarray(pixels)] >> 8).astype(np.uint8), letters + "c"
    if page.photometric == PHOTOMETRIC.MINISWHITE and pixels.dtype.kind in "bu":
        pixels = ~pixels
    if "c" in letters[:-1]:
        pixels = np.moveaxis(pixels, letters.index("c"), -1)
        letters = letters.replace("c", "") + "c"
    return pixels, letters


def _letters(shape: tuple[int, ...], axes: str) -> str:
    """Translate tifffile's axes: samples are colour, whatever is not named is depth."""
    if not {"Y", "X"} <= set(axes):
        return guess_axes(shape)
    named = axes.replace("S", "c")
    if "C" in named and "c" not in named:
        is_colour = shape[axes.index("C")] in COLOUR_CHANNELS
        named = named.replace("C", "c" if is_colour else "Q")
    named = "".join(axis if axis in "ZTYXc" else "?" for axis in named)
    if "Z" not in named and "?" in named:
        first, last = named[: named.rindex("?")], named[named.rindex("?") + 1 :]
        named = f"{first}Z{last}"
    return "".join(axis if axis == "c" else axis.lower() for axis in named)
