"""What a script hands to the tools of clicks: checked before anything is computed.

Whatever cannot be used is refused in one sentence; nothing is taken for something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import check_label, check_plane
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.scan.scan import Scan


def check_scan_and_mask(scan: Scan, mask: NDArray[Any], label: int) -> None:
    """Refuse what is no scan, no label mask over it, or no label that it can hold.

    Raises
    ------
    MaskError
    ScanError
        The scan cannot be analyzed.
    """
    if not isinstance(scan, Scan):
        raise MaskError(
            f"This needs a Scan, not {_kind(scan)}: load_scan(path) reads one, "
            'and Scan(pixels, "yx") makes one.'
        )
    if not isinstance(mask, np.ndarray):
        raise MaskError(f"The mask is {_kind(mask)}: give a NumPy array of whole numbers.")
    scan.check()
    check_label(mask, whole(label, "label"))
    if mask.shape not in (scan.spatial_shape, (scan.n_planes, *scan.spatial_shape[-2:])):
        raise MaskError(
            f"The mask has the shape {mask.shape}, its scan {scan.spatial_shape}: "
            "choose the scan that was outlined."
        )


def check_clicks(clicks: Sequence[Click], shape: tuple[int, int]) -> None:
    """Refuse what is no sequence of clicks, none at all, and a newest one outside the picture.

    Raises
    ------
    MaskError
    """
    if not isinstance(clicks, Sequence) or not all(isinstance(click, Click) for click in clicks):
        raise MaskError("Clicks are a list of Click: give [Click.at(row, column)].")
    if not clicks:
        raise MaskError("There is no click: click on what the outline misses or holds too much.")
    if not clicks[-1].is_inside(shape):
        raise MaskError("The click lies outside the picture: click on the scan.")


def check_box(box: BoundingBox | None, shape: tuple[int, int]) -> None:
    """Refuse a box without a pixel of the picture.

    Raises
    ------
    MaskError
    """
    if box is None:
        return
    if not isinstance(box, BoundingBox):
        raise MaskError(f"The box is {_kind(box)}: give BoundingBox(top, left, height, width).")
    sides = [whole(side, "box's side") for side in (box.top, box.left, box.height, box.width)]
    top, left, height, width = sides
    rows, columns = shape
    if height < 1 or width < 1 or top + height < 1 or left + width < 1:
        raise MaskError(f"The box {tuple(sides)} holds no pixel: draw one on the scan.")
    if top >= rows or left >= columns:
        raise MaskError(f"The box {tuple(sides)} lies outside the picture: draw it on the scan.")


def check_map(values: Any, shape: tuple[int, int], name: str) -> None:
    """Refuse what is no picture of 0 to 1 over the plane; None is none.

    Parameters
    ----------
    values : ndarray or None
    shape : (int, int)
    name : str
        What it is called in the sentence.

    Raises
    ------
    MaskError
    """
    if values is None:
        return
    if not isinstance(values, np.ndarray) or values.shape != shape:
        seen = values.shape if isinstance(values, np.ndarray) else _kind(values)
        raise MaskError(f"The {name} is {seen}: give an array of the plane's shape {shape}.")
    if values.dtype.kind not in "buif":
        raise MaskError(f"The {name} holds {values.dtype} values: give numbers from 0 to 1.")
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise MaskError(f"The {name} holds values that are not from 0 to 1: scale it first.")


def check_painted(painted: Any, shape: tuple[int, int]) -> None:
    """Refuse painted pixels that are no bool array over the plane; None is none.

    Raises
    ------
    MaskError
    """
    check_map(painted, shape, "map of painted pixels")
    if painted is not None and painted.dtype != bool:
        raise MaskError(f"The map of painted pixels holds {painted.dtype}: give bool values.")


def check_planes(planes: Any, mask: NDArray[Any], name: str) -> list[int]:
    """Give plane numbers in order, each once.

    Raises
    ------
    MaskError
        They are no whole numbers, or the mask has no such plane.
    """
    if not isinstance(planes, Iterable) or isinstance(planes, str):
        raise MaskError(f"The {name} are {_kind(planes)}: give a list of plane numbers.")
    numbers = sorted({whole(plane, "plane") for plane in planes})
    for number in numbers:
        check_plane(mask, number)
    return numbers


def whole(number: Any, name: str) -> int:
    """Give a whole number.

    Raises
    ------
    MaskError
        It is none.
    """
    if not isinstance(number, bool | np.bool_):
        try:
            return index(number)
        except TypeError:
            pass
    raise MaskError(f"The {name} {number!r} is no whole number: give one.")


def _kind(value: object) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeio' else 'a'} {name}"
