"""Which pages make the scan: of those that are no reduced copies, the most pixels alike."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

from tifffile import TiffFile, TiffPage, TiffPageSeries

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.io.tiff.page import look_of_picture

_UNSAID = ("generic", "uniform")
"""What tifffile calls pages of which no program said how they belong together."""

_IMAGEJ_AXES = {"C": "channels", "Z": "slices", "T": "frames"}
_UNNAMED = "I"
"""tifffile's letter for an axis of pages of which nothing is said."""


def choose(tiff: TiffFile) -> tuple[TiffPageSeries, tuple[str, ...]]:
    """Choose the pages that are read.

    Parameters
    ----------
    tiff : TiffFile

    Returns
    -------
    series : TiffPageSeries
        Pages that look alike: of one size and type, though they may be stored in several ways.
    notes : tuple of str
        A sentence on what is left aside, and one on what ImageJ promises and is not there, for
        `Scan.notes`.

    Raises
    ------
    UnreadableFileError
        There are no pages, or planes are missing.
    """
    found = _series(tiff)
    if not found:
        raise UnreadableFileError(
            f"{tiff.filename} holds no picture that can be read: export or copy it again."
        )
    own = [series for series in found if not _is_helper(series)] or found
    chosen = max(own, key=lambda series: prod(series.shape) // _samples(series))
    if chosen.kind == "ome" and any(page is None for page in chosen.pages):
        raise UnreadableFileError(
            f"{tiff.filename} promises {len(chosen.pages)} planes, and not all are there: "
            "export or copy it again."
        )
    aside = [series for series in own if series is not chosen]
    told = _told(tiff.filename, chosen, aside) if aside else ()
    there = _there(tiff, chosen)
    return there, (*told, *_missing(tiff.filename, _promised(tiff, chosen), there))


def _series(tiff: TiffFile) -> list[TiffPageSeries]:
    """Find what belongs together; of pages of which nothing is said, those that look alike."""
    try:
        found = list(tiff.series)
    except RuntimeError:  # tifffile took some pages for all of them
        tiff.is_uniform = False
        found = list(tiff.series)
    if any(series.kind not in _UNSAID or len(series.levels) > 1 for series in found):
        return found
    if len(found) == 1 == len(found[0].pages):
        return found
    groups: dict[Any, list[TiffPage]] = {}
    for page in sorted(_pages(found), key=lambda page: page.treeindex):
        groups.setdefault((_look(page), page.is_reduced, page.is_mask), []).append(page)
    return [_alike(pages) for pages in groups.values()]


def _look(page: TiffPage) -> Any:
    """Tell what a page looks like; those that cannot be shown are no hindrance to the others."""
    try:
        return look_of_picture(page)
    except MulticancerError:
        return page.shape, page.photometric


def _pages(found: Iterable[TiffPageSeries]) -> Iterable[TiffPage]:
    return (page.aspage() for series in found for page in series.pages if page is not None)


def _alike(pages: list[TiffPage], axis: str = _UNNAMED) -> TiffPageSeries:
    first = pages[0]
    shape, axes = (len(pages), *first.shape), axis + first.axes
    return TiffPageSeries(pages, shape, first.dtype, axes, kind=_UNSAID[0])


def _is_helper(series: TiffPageSeries) -> bool:
    """Whether pages are smaller copies of others, or say where others are transparent."""
    page = series.keyframe
    return bool(page.is_reduced or page.is_mask)


def _samples(series: TiffPageSeries) -> int:
    return int(series.keyframe.samplesperpixel)


def _told(name: str, chosen: TiffPageSeries, aside: list[TiffPageSeries]) -> tuple[str, ...]:
    others = " and ".join(map(_count, aside))
    return (
        f"{name} holds pages of several kinds: {_count(chosen)} are read, {others} left aside.",
    )


def _promised(tiff: TiffFile, series: TiffPageSeries) -> int:
    """Count the planes that ImageJ's description promises, or those that are there.

    Some programs count the samples of each plane in its place.
    """
    lengths = (_number(tiff, name) for name in _IMAGEJ_AXES.values())
    said = _number(tiff, "images") or prod(max(1, length) for length in lengths)
    counts_samples = said == len(series.pages) * _samples(series)
    return _n_planes(series) if counts_samples else max(said, _n_planes(series))


def _there(tiff: TiffFile, series: TiffPageSeries) -> TiffPageSeries:
    """Take as many pages as there are where ImageJ's description promises more."""
    may_be_fewer = series.kind in ("imagej", *_UNSAID) and len(series.pages) > 1
    if not may_be_fewer or len(series.pages) >= _promised(tiff, series):
        return series
    return _alike([page.aspage() for page in series.pages], _axis(tiff))


def _axis(tiff: TiffFile) -> str:
    """Name the axis of pages as ImageJ does; of several, which lost their order, only channels."""
    long = [axis for axis, name in _IMAGEJ_AXES.items() if _number(tiff, name) > 1]
    return long[0] if len(long) == 1 or "C" in long else _UNNAMED


def _number(tiff: TiffFile, name: str) -> int:
    value = (tiff.imagej_metadata or {}).get(name)
    return value if isinstance(value, int) else 0


def _missing(name: str, promised: int, there: TiffPageSeries) -> tuple[str, ...]:
    found = _n_planes(there)
    if promised <= found:
        return ()
    return (f"{name} promises {promised} planes, and {found} could be read.",)


def _n_planes(series: TiffPageSeries) -> int:
    return int(prod(series.shape) // max(1, prod(series.keyframe.shape)))


def _count(series: TiffPageSeries) -> str:
    page = series.keyframe
    return f"{_n_planes(series)} of {page.imagelength} x {page.imagewidth} pixels"
