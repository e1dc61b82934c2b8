"""How a scan's axes and sizes read on the screen."""

from __future__ import annotations

import math

from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.views import View

COLOURS = ("red", "green", "blue", "alpha")
NO_PIXEL_SIZE = "the file names no pixel size"
BY_HAND = "(entered by hand)"
NO_PLANE_DISTANCE = "the file names no distance between planes"


def describe(scan: Scan, reading: Reading) -> str:
    """Say what a scan is taken for, and how large its voxels are.

    Parameters
    ----------
    scan : Scan
        All that the layer holds.
    reading : Reading
        Whose axes are those of the scan.

    Returns
    -------
    str
        Such as "24 planes, 0.9 × 0.9 × 5 mm", width, height and depth of a voxel.
    """
    if reading.chosen is None:
        return _several(scan) or _one(scan)
    several = scan.pixels.shape[0 if scan.axes[0] in "tc" else -1]
    chosen = reading.apply(scan)
    if scan.axes[0] not in "tc":
        return f"{COLOURS[reading.chosen]} of {several} colours: {_one(chosen)}"
    kind = "contrast" if scan.axes[0] == "c" else "volume" if "z" in chosen.axes else "picture"
    return f"{kind} {reading.chosen + 1} of {several}: {_one(chosen)}"


def heed(scan: Scan, reading: Reading, organ: str) -> str:
    """Say what to heed of the answer for such planes; empty where there is nothing.

    Parameters
    ----------
    scan, reading
        As for `describe`.
    organ : str
        What the scan shows; empty where that is not known.
    """
    card = organ_card(organ)
    return card.heed(scan.view, reading.apply(scan).is_volume) if card else ""


def _several(scan: Scan) -> str:
    if scan.axes[0] == "c":
        return f"{scan.pixels.shape[0]} contrasts: choose one"
    leading = scan.spatial_shape[:-2]
    if len(leading) > 1 and min(leading) > 1:
        return f"{leading[0]} volumes of {leading[1]} planes: choose one"
    return ""


def _one(scan: Scan) -> str:
    colour = " in colour" if "c" in scan.axes else ""
    height, width = scan.spatial_shape[-2:]
    pixels = f"{width} × {height} px"
    if not scan.is_stack:
        return f"picture{colour}, {pixels}, {_pixel(scan)}"
    if scan.axes[0] == "t":
        return f"film of {scan.n_planes} pictures{colour}, {pixels}, {_pixel(scan)}"
    size = scan.voxel_size
    view = "" if scan.view in (None, View.AXIAL) else f"{scan.view} "
    planes = f"{scan.n_planes} {view}planes{colour}, "
    if size is not None and math.isfinite(size[-3]):
        shown = " × ".join(map(_number, size[:-4:-1]))
        return f"{planes}{shown} mm{_by_hand(scan)}"
    if size is not None:
        return planes + f"{_pixel(scan)}; {NO_PLANE_DISTANCE}"
    return planes + f"{pixels}; {NO_PIXEL_SIZE}"


def _pixel(scan: Scan) -> str:
    if scan.plane_spacing is None:
        return NO_PIXEL_SIZE
    height, width = scan.plane_spacing
    return f"{_number(width)} × {_number(height)} mm a pixel{_by_hand(scan)}"


def _by_hand(scan: Scan) -> str:
    return f" {BY_HAND}" if scan.pixel_size_by_hand else ""


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 1 else f"{value:.4g}"


def unbroken(text: str) -> str:
    """Keep sizes and their units in one line of a wrapped text."""
    for word in ("×", "px", "mm"):
        text = text.replace(f" {word}", f"\N{NO-BREAK SPACE}{word}")
    return text.replace("× ", "×\N{NO-BREAK SPACE}")


def reading_name(axes: str, is_rgb: bool) -> str:
    """Say in words what axes mean, for a choice among several."""
    names = {
        "yx": "Picture",
        "zyx": "First axis is depth: planes of a volume",
        "tyx": "First axis is time: pictures of a film",
        "cyx": "First axis is contrast: take the one shown now",
        "tzyx": "First axis is time: take the volume shown now",
        "czyx": "First axis is contrast: take the volume shown now",
    }
    name = names[axes.rstrip("c")]
    if not axes.endswith("c") or is_rgb:
        return "Picture in colour" if axes == "yxc" else name
    return "Last axis is colour" + ("" if axes == "yxc" else f"; {name[0].lower()}{name[1:]}")
