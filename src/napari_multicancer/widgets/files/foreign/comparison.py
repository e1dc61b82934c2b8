"""What our reader makes of the file of a layer, compared with what another one made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.files.readers import LayerData, loaded, scan_layer, scans_among

NAPARI = "napari"
"""As napari's own reader is called."""
COMPARED_SIDE = 1024
"""Pixels of the middle of a plane that are compared; larger planes are not read as a whole."""
SIZE_TOLERANCE = 1e-3


class Kind(Enum):
    """In what two readings of a file differ."""

    NOTHING = "nothing"
    GEOMETRY = "voxel size or axes"
    PIXELS = "pixels"
    MASK = "a mask, shown as an image"
    REFUSED = "ours refuses the file"
    UNKNOWN = "ours does not know the file"


@dataclass(frozen=True, eq=False)
class OpenedLayer:
    """A layer's scan as another reader has opened it.

    Attributes
    ----------
    path : Path
        Of the file or folder.
    reader : str
        Name of the plugin that read it.
    scan : Scan
        All that the layer holds.
    scale : tuple of float
        The layer's, one value an axis.
    size_is_chosen, axes_are_chosen : bool
        Whether the user may have said how large a voxel is, or what the axes mean.
    is_stacked : bool
        Whether it may be made of several files, of which `path` is the first.
    is_fresh : bool
        Whether it has just been opened, so that nobody has changed its pixels.
    """

    path: Path
    reader: str
    scan: Scan
    scale: tuple[float, ...]
    size_is_chosen: bool = False
    axes_are_chosen: bool = False
    is_stacked: bool = False
    is_fresh: bool = True


@dataclass(frozen=True, eq=False)
class ReadingComparison:
    """How two readings of a file differ.

    Attributes
    ----------
    kind : Kind
    words : str
        What differs, as the end of a sentence; ours, where the file is refused.
    layers : sequence of layer data tuples
        The file as ours reads it; empty where it must be opened in another way.
    """

    kind: Kind
    words: str = ""
    layers: Sequence[LayerData] = ()


SAME = ReadingComparison(Kind.NOTHING)
UNKNOWN = ReadingComparison(Kind.UNKNOWN)


def compare(opened: OpenedLayer) -> ReadingComparison:
    """Read a layer's file by our reader, and compare; for a thread, as it may take long."""
    from napari_multicancer.io.load import is_mask

    path = opened.path
    if path.is_file() and is_mask(path):
        return ReadingComparison(Kind.MASK)
    if not _is_ours(path):
        return UNKNOWN
    errors: list[BaseException] = []
    found = scans_among([path], lambda error, doing: errors.append(error))
    try:
        scans = [loaded(one) for one in found]
    except MulticancerError as error:
        errors.append(error)
    if errors:
        return _refused(opened, errors[0])
    return _compared(opened, scans)


def is_scan_shown_as_labels(path: Path) -> bool:
    """Say whether a file that another reader has opened as labels is a scan; for a thread.

    It holds values that change from pixel to pixel, and nothing in it or in its name says that it
    is a mask. napari takes all whole numbers of 32 and 64 bits for labels.
    """
    from napari_multicancer.core.masks.likeness import is_flat
    from napari_multicancer.io.likely_mask import likely_mask
    from napari_multicancer.io.load import is_mask, load_scan

    if not path.is_file() or is_mask(path) or not _is_ours(path):
        return False
    try:
        scan = load_scan(path)
        return not likely_mask(path, scan) and not is_flat(scan)
    except MulticancerError:
        return False


def _is_ours(path: Path) -> bool:
    """Say whether a file is of a format of the table for certain, or a folder holds a series."""
    from napari_multicancer.io.folders import is_part
    from napari_multicancer.io.formats import formats, has_scan_suffix
    from napari_multicancer.io.row import head_of

    if path.is_dir():
        return any(is_part(one) for one in sorted(path.iterdir())[:COMPARED_SIDE])
    head = head_of(path)
    return has_scan_suffix(path) or any(row.read and row.begins(head) for row in formats())


def _refused(opened: OpenedLayer, error: BaseException) -> ReadingComparison:
    if not (opened.is_fresh or _is_as_napari_reads(opened)):
        return UNKNOWN
    return ReadingComparison(Kind.REFUSED, str(error))


def _compared(opened: OpenedLayer, scans: Sequence[Scan]) -> ReadingComparison:
    layers = [scan_layer(scan) for scan in scans]
    if len(scans) != 1:
        return ReadingComparison(
            Kind.PIXELS,
            tr_n(
                "as one image, though it holds {n} scan",
                "as one image, though it holds {n} scans",
                len(scans),
            ),
            layers,
        )
    ours, theirs = _squeezed(scans[0]), _squeezed(opened.scan)
    is_first = opened.is_stacked and theirs.spatial_shape[1:] == ours.spatial_shape
    if words := _difference_of_pixels(ours, theirs, is_first):
        if not (opened.is_fresh or _is_as_napari_reads(opened)):
            return UNKNOWN
        return ReadingComparison(Kind.PIXELS, words, () if is_first else layers)
    if is_first:
        return UNKNOWN
    if words := _difference_of_geometry(opened, ours, theirs):
        return ReadingComparison(Kind.GEOMETRY, words, layers)
    return replace(SAME, layers=layers)


def _squeezed(scan: Scan) -> Scan:
    """Drop leading axes of length 1, as is done with layers."""
    while scan.pixels.ndim > 2 and scan.pixels.shape[0] == 1 and scan.axes[0] not in "yx":
        size = scan.voxel_size
        scan = replace(
            scan,
            pixels=scan.pixels[0],
            axes=scan.axes[1:],
            voxel_size=None if size is None else size[1:],
        )
    return scan


def _difference_of_pixels(ours: Scan, theirs: Scan, is_first: bool) -> str:
    """Say in what the pixels differ; empty where they do not.

    Of several files in one layer, ours is the first.
    """
    if ours.spatial_shape != theirs.spatial_shape and not is_first:
        return tr(
            "as {theirs} instead of {ours}",
            theirs=_in_words(theirs),
            ours=_in_words(ours),
        )
    n = ours.n_planes
    for index in dict.fromkeys((0, n // 2, n - 1)):
        planes = _middle(ours, index), _middle(theirs, index)
        colors = [tr("in color") if plane.ndim == 3 else tr("in gray") for plane in planes]
        if colors[0] != colors[1]:
            return tr("{theirs} instead of {ours}", theirs=colors[1], ours=colors[0])
        if not _are_equal(*planes):
            return tr("with other pixel values than the file means")
    return ""


def _middle(scan: Scan, index: int) -> NDArray[Any]:
    """Read the middle of a plane; of a large one, no more than is needed."""
    cut: list[slice] = []
    for length, axis in zip(scan.pixels.shape, scan.axes, strict=True):
        start = max(0, (length - COMPARED_SIDE) // 2) if axis in "yx" else 0
        cut.append(slice(start, start + COMPARED_SIDE) if axis in "yx" else slice(None))
    return replace(scan, pixels=scan.pixels[tuple(cut)]).plane(index)


def _are_equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.dtype.kind in "fc" or other.dtype.kind in "fc":
        return bool(np.allclose(one, other, rtol=1e-5, atol=0, equal_nan=True))
    return np.array_equal(one, other)


def _difference_of_geometry(opened: OpenedLayer, ours: Scan, theirs: Scan) -> str:
    """Say in what axes and voxel size differ; empty where they do not, or the user has chosen."""
    said = []
    is_film, is_shown_as_film = ("t" in scan.axes and scan.is_stack for scan in (ours, theirs))
    if is_film != is_shown_as_film and not opened.axes_are_chosen:
        said.append(
            tr("as planes of a volume instead of a film")
            if is_film
            else tr("as a film instead of planes of a volume")
        )
    if not opened.size_is_chosen and _has_lost_size(opened, ours, theirs):
        said.append(tr("without its voxel size of {size}", size=_size_in_words(ours)))
    return tr("{one} and {other}", one=said[0], other=said[1]) if len(said) > 1 else "".join(said)


def _has_lost_size(opened: OpenedLayer, ours: Scan, theirs: Scan) -> bool:
    """Say whether ours knows sizes in space, in mm or as proportions, that theirs does not."""
    scale = scan_layer(ours)[1].get("scale")
    if scale is None:
        return False
    n_axes = sum(axis in "zyx" for axis in ours.spatial_axes)
    known = np.array((ours.voxel_size or scale)[-n_axes:])
    if ours.voxel_size is None:
        shown: Sequence[float] = opened.scale
    elif theirs.voxel_size is None:
        return True
    else:
        shown = theirs.voxel_size
    is_known = np.isfinite(known)
    return not np.allclose(known[is_known], np.array(shown[-n_axes:])[is_known], SIZE_TOLERANCE)


def _size_in_words(scan: Scan) -> str:
    """Give width, height and maybe depth of a voxel."""
    sizes = zip(scan_layer(scan)[1]["scale"], scan.spatial_axes, strict=True)
    shown = [f"{size:.4g}" for size, axis in sizes if axis in "zyx"]
    return " × ".join(reversed(shown)) + (" px" if scan.voxel_size is None else " mm")


def _in_words(scan: Scan) -> str:
    height, width = scan.spatial_shape[-2:]
    size, is_colored, n = f"{width} × {height} px", "c" in scan.axes, scan.n_planes
    if not scan.is_stack:
        if is_colored:
            return tr("a picture in color of {size}", size=size)
        return tr("a picture of {size}", size=size)
    if is_colored:
        return tr_n("{n} plane in color of {size}", "{n} planes in color of {size}", n, size=size)
    return tr_n("{n} plane of {size}", "{n} planes of {size}", n, size=size)


def _is_as_napari_reads(opened: OpenedLayer) -> bool:
    """Say whether pixels are as napari's reader gives them, so that nobody has changed them since.

    Of another plugin's reader it is not known; it counts as true.
    """
    from napari.plugins.io import read_data_with_plugins

    if opened.reader != NAPARI:
        return True
    shown = np.asarray(opened.scan.pixels)
    try:
        ((read, *_),) = read_data_with_plugins([str(opened.path)], plugin=NAPARI, stack=False)[0]
        return _are_equal(np.asarray(read).reshape(shown.shape), shown)
    except Exception:  # noqa: BLE001  what cannot be read again cannot be compared
        return False
