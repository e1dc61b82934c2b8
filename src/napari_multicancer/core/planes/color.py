"""What a picture's colors mean to a network: nothing, or three contrasts laid into one picture.

Ultrasound is grey: a tint, a colored body mark or a colored frame is no tissue. Some MRI
pictures hold one contrast a channel, and there colors are the scan.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.planes.known import AS_IT_IS, CONTRASTS, GREY

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue (ITU-R BT.601)."""
LEVELS = 64
"""Steps of luminance within which a tint has one color."""
STRAY = 0.08
"""From this distance to a tint's color on, as a share of the picture's range, a pixel strays."""
STRAYING_SHARE = 0.07
"""Where more of the pixels that show something stray, the picture is no tinted grey one."""
MARK = 0.15
"""From this distance on, a pixel of a grey picture belongs to a colored mark."""
MARK_SHARE = 0.10
"""Colored marks fill less than this share of a picture; more is left as it is."""
MARK_REACH = 0.006
"""How far a mark's smoothed edge reaches, as a share of the picture's longer side."""
_MAX_SAMPLES = 100_000


def as_colored(plane: NDArray[np.generic], rule: str) -> NDArray[np.generic]:
    """Give a plane the colors that a network knows; training and analysis share this.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column) or (row, column, 3)
    rule : {"", "grey", "contrasts"}
        "grey": luminance, colored marks painted over. "contrasts": colors pass where
        `shows_contrasts` says that they are contrasts, else as "grey".

    Returns
    -------
    ndarray
        float32 of shape (row, column) where colors were taken away, else the plane itself.
    """
    if plane.ndim == 2 or rule == AS_IT_IS:
        return plane
    if rule == CONTRASTS and shows_contrasts(plane):
        return plane
    return to_grey(plane)


def rule_for_planes(planes: Iterable[NDArray[np.generic]], rule: str) -> str:
    """Settle "contrasts" for a whole stack: as most of its planes have it.

    Parameters
    ----------
    planes : iterable of ndarray
        Some that show something.
    rule : {"", "grey", "contrasts"}

    Returns
    -------
    str
        "" or "grey".
    """
    if rule != CONTRASTS:
        return rule
    votes = [plane.ndim == 3 and shows_contrasts(plane) for plane in planes]
    return AS_IT_IS if votes and 2 * sum(votes) > len(votes) else GREY


def to_grey(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    """Turn a color plane into its luminance; colored marks take the grey around them.

    A mark is a pixel whose color is far from what the picture's tint, a color for each
    luminance, would give it.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column, 3)

    Returns
    -------
    ndarray of float32, shape (row, column)
    """
    grey = luminance(plane)
    if _is_plain(plane):
        return grey
    marks = _distance_to_tint(plane, grey) > MARK
    if not 0 < marks.mean() < MARK_SHARE:
        return grey
    reach = max(1, round(MARK_REACH * max(grey.shape)))
    return _painted_over(grey, ndimage.binary_dilation(marks, iterations=reach))


def luminance(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    """Weigh red, green and blue as the eye does; where all are equal, that value itself."""
    colors = plane.astype(np.float32)
    green = colors[..., 1]
    return np.asarray(
        green + LUMINANCE[0] * (colors[..., 0] - green) + LUMINANCE[2] * (colors[..., 2] - green)
    )


def shows_contrasts(plane: NDArray[np.generic]) -> bool:
    """Say whether a color plane is three contrasts in one picture, and not a tinted grey one.

    A tint is one curve of grey: each channel is nearly a function of the luminance. So the
    median of each channel over the pixels of a step of luminance is that step's color, and
    a pixel strays that differs from it by `STRAY` of the picture's range in some channel.
    Of three contrasts more than `STRAYING_SHARE` of the pixels that show something stray;
    of a tinted picture few do, and small colored marks do not change that.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column, 3)

    Returns
    -------
    bool
    """
    if _is_plain(plane):
        return False
    step = max(1, int(np.sqrt(plane.shape[0] * plane.shape[1] / _MAX_SAMPLES)))
    small = plane[::step, ::step]
    grey = luminance(small)
    shown = grey > grey.min() + STRAY * np.ptp(grey)
    straying = _distance_to_tint(small, grey)[shown] > STRAY
    return bool(straying.size) and bool(straying.mean() > STRAYING_SHARE)


def _is_plain(plane: NDArray[np.generic]) -> bool:
    """Say whether all channels are the same."""
    return bool((plane[..., :1] == plane).all())


def _distance_to_tint(plane: NDArray[np.generic], grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest difference of a pixel's channels to its luminance's color, over the range."""
    low, high = float(grey.min()), float(grey.max())
    chroma = float(np.ptp(plane, axis=-1).max())
    if not high > low or 2 * chroma < STRAY * (high - low):
        return np.zeros(grey.shape, np.float32)
    place = (grey - low) * ((LEVELS - 1) / (high - low))
    level = np.rint(place).astype(np.uint8).ravel()
    by_level = np.argsort(level, kind="stable")
    counts = np.bincount(level, minlength=LEVELS)
    known, ends = np.flatnonzero(counts), np.cumsum(counts)
    furthest = np.zeros(grey.shape, np.float32)
    for channel in np.moveaxis(plane.astype(np.float32) - grey[..., None], -1, 0):
        values = channel.ravel()[by_level]
        middles = [np.median(values[ends[at] - counts[at] : ends[at]]) for at in known]
        expected = np.interp(place, known, middles)
        np.maximum(furthest, np.abs(channel - expected), out=furthest)
    return furthest / np.float32(high - low)


def _painted_over(grey: NDArray[np.float32], marks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Fill marks with the weighted mean of the pixels around, or the nearest one."""
    if marks.all():
        return grey
    sigma = max(2.0, 0.02 * max(grey.shape))
    known = ndimage.gaussian_filter((~marks).astype(np.float32), sigma, truncate=3.0)
    mean = ndimage.gaussian_filter(np.where(marks, 0, grey), sigma, truncate=3.0)
    nearest = ndimage.distance_transform_edt(marks, return_distances=False, return_indices=True)
    around = np.where(known > 0.01, mean / np.maximum(known, 0.01), grey[tuple(nearest)])
    return np.where(marks, around, grey).astype(np.float32)
