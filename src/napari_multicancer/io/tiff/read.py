"""Scans in TIFF files of any flavor, through tifffile."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import TiffFile, TiffFileError, TiffPageSeries

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, Scan, guess_axes
from napari_multicancer.io.tiff.checks import check_chain, check_pages
from napari_multicancer.io.tiff.choice import choose
from napari_multicancer.io.tiff.colors import is_black_assumed, unexplained
from napari_multicancer.io.tiff.companions import check_companions
from napari_multicancer.io.tiff.geometry import place_of
from napari_multicancer.io.tiff.on_disk import PlanesOnDisk, RowsOnDisk, is_huge
from napari_multicancer.io.tiff.page import orientation
from napari_multicancer.io.tiff.planes import Planes
from napari_multicancer.io.upright import is_swapped, upright

LARGEST_IN_MEMORY = 128 * 2**20
"""Bytes of pixels up to which a TIFF is read at once; above, plane by plane when needed."""

_MODES_OF_CHANNELS = ("composite", "color")
"""How ImageJ says that it shows channels each in a color of its own."""


def read_tiff(path: Path) -> Scan:
    """Read the scan of a TIFF: pages, ImageJ hyperstack, OME.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Of the most pixels of equal pages that are no thumbnails; what is left aside is told
        in its `notes`. Axes as the file names them, color last; pages of which nothing is said
        become "z", channels that are no color "?". Upright by the tag Orientation. For colors and
        dtypes see `colors.as_seen`.
        Above `LARGEST_IN_MEMORY` bytes `pixels` is a dask array of one chunk a
        plane, or, of one huge picture (`on_disk.is_huge`), of some rows a chunk. For its place
        see `geometry.place_of`.

    Raises
    ------
    UnreadableFileError
        It is no TIFF, ends too early, holds fewer or more pixels than its tags describe, its
        compression is not supported, or planes in other files are missing.
    UnsupportedScanError
        A plane is too large, or its colors cannot be shown.
    """
    with ExitStack() as files:
        tiff = files.enter_context(_opened(path))
        check_chain(tiff, path)
        check_companions(tiff, path)
        series, notes = choose(tiff)
        at_once = series.nbytes <= LARGEST_IN_MEMORY
        check_pages(tiff, series, list(series.pages) if at_once else [series.keyframe], path)
        pixels, axes = _pixels(tiff, series, path)
        if not isinstance(pixels, np.ndarray):
            files.pop_all()
        page = series.keyframe
        if _may_be_depth(tiff, pixels.shape, axes):
            axes = axes.replace("C", "Z")
            notes += (_taken_for_depth(path.name, len(pixels)),)
        axes = _letters(pixels.shape, axes)
        if "c" in axes[:-1]:
            pixels = np.moveaxis(pixels, axes.index("c"), -1)
            axes = axes.replace("c", "") + "c"
        place = place_of(tiff, series, axes, is_swapped(orientation(page)))
    if unexplained(page):
        notes += (
            f"{path.name} has a second value a pixel without saying what it is: the first is read.",
        )
    if is_black_assumed(page):
        notes += (f"{path.name} does not say whether its smallest value is black: it is read so.",)
    return Scan(pixels, axes, name=path.name, source=str(path), place=place, notes=notes)


def _opened(path: Path) -> TiffFile:
    """Open a file alone: collections of files that some microscopes write are not followed."""
    try:
        return TiffFile(path, is_ndtiff=False, is_mmstack=False)
    except TiffFileError as error:
        raise UnreadableFileError(
            f"{path.name} is no TIFF file, or is damaged: export or copy it again."
        ) from error


def _pixels(tiff: TiffFile, series: TiffPageSeries, path: Path) -> tuple[Any, str]:
    """Read a series, with tifffile's letters for its axes."""
    if is_huge(series):
        rows = RowsOnDisk(tiff, series.keyframe)
        turned = upright(rows.as_dask(), "yxc"[: rows.ndim], orientation(series.keyframe))
        return turned, "YXS"[: rows.ndim]
    planes = Planes(series)
    if series.nbytes <= LARGEST_IN_MEMORY or planes.axes[0] == "Y":
        return _decoded(planes, series, path), planes.axes
    import dask.array

    on_disk = PlanesOnDisk(tiff, planes)
    chunks = (1, *planes.shape[1:])
    return dask.array.from_array(on_disk, chunks=chunks, name=False), planes.axes


def _decoded(planes: Planes, series: TiffPageSeries, path: Path) -> NDArray[Any]:
    try:
        return planes.all()
    except MulticancerError:
        raise
    except IndexError as error:
        raise UnreadableFileError(
            f"{path.name} has a damaged palette of colors: export or copy it again."
        ) from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise UnreadableFileError(
            f"{path.name} is damaged, or its compression ({_compression(series)}) is "
            "not supported: save it with zlib compression or none."
        ) from error


def _compression(series: TiffPageSeries) -> str:
    kind = series.keyframe.compression
    return str(getattr(kind, "name", kind))


def _may_be_depth(tiff: TiffFile, shape: tuple[int, ...], axes: str) -> bool:
    """Whether planes are called channels by ImageJ's format alone.

    Programs that were told no axes write a stack so; ImageJ itself says how it shows channels.
    """
    said = tiff.imagej_metadata or {}
    is_alone = axes.startswith("CY") and said.get("channels") == said.get("images")
    is_shown_as_such = said.get("mode") in _MODES_OF_CHANNELS
    return tiff.is_imagej and is_alone and not is_shown_as_such and shape[0] not in COLOUR_CHANNELS


def _taken_for_depth(name: str, n_planes: int) -> str:
    return (
        f"{name} calls its {n_planes} planes channels, as programs do that were told no axes: "
        "they are read as depth."
    )


def _letters(shape: tuple[int, ...], axes: str) -> str:
    """Translate tifffile's axes: samples are colour, channels that are none "?".

    The last of other axes is depth where none is named so.
    """
    if not {"Y", "X"} <= set(axes):
        return guess_axes(shape)
    named = axes.replace("S", "c")
    if "C" in named and "c" not in named and shape[axes.index("C")] in COLOUR_CHANNELS:
        named = named.replace("C", "c")
    named = "".join(axis if axis in "ZTCYXc" else "?" for axis in named)
    if "Z" not in named and "?" in named:
        before, _, after = named.rpartition("?")
        named = f"{before}Z{after}"
    named = named.replace("C", "?")
    return "".join(axis if axis == "c" else axis.lower() for axis in named)
