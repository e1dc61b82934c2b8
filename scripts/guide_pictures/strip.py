"""Frames become one picture: a film strip, with a caption over each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLORS = 256
"""Of a picture's palette: windows have few colors, scans are grey."""
REFINED = 4
"""So often the palette is brought nearer to the picture's colors."""
GAP, CAPTION_HEIGHT, CAPTION_SIZE, RADIUS = 14, 46, 25, 15


@dataclass(frozen=True)
class Paper:
    """What the frames lie on: colors of the background, the letters, and the numbers."""

    background: str
    ink: str
    accent: str


PAPERS = {
    "dark": Paper("#14181f", "#f2f4f8", "#e8964a"),
    "light": Paper("#ffffff", "#1b2430", "#b4560d"),
}


@dataclass(frozen=True)
class Frame:
    """One look at the program.

    Attributes
    ----------
    caption : str
    picture : Image
    """

    caption: str
    picture: Image.Image


def film_strip(frames: Sequence[Frame], columns: int, paper: Paper) -> Image.Image:
    """Lay frames of one size out in rows, numbered, each with its caption above.

    Parameters
    ----------
    frames : sequence of Frame
    columns : int
    paper : Paper

    Returns
    -------
    Image
    """
    width, height = frames[0].picture.size
    cell = (width + GAP, height + CAPTION_HEIGHT + GAP)
    rows = -(-len(frames) // columns)
    size = (columns * cell[0] + GAP, rows * cell[1] + GAP)
    sheet = Image.new("RGB", size, paper.background)
    for number, frame in enumerate(frames):
        left = GAP + number % columns * cell[0]
        top = GAP + number // columns * cell[1]
        _write_caption(sheet, (left, top), number + 1, frame.caption, paper)
        sheet.paste(frame.picture, (left, top + CAPTION_HEIGHT))
    return sheet


def save(picture: Image.Image, path: Path) -> None:
    """Save a picture as a small PNG, of a palette of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # By coverage: by frequency, what is rare, such as a small mask, would get another color.
    few = picture.convert("RGB").quantize(
        COLORS, Image.Quantize.MAXCOVERAGE, REFINED, dither=Image.Dither.NONE
    )
    few.save(path, optimize=True)


def _write_caption(
    sheet: Image.Image, place: tuple[int, int], number: int, caption: str, paper: Paper
) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(CAPTION_SIZE)
    x, y = place[0] + RADIUS, place[1] + CAPTION_HEIGHT // 2 - 4
    draw.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), fill=paper.accent)
    draw.text((x, y), str(number), paper.background, font.font_variant(size=20), anchor="mm")
    draw.text((x + RADIUS + 10, y), caption, paper.ink, font, anchor="lm")
