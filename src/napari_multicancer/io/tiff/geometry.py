"""How large a voxel of a TIFF file is: in ImageJ's words, in OME's, or by the plain tags."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from tifffile import TiffFile, TiffPage

from napari_multicancer.core.scan.place import mm_per_unit

PRINT_RESOLUTIONS = (25.4, 72, 96, 100, 120, 144, 150, 200, 240, 300, 350, 400, 600, 1200, 2400)
"""Dots per inch that programs write when they know nothing (25.4 is 1 a mm, libvips' default)."""

_MM_PER_RESOLUTION_UNIT = {2: 25.4, 3: 10.0}
_TIME = "ti"


def voxel_size(tiff: TiffFile, axes: str) -> tuple[float, ...] | None:
    """Find the size of a voxel.

    The resolution tags of a plain TIFF tell a print size as a rule. They are
    believed where their unit is inch or cm and the value is none of
    `PRINT_RESOLUTIONS`.

    Parameters
    ----------
    tiff : TiffFile
    axes : str
        The scan's spatial axes, such as "yx" or "zyx".

    Returns
    -------
    tuple of float or None
        In mm, in the order of `axes` (1 along time); None where the file does not
        say it of any one of them.
    """
    sizes = spacing_by_axis(tiff)
    if sizes is None:
        return None
    found = [1.0 if axis in _TIME else sizes.get(axis) for axis in axes]
    return tuple(size for size in found if size) if all(found) else None


def spacing_by_axis(tiff: TiffFile) -> dict[str, float] | None:
    """Spacing in mm by axis letter, from the first source that states it."""
    page = tiff.pages[0]
    if tiff.is_ome and tiff.ome_metadata:
        return _ome(tiff.ome_metadata)
    said = tiff.imagej_metadata or {}
    if factor := mm_per_unit(said.get("unit")):
        height, width = pixel_pitch(page)
        depth = float(said.get("spacing", 1.0))
        return {"z": abs(depth) * factor, "y": height * factor, "x": width * factor}
    return _plain(page)


def pixel_pitch(page: Any) -> tuple[float, float]:
    """Height and width of a pixel: what XResolution and YResolution are the inverse of."""
    return _inverse(page, "YResolution"), _inverse(page, "XResolution")


def _inverse(page: TiffPage, name: str) -> float:
    pixels, length = page.tags[name].value if name in page.tags else (1, 1)
    return length / pixels if pixels else 0.0


def _ome(xml: str) -> dict[str, float] | None:
    root = ElementTree.fromstring(xml)
    pixels = next((item for item in root.iter() if item.tag.endswith("}Pixels")), None)
    if pixels is None:
        return None
    sizes = {}
    for axis in "XYZ":
        size = float(pixels.get(f"PhysicalSize{axis}", 0))
        factor = mm_per_unit(pixels.get(f"PhysicalSize{axis}Unit", "um"))
        if size > 0 and factor:
            sizes[axis.lower()] = size * factor
    return sizes


def _plain(page: Any) -> dict[str, float] | None:
    unit = page.tags["ResolutionUnit"].value if "ResolutionUnit" in page.tags else 2
    mm = _MM_PER_RESOLUTION_UNIT.get(int(unit))
    height, width = pixel_pitch(page)
    if mm is None or "XResolution" not in page.tags or not height or not width:
        return None
    dots_per_inch = 25.4 / (width * mm)
    if any(math.isclose(dots_per_inch, known, rel_tol=3e-4) for known in PRINT_RESOLUTIONS):
        return None
    return {"y": height * mm, "x": width * mm}
