"""Orientation, the tag that EXIF and TIFF share: how stored pixels are turned to stand upright."""

from __future__ import annotations

from typing import Any

ORIENTATION = 274
"""The tag's number; its values: EXIF 3.0, 4.6.5.1.3; TIFF 6.0, section 8."""

_TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
"""Whether rows and columns are swapped, and whether then rows and columns run backwards."""


def upright(pixels: Any, axes: str, orientation: object) -> Any:
    """Turn pixels as viewers show them.

    Parameters
    ----------
    pixels : ndarray or dask array
    axes : str
        Its letters, with "y" followed by "x".
    orientation : object
        The tag's value; what is none of 1 to 8 counts as 1.

    Returns
    -------
    ndarray or dask array
        A view; height and width are swapped where `is_swapped`.
    """
    swapped, rows_back, columns_back = _turn(orientation)
    rows, columns = axes.index("y"), axes.index("x")
    if swapped:
        pixels = pixels.swapaxes(rows, columns)
    backwards = {rows: rows_back, columns: columns_back}
    return pixels[
        tuple(slice(None, None, -1 if backwards.get(n) else None) for n in range(pixels.ndim))
    ]


def is_swapped(orientation: object) -> bool:
    """Say whether height and width are swapped."""
    return _turn(orientation)[0]


def _turn(orientation: object) -> tuple[bool, bool, bool]:
    known = isinstance(orientation, int) and orientation in _TURNS
    return _TURNS[orientation if known else 1]  # type: ignore[index]
