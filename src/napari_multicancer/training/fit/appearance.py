"""Random changes of how a scan looks, as of another scanner or contrast; what it shows stays.

A picture at a time, by numpy, before `augmentation` moves it: most pictures undergo few of
them, and each costs about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from napari_multicancer.training.recipe import TaskConfig

Picture = NDArray[np.uint8]
"""Shape (size, size, 3), 0..255."""

BLACK = 6
"""Up to this grey a pixel is background, which no contrast brightens."""
CURVE_NODES = 5
CONVOLUTION = 3
"""Side of a random convolution's kernel."""
BLUR = (0.7, 2.2)
"""Standard deviation of a thick slice's blur, in pixels of a picture 192 pixels wide."""
WORDS = ("R", "L", "LOGIQ", "B", "12 cm", "FR 24Hz", "MI 0.9", "DYN 60", "D1 1.32cm", "3:00", "A")


def change_appearance(
    picture: Picture, inner: tuple[slice, slice], config: TaskConfig, rng: np.random.Generator
) -> Picture:
    """Change a picture's contrast, sharpness and marks, as often as the recipe says.

    Parameters
    ----------
    picture : ndarray of uint8, shape (size, size, 3)
    inner : (rows, columns)
        The part of the square that the scan fills.
    config : TaskConfig
        `contrast_probability`, `blur_probability` and `marks_probability`.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint8, same shape
        The picture itself where nothing is to be done.
    """
    if rng.random() < config.contrast_probability:
        picture = CONTRASTS[rng.choice(len(CONTRASTS), p=CONTRAST_SHARES)](picture, rng)
    if rng.random() < config.blur_probability:
        picture = blurred_along_an_axis(picture, rng)
    if rng.random() < config.marks_probability:
        picture = with_marks(picture, inner, rng)
    return picture


def as_a_stranger_sees(picture: Picture, rng: np.random.Generator) -> Picture:
    """Change a picture so much that a network which learnt from it is as wrong as on a new one."""
    change = CONTRASTS[rng.choice(len(CONTRASTS), p=CONTRAST_SHARES)]
    return blurred_along_an_axis(change(picture, rng), rng)


def monotone_curve(picture: Picture, rng: np.random.Generator) -> Picture:
    """Lead all greys through one random rising curve."""
    return _through(_rising(rng), picture)


def inverting_curve(picture: Picture, rng: np.random.Generator) -> Picture:
    """Lead the greys of tissue through a falling curve; the background stays black."""
    curve = _rising(rng)[::-1].copy()
    curve = 20 + curve * rng.uniform(0.5, 0.9)
    curve[: BLACK + 1] = 0
    return _through(curve, picture)


def random_convolution(picture: Picture, rng: np.random.Generator) -> Picture:
    """Filter a picture by a small random kernel, mixed with the picture itself.

    All channels go through the same kernel. The result is stretched to the range
    that the tissue had, and the background stays black.

    References
    ----------
    Xu et al. 2021, "Robust and Generalizable Visual Representation Learning via
    Random Convolutions", ICLR.
    """
    kernel = rng.normal(0, 1 / CONVOLUTION, (CONVOLUTION, CONVOLUTION))
    kernel[1, 1] += rng.choice((-1.0, 1.0), p=(0.3, 0.7))
    grey = _is_grey(picture)
    source = (picture[..., :1] if grey else picture).astype(np.float32)
    tissue = source > BLACK
    if not tissue.any():
        return picture
    filtered = ndimage.convolve(source, kernel[..., None].astype(np.float32), mode="nearest")
    low, high = np.percentile(filtered[tissue][::7], (1, 99))
    filtered = (filtered - low) * (230 / max(1.0, high - low)) + 20
    share = rng.uniform(0.0, 0.5)
    mixed = np.clip(share * source + (1 - share) * filtered, 0, 255) * tissue
    return np.repeat(mixed, 3, axis=-1).astype(np.uint8) if grey else mixed.astype(np.uint8)


CONTRASTS: tuple[Callable[[Picture, np.random.Generator], Picture], ...] = (
    monotone_curve,
    inverting_curve,
    random_convolution,
)
CONTRAST_SHARES = (0.5, 0.2, 0.3)


def blurred_along_an_axis(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blur along rows or columns, as a thick slice seen from the side."""
    sigma = rng.uniform(*BLUR) * len(picture) / 192
    axis = int(rng.integers(2))
    if _is_grey(picture):
        one = ndimage.gaussian_filter1d(picture[..., 0].astype(np.float32), sigma, axis=axis)
        return np.repeat(one[..., None], 3, axis=-1).astype(np.uint8)
    blurred = ndimage.gaussian_filter1d(picture.astype(np.float32), sigma, axis=axis)
    return np.asarray(blurred.astype(np.uint8))


def with_marks(picture: Picture, inner: tuple[slice, slice], rng: np.random.Generator) -> Picture:
    """Draw what screens carry: text, callipers, a ruler, a body mark, a box, a covered corner."""
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    (top, bottom), (left, right) = ((s.start or 0, s.stop or len(picture)) for s in inner)
    box = (left, top, right, bottom)
    for _ in range(int(rng.integers(1, 4))):
        MARKS[rng.integers(len(MARKS))](draw, box, len(picture), rng)
    return np.array(canvas)


Box = tuple[int, int, int, int]


def _text(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    font = ImageFont.load_default(int(rng.integers(6, 13) * size / 192))
    draw.text(_place(box, rng, edge=True), str(rng.choice(WORDS)), _ink(rng), font)


def _callipers(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    ink, arm = _ink(rng), max(1, round(rng.uniform(1.5, 3.5) * size / 192))
    ends = [_place(box, rng) for _ in range(2)]
    for x, y in ends:
        draw.line((x - arm, y, x + arm, y), ink)
        draw.line((x, y - arm, x, y + arm), ink)
    if rng.random() < 0.5:
        (x0, y0), (x1, y1) = ends
        for share in np.arange(0, 1, 0.06):
            draw.point((x0 + share * (x1 - x0), y0 + share * (y1 - y0)), ink)


def _ruler(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    left, top, right, bottom = box
    x = left + 2 if rng.random() < 0.5 else right - 5
    ink, gap = _ink(rng), max(4, round(rng.uniform(8, 20) * size / 192))
    for y in range(top, bottom, gap):
        draw.line((x, y, x + 3, y), ink)


def _body_mark(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    x, y = _place(box, rng, edge=True)
    radius, ink = round(rng.uniform(6, 13) * size / 192), _ink(rng)
    fill = (0, 0, 0) if rng.random() < 0.5 else None
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill, ink)
    draw.ellipse((x - 1, y - 1, x + 1, y + 1), ink)
    draw.line((x, y - radius, x + radius // 2, y), ink, 2)


def _frame(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    (x0, y0), (x1, y1) = _place(box, rng), _place(box, rng)
    draw.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), None, _ink(rng))


def _inset(draw: ImageDraw.ImageDraw, box: Box, size: int, rng: np.random.Generator) -> None:
    """A corner that the screen has covered, with a body mark or writing in it, or nothing."""
    left, top, right, bottom = box
    width, height = (round(rng.uniform(0.1, 0.3) * side) for side in (right - left, bottom - top))
    x = left if rng.random() < 0.5 else right - width
    y = top if rng.random() < 0.3 else bottom - height
    ground = (0 if rng.random() < 0.6 else int(rng.integers(5, 90)),) * 3
    draw.rectangle((x, y, x + width, y + height), ground)
    inner = (x + width // 5, y + height // 5, x + width * 4 // 5, y + height * 4 // 5)
    if rng.random() < 0.6:
        draw.ellipse(inner, None, _ink(rng))
    elif rng.random() < 0.5:
        draw.text(inner[:2], str(rng.choice(WORDS)), _ink(rng))


MARKS = (_text, _text, _callipers, _callipers, _ruler, _body_mark, _inset, _inset, _frame)


def _place(box: Box, rng: np.random.Generator, *, edge: bool = False) -> tuple[int, int]:
    """Draw a point, near a corner if need be, where text and body marks stand."""
    across, down = rng.random(2)
    if edge:
        across, down = (0.25 * v if rng.random() < 0.5 else 1 - 0.3 * v for v in (across, down))
    left, top, right, bottom = box
    return int(left + across * (right - left)), int(top + down * (bottom - top))


def _ink(rng: np.random.Generator) -> tuple[int, int, int]:
    return (int(rng.integers(120, 256)),) * 3


def _rising(rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a rising curve over 0..255: random steps, mixed with the straight line."""
    steps = rng.dirichlet(np.full(CURVE_NODES, 1.5))
    nodes = np.concatenate([[0.0], np.cumsum(steps)])
    curve = np.interp(np.linspace(0, CURVE_NODES, 256), np.arange(CURVE_NODES + 1), nodes)
    share = rng.uniform(0.2, 0.9)
    return 255 * np.asarray(share * curve + (1 - share) * np.linspace(0, 1, 256))


def _through(curve: NDArray[np.float64], picture: Picture) -> Picture:
    return np.asarray(np.clip(np.rint(curve), 0, 255).astype(np.uint8)[picture])


def _is_grey(picture: Picture) -> bool:
    return bool((picture[::4, ::4, :1] == picture[::4, ::4]).all())
