"""What stored samples look like: grey, RGB or RGBA, by a page's PhotometricInterpretation.

TIFF 6.0, sections 4 to 6, 16, 18, 20, 21 and 23, and Adobe's technical notes for ICCLAB. Where
that tag is missing, one or two samples are grey, and three or four colors, as libtiff takes them;
with a table of colors, one is looked up there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC, TiffPage

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.scan import COLOUR_CHANNELS
from napari_multicancer.io.print_colors import lab_to_rgb, without_inks

JPEG = frozenset(
    (COMPRESSION.OJPEG, COMPRESSION.JPEG, COMPRESSION.ALT_JPEG, COMPRESSION.JPEG_LOSSY)
)
_TO_RGB_ITSELF = JPEG | {COMPRESSION.WEBP, COMPRESSION.JPEGXL, COMPRESSION.JPEGXL_DNG}
"""Compressions whose decoders give RGB for YCbCr."""
_CMYK = 1
"""Of the tag InkSet: the inks are cyan, magenta, yellow and black."""
_MOST_SAMPLES = 2**16 - 1
"""Of a pixel; SamplesPerPixel is a number of two bytes."""
_ALPHA = (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA)

Samples = NDArray[Any]


def as_seen(stored: Samples, page: TiffPage) -> Samples:
    """Turn samples into what they look like.

    Parameters
    ----------
    stored : ndarray of any real dtype, shape (..., row, column[, sample])
        With samples last where the page has several.
    page : TiffPage
        Whose tags tell what they mean.

    Returns
    -------
    ndarray, shape (..., row, column) or (..., row, column, 3 or 4)
        Grey, RGB or RGBA, bright where much is meant. Of the same dtype, but for inks, L*a*b*
        and palettes of up to 8 bits, which become uint8.

    Raises
    ------
    UnsupportedScanError
        The page's colors are none that can be told from its tags.
    """
    samples = stored if "S" in page.axes else stored[..., None]
    seen = _LOOKS.get(_photometric(page), _unknown)(samples, page)
    return seen[..., 0] if seen.shape[-1] == 1 else seen


def look_of(page: TiffPage) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Tell what `as_seen` makes of a page: () or the number of channels, and the dtype."""
    if page.samplesperpixel > _MOST_SAMPLES:
        raise ValueError("a TIFF cannot have so many samples a pixel")
    n_samples = (page.samplesperpixel,) if "S" in page.axes else ()
    one = as_seen(np.zeros((1, 1, *n_samples), page.dtype), page)
    return one.shape[2:], one.dtype


def unexplained(page: TiffPage) -> bool:
    """Say whether a grey page has a second sample of which nothing tells what it is."""
    is_grey = _photometric(page) in (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE)
    return is_grey and page.samplesperpixel == 2 and not set(page.extrasamples) & set(_ALPHA)


def is_black_assumed(page: TiffPage) -> bool:
    """Say whether nothing in a grey page tells if its zero is black or white."""
    tells = {"PhotometricInterpretation", "ColorMap"} & {tag.name for tag in page.tags}
    return not tells and page.samplesperpixel < 3 and page.compression not in JPEG


def _photometric(page: TiffPage) -> int:
    if "PhotometricInterpretation" in page.tags or page.compression in JPEG:
        return int(page.photometric)
    if page.samplesperpixel in COLOUR_CHANNELS:
        return int(PHOTOMETRIC.RGB)
    return int(PHOTOMETRIC.PALETTE if "ColorMap" in page.tags else PHOTOMETRIC.MINISBLACK)


def _white(page: TiffPage) -> float:
    """Largest value that a sample can take; 1 for numbers that are not whole."""
    return 1.0 if np.dtype(page.dtype).kind == "f" else float(2**page.bitspersample - 1)


def _grey(samples: Samples, page: TiffPage) -> Samples:
    """Take the first sample; three or four of which nothing else is said are colors."""
    n_samples = samples.shape[-1]
    if n_samples in COLOUR_CHANNELS and not set(page.extrasamples) & set(_ALPHA):
        return samples
    if n_samples > max(COLOUR_CHANNELS):
        return samples
    return _bare(samples, page, 1)


def _inverted_grey(samples: Samples, page: TiffPage) -> Samples:
    grey = _grey(samples, page)
    kind = grey.dtype.kind
    if kind == "u":
        return np.asarray(grey.dtype.type(_white(page)) - grey)
    return np.asarray(-grey if kind == "f" else ~grey)


def _rgb(samples: Samples, page: TiffPage) -> Samples:
    """Take red, green and blue, and alpha where it is one."""
    if samples.shape[-1] <= 3:
        return samples
    colors = _bare(samples, page, 3)
    alpha = next((3 + n for n, kind in enumerate(page.extrasamples) if kind in _ALPHA), None)
    if alpha is None or alpha >= samples.shape[-1]:
        return colors
    return np.concatenate([colors, samples[..., alpha : alpha + 1]], -1)


def _bare(samples: Samples, page: TiffPage, n_colors: int) -> Samples:
    """Take the first samples, as they were before they were multiplied by alpha."""
    colors, kinds = samples[..., :n_colors], list(page.extrasamples)
    if EXTRASAMPLE.ASSOCALPHA not in kinds:
        return colors
    at = n_colors + kinds.index(EXTRASAMPLE.ASSOCALPHA)
    alpha, white = samples[..., at : at + 1].astype(np.float64), _white(page)
    bare = colors * np.divide(white, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    bare = np.minimum(bare, white)
    return np.asarray(bare if colors.dtype.kind == "f" else np.rint(bare)).astype(colors.dtype)


def _palette(samples: Samples, page: TiffPage) -> Samples:
    """Look up colors; a table for 16 bits that holds 8 is taken as libtiff takes it."""
    table = page.colormap
    if table is None or table.ndim != 2 or len(table) != 3:
        raise UnreadableFileError(
            f"{page.parent.filename} has a damaged palette of colors: export or copy it again."
        )
    colors = np.moveaxis(np.asarray(table), 0, -1)
    if page.bitspersample <= 8:
        colors = (colors if colors.max(initial=0) <= 255 else colors >> 8).astype(np.uint8)
    return colors[samples[..., 0]]


def _inks(samples: Samples, page: TiffPage) -> Samples:
    if page.tags.valueof(332, _CMYK) != _CMYK or samples.shape[-1] < 4:
        return _unknown(samples, page)
    none, full = _dot_range(page)
    inks = (_bare(samples, page, 4).astype(np.float32) - none) * (255 / (full - none))
    flat = np.rint(np.clip(inks, 0, 255)).astype(np.uint8).reshape(-1, samples.shape[-2], 4)
    seen = without_inks(Image.fromarray(flat, "CMYK"), page.iccprofile)
    return np.asarray(seen).reshape(*samples.shape[:-1], 3)


def _dot_range(page: TiffPage) -> tuple[float, float]:
    """Values of no ink and all ink."""
    said = page.tags.valueof(336, ())
    if isinstance(said, tuple) and len(said) >= 2 and said[0] != said[1]:
        return float(said[0]), float(said[1])
    return 0.0, _white(page)


def _ycbcr(samples: Samples, page: TiffPage) -> Samples:
    """Turn luma and chroma into RGB, by the file's own coefficients and range."""
    if page.compression in _TO_RGB_ITSELF or samples.shape[-1] < 3:
        return samples[..., :3]
    white = _white(page)
    half = (white + 1) / 2 if white > 1 else 0.5
    black_white = _numbers(page, 532, (0, white, half, white, half, white))
    lows, highs = np.array(black_white[::2]), np.array(black_white[1::2])
    if (lows == highs).any():
        return _unknown(samples, page)
    luma, blue, red = np.moveaxis((samples[..., :3] - lows) / (highs - lows), -1, 0)
    in_red, in_green, in_blue = _numbers(page, 529, (0.299, 0.587, 0.114))
    span = 2 * (white - half) / white  # chroma has a step less above grey than below
    r = luma + (1 - in_red) * span * red
    b = luma + (1 - in_blue) * span * blue
    g = (luma - in_red * r - in_blue * b) / in_green
    seen = np.clip(np.stack([r, g, b], -1), 0, 1) * white
    return np.asarray(seen if samples.dtype.kind == "f" else np.rint(seen)).astype(samples.dtype)


def _numbers(page: TiffPage, code: int, default: tuple[float, ...]) -> tuple[float, ...]:
    """Read a tag of fractions, each of which stands as numerator and denominator."""
    said = page.tags.valueof(code, ())
    if not isinstance(said, tuple) or len(said) != 2 * len(default) or 0 in said[1::2]:
        return default
    return tuple(top / bottom for top, bottom in zip(said[::2], said[1::2], strict=True))


def _lab(samples: Samples, page: TiffPage) -> Samples:
    """Turn L*, a* and b* into RGB; L* alone is grey."""
    bits, is_icc = page.bitspersample, page.photometric == PHOTOMETRIC.ICCLAB
    if bits not in (8, 16) or samples.dtype.kind not in "ui" or page.compression in JPEG:
        return _unknown(samples, page)
    stored = samples[..., :3].astype(f"u{bits // 8}")
    lab = np.zeros((*stored.shape[:-1], 3), np.uint8)
    white = 0xFF00 if is_icc and bits == 16 else 2**bits - 1
    lab[..., 0] = np.minimum(np.rint(stored[..., 0] * (255 / white)), 255)
    if stored.shape[-1] == 3:
        lab[..., 1:] = (stored[..., 1:] >> (bits - 8)) ^ (0x80 if is_icc else 0)
    return lab_to_rgb(lab)


def _unknown(samples: Samples, page: TiffPage) -> Samples:
    code = int(page.photometric)
    named = PHOTOMETRIC(code).name if code in set(PHOTOMETRIC) else str(code)
    raise UnsupportedScanError(
        f"{page.parent.filename} stores colors in a way that cannot be shown ({named}): "
        "save it as grey or RGB."
    )


_LOOKS: dict[int, Callable[[Samples, TiffPage], Samples]] = {
    PHOTOMETRIC.MINISWHITE: _inverted_grey,
    PHOTOMETRIC.MINISBLACK: _grey,
    PHOTOMETRIC.MASK: _grey,
    PHOTOMETRIC.DEPTH_MAP: _grey,
    PHOTOMETRIC.SEMANTIC_MASK: _grey,
    PHOTOMETRIC.RGB: _rgb,
    PHOTOMETRIC.PALETTE: _palette,
    PHOTOMETRIC.SEPARATED: _inks,
    PHOTOMETRIC.YCBCR: _ycbcr,
    PHOTOMETRIC.CIELAB: _lab,
    PHOTOMETRIC.ICCLAB: _lab,
}
