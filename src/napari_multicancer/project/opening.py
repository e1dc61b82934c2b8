"""A scan of the list, and its masks in its shape, opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, UnreadableFileError
from napari_multicancer.core.scan.pixel_size import with_pixel_size
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_mask, load_scan
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.provenance import SIZE_BY_HAND
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.places import sentence
from napari_multicancer.project.records import Condition, ListedScan, MaskVersion


def open_scan(project: OpenList, listed: ListedScan, *, changed: bool = False) -> Scan:
    """Open a scan of the list.

    Parameters
    ----------
    project : OpenList
    listed : ListedScan
    changed : bool
        Also one that has changed since it was listed.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        It is gone, has changed, lies at an address, or cannot be read.
    """
    if isinstance(listed.path, str):
        raise UnreadableFileError(f"{listed.path} is an address: copy it to this machine first.")
    located = project.locate(listed.id)
    refused = {Condition.GONE} if changed else {Condition.GONE, Condition.CHANGED}
    if located.condition in refused:
        raise UnreadableFileError(sentence(located))
    return load_scan(Path(located.path))


def open_labels(scan: Scan, version: MaskVersion, *, changed: bool = False) -> NDArray[Any]:
    """Open the labels of a mask in the shape of its scan; see `open_mask`."""
    return open_mask(scan, version, changed=changed).labels


def open_mask(scan: Scan, version: MaskVersion, *, changed: bool = False) -> SavedMask:
    """Open a mask in the shape of its scan.

    Parameters
    ----------
    scan : Scan
    version : MaskVersion
    changed : bool
        Also one that was made before the scan changed.

    Raises
    ------
    UnreadableFileError
        It cannot be read.
    MaskError
        It was made for another scan, or the scan has changed since.
    """
    if not (version.fits or changed):
        raise MaskError(
            f"{scan.name} has changed since {version.file.name} was made: correct the mask again."
        )
    saved = load_mask(version.file, [scan.origin])
    return replace(saved, labels=fitted(saved.labels, scan, version.file.name))


def sized_by_hand(scan: Scan, mask: SavedMask) -> Scan:
    """Give a scan the size of a pixel that its mask's maker entered, where its file names none."""
    is_entered = bool((mask.provenance or {}).get(SIZE_BY_HAND))
    if not is_entered or scan.plane_spacing is not None or mask.unit != "mm" or not mask.spacing:
        return scan
    return with_pixel_size(scan, mask.spacing[-1])


def fitted(labels: NDArray[Any], scan: Scan, name: str) -> NDArray[Any]:
    """Bring labels into the shape of a scan; axes of length 1 do not count.

    Raises
    ------
    MaskError
        They have another shape.
    """
    wanted = scan.spatial_shape
    if [n for n in labels.shape if n > 1] != [n for n in wanted if n > 1]:
        sizes = [" x ".join(map(str, shape)) for shape in (labels.shape, wanted)]
        raise MaskError(
            f"{name} measures {sizes[0]}, but {scan.name} {sizes[1]}: choose the mask that was "
            "made for this scan."
        )
    return labels.reshape(wanted)
