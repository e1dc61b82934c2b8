"""All answers of a small batch on one picture: each scan with its lesion outlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.masks.labels import fullest_plane
from napari_multicancer.core.planes.prepare import as_three_channels, intensity_window, normalize
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import replacing

TILE = 320
CAPTION_HEIGHT = 48
FOOTER_HEIGHT = 28
COLUMNS = 3
OUTLINE = (255, 196, 0)
TEXT = (235, 235, 235)
BACKGROUND = (20, 20, 20)
FONT_SIZE = 15


@dataclass(frozen=True, eq=False)
class Tile:
    """One scan of the sheet.

    Attributes
    ----------
    scan : Scan
    mask : ndarray or None
        In the shape of the scan's spatial axes; of a stack, the plane where the
        mask is largest is shown.
    caption : tuple of str
        One or two lines.
    """

    scan: Scan
    mask: NDArray[Any] | None
    caption: tuple[str, ...]


def write_contact_sheet(path: Path, tiles: Sequence[Tile]) -> Path:
    """Draw scans side by side, `COLUMNS` a row, and save them as one PNG.

    Parameters
    ----------
    path : Path
    tiles : sequence of Tile

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    height = TILE + CAPTION_HEIGHT
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * TILE, rows * height + FOOTER_HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(FONT_SIZE)
    for index, tile in enumerate(tiles):
        left, top = index % COLUMNS * TILE, index // COLUMNS * height
        picture = _picture(tile)
        x, y = left + (TILE - picture.width) // 2, top + (TILE - picture.height) // 2
        sheet.paste(picture, (x, y))
        draw.multiline_text((left + 8, top + TILE + 4), "\n".join(tile.caption), TEXT, font)
    draw.text((8, sheet.height - FOOTER_HEIGHT + 4), RESEARCH_USE, TEXT, font)
    with replacing(path) as beside:
        sheet.save(beside, format="PNG")
    return path


def _picture(tile: Tile) -> Image.Image:
    """Render one plane in grey or color, fitted into a tile, the lesion's border over it."""
    index = 0 if tile.mask is None else fullest_plane(tile.mask)
    plane = tile.scan.plane(index)
    grey = as_three_channels(normalize(plane, intensity_window(plane))).astype(np.uint8)
    scale = (TILE - 8) / max(grey.shape[:2])
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    picture = Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC)
    if tile.mask is None:
        return picture
    mask = tile.mask.reshape(-1, *tile.mask.shape[-2:])[index] > 0
    fitted = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    border = ndimage.binary_dilation(fitted, iterations=1) & ~ndimage.binary_erosion(fitted)
    painted = np.asarray(picture).copy()
    painted[border] = OUTLINE
    return Image.fromarray(painted)
