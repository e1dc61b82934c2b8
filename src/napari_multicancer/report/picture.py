"""The scan's picture with the mask's outline, for a report."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.measure import find_contours

from napari_multicancer.core.masks.labels import fullest_plane
from napari_multicancer.core.planes.prepare import as_three_channels, intensity_window, normalize
from napari_multicancer.core.planes.scan_area import crop_to_scan
from napari_multicancer.core.scan.scan import Scan

LONGER_SIDE = 900
"""Of the picture, in its own pixels."""
OUTLINE = (255, 196, 0)
OUTLINE_WIDTH = 3
TEXT_IS_SAID = (
    "The scan's file says that text is burnt into its pixels: the picture may tell who the patient "
    "is. Look at it before you hand this page on."
)
TEXT_IS_SEEN = (
    "The picture shows more than the scan, maybe writing: see that no name is in it before you "
    "hand this page on."
)
BRIGHT = 128
"""Of 255; what is brighter beside the scan may be writing."""
LEAST_WRITING = 2e-4
"""Share of the picture that this takes at least."""


def outlined(scan: Scan, mask: NDArray[np.generic]) -> bytes:
    """Draw the plane where a mask covers most, with the outline of each of its labels.

    Parameters
    ----------
    scan : Scan
    mask : ndarray of int
        In the shape of the scan's spatial axes.

    Returns
    -------
    bytes
        A PNG, `LONGER_SIDE` wide or high, in the proportions that the pixels have.
    """
    index = fullest_plane(mask)
    plane = scan.plane(index)
    low, high = intensity_window(plane)
    colours = as_three_channels(normalize(plane, (low, high))).astype(np.uint8)
    height, width = np.array(plane.shape[:2]) * np.array((scan.pixel_aspect, 1.0))
    scale = LONGER_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC)
    _outline(picture, mask.reshape(-1, *mask.shape[-2:])[index])
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def caution(scan: Scan, mask: NDArray[np.generic], origin: object = None) -> str:
    """Say what to heed before the picture is handed on; empty where nothing is known.

    Parameters
    ----------
    scan, mask
        As for `outlined`.
    origin : object, optional
        What the scan's format keeps of its file, see `Scan.origin`.
    """
    if getattr(origin, "has_text_in_pixels", False):
        return TEXT_IS_SAID
    plane = scan.plane(fullest_plane(mask))
    colors = as_three_channels(normalize(plane, intensity_window(plane)))
    return TEXT_IS_SEEN if _shows_writing(colors.mean(axis=-1, dtype=np.float32)) else ""


def _shows_writing(grey: NDArray[np.float32]) -> bool:
    """Say whether there is something bright beside the scan; writing inside it is not told."""
    box = crop_to_scan(grey)
    beside = grey > BRIGHT
    beside[box.top : box.top + box.height, box.left : box.left + box.width] = False
    return bool(beside.mean() > LEAST_WRITING)


def _outline(picture: Image.Image, mask: NDArray[np.generic]) -> None:
    draw = ImageDraw.Draw(picture)
    rows, columns = picture.height / mask.shape[0], picture.width / mask.shape[1]
    for label in np.unique(mask[mask != 0]):
        for contour in find_contours(np.pad(mask == label, 1), 0.5):  # type: ignore[no-untyped-call]
            points = [((x - 0.5) * columns, (y - 0.5) * rows) for y, x in contour]
            draw.line(points, OUTLINE, OUTLINE_WIDTH, joint="curve")
