"""What the models are asked for while a mask is being corrected: a box, or a probability map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, UnsupportedScanError
from napari_multicancer.core.scan import Scan
from napari_multicancer.widgets.correction_layer import Part
from napari_multicancer.widgets.layers import METADATA_KEY, finest_level, scan_from_layer
from napari_multicancer.widgets.writer import image_under

Mask = NDArray[np.integer]
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
NO_IMAGE = "There is no image under this mask: open the scan that it belongs to."


def picture_of(part: Part) -> Any:
    """Find the pixels of the image on whose voxels a mask lies; None where there is none.

    Returns
    -------
    array or None
        Shape of the part's mask, maybe with a last axis of channels; numpy or dask.
    """
    image = image_under(part.labels)
    return None if image is None else finest_level(image)[part.index]


def scan_under(labels: Labels) -> Scan:
    """Take the scan that a mask lies on.

    Raises
    ------
    MaskError
        There is none.
    UnsupportedScanError
        It cannot be analysed.
    """
    image: Image | None = image_under(labels)
    if image is None:
        raise MaskError(NO_IMAGE)
    scan = scan_from_layer(image)
    scan.check()
    return scan


def known_organ(labels: Labels) -> str | None:
    """Say which organ the mask's own analysis found or was told; None for other masks."""
    record = labels.metadata.get(METADATA_KEY, {}).get("provenance") or {}
    return (record.get("organ") or {}).get("label")


def outline_box(
    scan: Scan,
    box: tuple[slice, slice],
    organ: str | None,
    label: int,
    plane: int | None,
    mask: Mask,
    progress: Progress,
    cancelled: Cancelled,
) -> Mask:
    """Let the network redraw a label inside a box; outside it, all stays.

    Parameters
    ----------
    scan : Scan
    box : (slice, slice)
    organ : str or None
        None to let the recognizer say.
    label : int
    plane : int or None
        The plane that `mask` is of; None for a picture or the whole stack.
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    progress, cancelled
        As for `analyze`.

    Returns
    -------
    ndarray
        New.
    """
    from napari_multicancer.core.labels import check_label, replace_region
    from napari_multicancer.core.region_analysis import segment_box

    check_label(mask, label)
    planes = range(len(mask)) if mask.ndim == 3 else (plane or 0,)
    organ = organ or _recognised(scan, cancelled)
    found = segment_box(scan, box, organ, planes, progress=progress, cancelled=cancelled)
    result = mask.copy()
    for view, lesion in zip(result if mask.ndim == 3 else (result,), found.mask, strict=True):
        replace_region(view[box], lesion[box] > 0, label)
    return result


def _recognised(scan: Scan, cancelled: Cancelled) -> str:
    from napari_multicancer.core.analysis import analyze

    answer = analyze(scan, steps=(), cancelled=cancelled)
    if answer.note:
        raise UnsupportedScanError(answer.note)
    return answer.organ.label


def probability_map(
    scan: Scan, organ: str | None, progress: Progress, cancelled: Cancelled
) -> NDArray[np.float32]:
    """Let the models map a lesion's probability over a whole scan.

    Raises
    ------
    UnsupportedScanError
        The scan shows neither organ.
    """
    from napari_multicancer.core.analysis import AUTOMATIC, SEGMENT, analyze

    answer = analyze(
        scan, organ=organ or AUTOMATIC, steps=(SEGMENT,), progress=progress, cancelled=cancelled
    )
    if answer.probability is None:
        raise UnsupportedScanError(answer.note)
    return answer.probability
