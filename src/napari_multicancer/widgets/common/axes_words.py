"""How a scan's axes and sizes read on the screen."""

from __future__ import annotations

import math

from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.views import View
from napari_multicancer.translation import tr, tr_n

COLOURS = (tr("red"), tr("green"), tr("blue"), tr("alpha"))
CONTRAST, VOLUME, PICTURE = tr("contrast"), tr("volume"), tr("picture")
NO_PIXEL_SIZE = tr("the file names no pixel size")
BY_HAND = tr("(entered by hand)")
NO_PLANE_DISTANCE = tr("the file names no distance between planes")


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
        color = COLOURS[reading.chosen]
        return tr(
            "{color} of {several} colours: {scan}", color=color, several=several, scan=_one(chosen)
        )
    kind = CONTRAST if scan.axes[0] == "c" else VOLUME if "z" in chosen.axes else PICTURE
    place = reading.chosen + 1
    return tr(
        "{kind} {place} of {several}: {scan}",
        kind=kind,
        place=place,
        several=several,
        scan=_one(chosen),
    )


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
        return tr_n("{n} contrast: choose one", "{n} contrasts: choose one", scan.pixels.shape[0])
    leading = scan.spatial_shape[:-2]
    if len(leading) > 1 and min(leading) > 1:
        return tr(
            "{volumes} volumes of {planes} planes: choose one",
            volumes=leading[0],
            planes=leading[1],
        )
    return ""


def _one(scan: Scan) -> str:
    is_colored = "c" in scan.axes
    height, width = scan.spatial_shape[-2:]
    pixels = f"{width} × {height} px"
    if not scan.is_stack:
        picture = tr("picture in colour") if is_colored else PICTURE
        return f"{picture}, {pixels}, {_pixel(scan)}"
    if scan.axes[0] == "t":
        return f"{_film(scan.n_planes, is_colored)}, {pixels}, {_pixel(scan)}"
    size, planes = scan.voxel_size, _planes(scan, is_colored)
    if size is not None and math.isfinite(size[-3]):
        shown = " × ".join(map(_number, size[:-4:-1]))
        return f"{planes}, {shown} mm{_by_hand(scan)}"
    if size is not None:
        return f"{planes}, {_pixel(scan)}; {NO_PLANE_DISTANCE}"
    return f"{planes}, {pixels}; {NO_PIXEL_SIZE}"


def _film(n: int, is_colored: bool) -> str:
    if is_colored:
        return tr_n("film of {n} picture in colour", "film of {n} pictures in colour", n)
    return tr_n("film of {n} picture", "film of {n} pictures", n)


def _planes(scan: Scan, is_colored: bool) -> str:
    n, view = scan.n_planes, scan.view
    if view in (None, View.AXIAL):
        if is_colored:
            return tr_n("{n} plane in colour", "{n} planes in colour", n)
        return tr_n("{n} plane", "{n} planes", n)
    if is_colored:
        return tr_n("{n} {view} plane in colour", "{n} {view} planes in colour", n, view=view)
    return tr_n("{n} {view} plane", "{n} {view} planes", n, view=view)


def _pixel(scan: Scan) -> str:
    if scan.plane_spacing is None:
        return NO_PIXEL_SIZE
    height, width = scan.plane_spacing
    size = tr("{width} × {height} mm a pixel", width=_number(width), height=_number(height))
    return f"{size}{_by_hand(scan)}"


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
        "yx": tr("Picture"),
        "zyx": tr("First axis is depth: planes of a volume"),
        "tyx": tr("First axis is time: pictures of a film"),
        "cyx": tr("First axis is contrast: take the one shown now"),
        "tzyx": tr("First axis is time: take the volume shown now"),
        "czyx": tr("First axis is contrast: take the volume shown now"),
    }
    name = names[axes.rstrip("c")]
    if not axes.endswith("c") or is_rgb:
        return tr("Picture in colour") if axes == "yxc" else name
    last = tr("Last axis is colour")
    return last if axes == "yxc" else f"{last}; {name[0].lower()}{name[1:]}"
