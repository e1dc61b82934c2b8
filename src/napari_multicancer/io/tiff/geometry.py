"""How large a voxel of a TIFF file is: in ImageJ's words, in OME's, or by the plain tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from tifffile import TiffFile, TiffPage, TiffPageSeries

from napari_multicancer.core.scan.lengths import told_length
from napari_multicancer.core.scan.place import Place, Unknown, mm_per_unit

PRINT_RESOLUTIONS = (25.4, 72, 96, 100, 120, 144, 150, 200, 240, 300, 350, 400, 600, 1200, 2400)
"""Dots per inch that programs write when they know nothing (25.4 is 1 a mm, libvips' default)."""

_MM_PER_RESOLUTION_UNIT = {2: 25.4, 3: 10.0, 4: 1.0, 5: 1e-3}
_NOT_SAID = "its resolution is missing or one for print"


def place_of(tiff: TiffFile, series: TiffPageSeries, axes: str, swapped: bool = False) -> Place:
    """Tell how large the voxels of a series are.

    The resolution tags of a plain TIFF tell a print size as a rule. They are
    believed where their unit is a length and the value is none of `PRINT_RESOLUTIONS`.

    Parameters
    ----------
    tiff : TiffFile
    series : TiffPageSeries
        The pages that are read.
    axes : str
        The scan's, such as "yx" or "tzyxc".
    swapped : bool
        Whether rows and columns were swapped for the scan.

    Returns
    -------
    Place
        What the file does not say is unknown: all, or the distance of planes alone.
    """
    sizes = spacing_by_axis(tiff, series)
    height, width = sizes.get("y"), sizes.get("x")
    if not height or not width:
        return Place.of_size(None, _NOT_SAID)
    in_plane = (width, height) if swapped else (height, width)
    if "z" not in axes:
        return Place.of_size(in_plane)
    if depth := sizes.get("z"):
        return Place.of_size((depth, *in_plane))
    unknown = {Unknown.PLANE_DISTANCE: "the file does not say it"}
    return replace(Place.of_size((1.0, *in_plane)), unknown=unknown)


def spacing_by_axis(tiff: TiffFile, series: TiffPageSeries) -> dict[str, float]:
    """Spacing in mm by axis letter, from the first source that states it; {} where none does."""
    if tiff.is_ome and tiff.ome_metadata:
        index = next((n for n, other in enumerate(tiff.series) if other is series), 0)
        return _ome(tiff.ome_metadata, index)
    return _imagej(tiff.imagej_metadata or {}, series.keyframe) or _plain(series.keyframe)


def _imagej(said: Mapping[str, Any], page: Any) -> dict[str, float]:
    """Read lengths in the unit of x, but where y or z has one of its own; no distance is 1."""
    height, width = pixel_pitch(page)
    lengths = {"x": width, "y": height, "z": _number(said.get("spacing", 1.0))}
    units = {axis: said.get(f"{axis}unit", said.get("unit")) for axis in "yz"}
    units["x"] = said.get("unit")
    found = {axis: (length, mm_per_unit(units[axis])) for axis, length in lengths.items()}
    return _in_mm(found) if mm_per_unit(said.get("unit")) else {}


def _number(value: object) -> float:
    """Read a number, with whichever decimal mark; 0 where it is none."""
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        return 0.0


def _in_mm(told: Mapping[str, tuple[float, float | None]]) -> dict[str, float]:
    """Turn lengths and their units to mm; those without a unit of length are not told."""
    return {axis: told_length(length * unit) for axis, (length, unit) in told.items() if unit}


def pixel_pitch(page: Any) -> tuple[float, float]:
    """Height and width of a pixel: what XResolution and YResolution are the inverse of."""
    return _inverse(page, "YResolution"), _inverse(page, "XResolution")


def _inverse(page: TiffPage, name: str) -> float:
    pixels, length = page.tags[name].value if name in page.tags else (1, 1)
    return length / pixels if pixels else 0.0


def _ome(xml: str, index: int) -> dict[str, float]:
    """Read the sizes of one of the file's images; the schema's default unit is the micrometer."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return {}
    images = [item for item in root.iter() if item.tag.endswith("}Pixels")]
    if not images:
        return {}
    pixels = images[index] if index < len(images) else images[0]
    told = {
        axis.lower(): (
            max(0.0, _number(pixels.get(f"PhysicalSize{axis}"))),
            mm_per_unit(pixels.get(f"PhysicalSize{axis}Unit", "um")),
        )
        for axis in "XYZ"
        if pixels.get(f"PhysicalSize{axis}") is not None
    }
    return _in_mm(told)


def _plain(page: Any) -> dict[str, float]:
    unit = page.tags["ResolutionUnit"].value if "ResolutionUnit" in page.tags else 2
    mm = _MM_PER_RESOLUTION_UNIT.get(int(unit))
    height, width = pixel_pitch(page)
    if mm is None or "XResolution" not in page.tags or not height or not width:
        return {}
    dots_per_inch = 25.4 / (width * mm)
    if any(math.isclose(dots_per_inch, known, rel_tol=3e-4) for known in PRINT_RESOLUTIONS):
        return {}
    return _in_mm({"y": (height, mm), "x": (width, mm)})
