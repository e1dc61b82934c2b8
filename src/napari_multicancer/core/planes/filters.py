"""Noise removal and edge detection on one plane.

All planes here are float32 in 0..255, of shape (row, column) or (row, column,
channel), and every filter gives back the same shape and range.
"""
# mypy: allow-untyped-calls
# (scikit-image carries no annotations)

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Plane = NDArray[np.float32]
Filter = Callable[[Plane], Plane]

WHITE = 255.0
MEDIAN_SIDE = 3
NON_LOCAL_PATCH = 5
NON_LOCAL_REACH = 6
NON_LOCAL_STRENGTH = 0.8
"""Cut-off distance between patches, in standard deviations of the noise."""
TOTAL_VARIATION_WEIGHT = 0.1
"""For intensities in 0..1; the larger, the smoother."""
SPECKLE_SIDE = 7
CANNY_SIGMA = 1.5
"""Of the Gaussian that smooths before the gradient, in pixels."""


def denoise(plane: Plane, method: str) -> Plane:
    """Remove noise.

    Parameters
    ----------
    plane : ndarray of float32 in 0..255, shape (row, column[, channel])
    method : {"median", "non_local_means", "total_variation", "speckle"}
        Median of 3 x 3 pixels; non-local means (Buades et al. 2005); total
        variation (Chambolle 2004); Lee's filter for multiplicative noise, such
        as the speckle of ultrasound (Lee 1980).

    Returns
    -------
    ndarray of float32 in 0..255, same shape

    Raises
    ------
    ValueError
        The method is unknown.

    References
    ----------
    Buades, Coll, Morel 2005, "A non-local algorithm for image denoising", CVPR,
    doi 10.1109/CVPR.2005.38.
    Chambolle 2004, "An algorithm for total variation minimization and
    applications", J. Math. Imaging Vis. 20:89, doi 10.1023/B:JMIV.0000011325.36760.1e.
    Lee 1980, "Digital image enhancement and noise filtering by use of local
    statistics", IEEE TPAMI 2:165, doi 10.1109/TPAMI.1980.4766994.
    """
    return _named(DENOISERS, method)(plane)


def edges(plane: Plane, method: str) -> Plane:
    """Draw the edges of each channel.

    Parameters
    ----------
    plane : ndarray of float32 in 0..255, shape (row, column[, channel])
    method : {"canny", "sobel"}
        Canny: 255 on thin edges, 0 elsewhere (Canny 1986). Sobel: the gradient's
        magnitude, 255 for a straight step from black to white.

    Returns
    -------
    ndarray of float32 in 0..255, same shape

    Raises
    ------
    ValueError
        The method is unknown.

    References
    ----------
    Canny 1986, "A computational approach to edge detection", IEEE TPAMI 8:679,
    doi 10.1109/TPAMI.1986.4767851.
    """
    return _named(EDGE_DETECTORS, method)(plane)


def _named(
    filters: Mapping[str, Callable[[Plane], Plane]], method: str
) -> Callable[[Plane], Plane]:
    if method not in filters:
        raise ValueError(f"{method!r} is unknown; choose one of {', '.join(filters)}")
    return filters[method]


def _median(plane: Plane) -> Plane:
    from skimage.filters import median

    return np.asarray(median(plane, np.ones(_window(plane, MEDIAN_SIDE))))


def _non_local_means(plane: Plane) -> Plane:
    from skimage.restoration import denoise_nl_means

    sigma = _noise_sigma(plane)
    if sigma == 0:
        return plane
    smooth = denoise_nl_means(
        plane,
        patch_size=NON_LOCAL_PATCH,
        patch_distance=NON_LOCAL_REACH,
        h=NON_LOCAL_STRENGTH * sigma,
        sigma=sigma,
        fast_mode=True,
        channel_axis=_channel_axis(plane),
    )
    return np.asarray(np.clip(smooth, 0, WHITE), np.float32)


def _noise_sigma(plane: Plane) -> float:
    """Estimate the standard deviation of white noise.

    References
    ----------
    Immerkaer 1996, "Fast noise variance estimation", Comput. Vis. Image Underst.
    64:300, doi 10.1006/cviu.1996.0060.
    """
    laplacian = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = ndimage.convolve(plane, laplacian.reshape(3, 3, *[1] * (plane.ndim - 2)))
    return float(np.sqrt(np.pi / 2) * np.abs(response).mean() / 6)


def _total_variation(plane: Plane) -> Plane:
    from skimage.restoration import denoise_tv_chambolle

    smooth = denoise_tv_chambolle(
        plane / WHITE, weight=TOTAL_VARIATION_WEIGHT, channel_axis=_channel_axis(plane)
    )
    return np.asarray(np.clip(smooth * WHITE, 0, WHITE), np.float32)


def _lee(plane: Plane) -> Plane:
    """Shrink each pixel to its neighbourhood's mean as far as speckle explains the spread.

    Speckle is modelled as a factor of mean 1. Its relative variance is taken as
    the median over the neighbourhoods that are not black, since most tissue is
    homogeneous at this scale.
    """
    pixels = plane.astype(np.float64)
    side = _window(plane, SPECKLE_SIDE)
    mean = ndimage.uniform_filter(pixels, side)
    variance = np.maximum(ndimage.uniform_filter(pixels**2, side) - mean**2, 0)
    tissue = mean > 1
    if not tissue.any():
        return plane
    speckle = float(np.median(variance[tissue] / mean[tissue] ** 2))
    signal = np.maximum((variance - speckle * mean**2) / (1 + speckle), 0)
    noise = speckle * mean**2
    gain = np.divide(signal, signal + noise, out=np.ones_like(signal), where=noise > 0)
    return np.asarray(np.clip(mean + gain * (pixels - mean), 0, WHITE), np.float32)


def _canny(plane: Plane) -> Plane:
    from skimage.feature import canny

    return _each_channel(plane, lambda grey: WHITE * canny(grey / WHITE, sigma=CANNY_SIGMA))


def _sobel(plane: Plane) -> Plane:
    from skimage.filters import sobel_h, sobel_v

    return _each_channel(
        plane, lambda grey: np.minimum(np.hypot(sobel_h(grey), sobel_v(grey)), WHITE)
    )


def _each_channel(plane: Plane, draw: Callable[[Plane], NDArray[np.floating]]) -> Plane:
    if plane.ndim == 2:
        return draw(plane).astype(np.float32)
    channels = [draw(plane[..., channel]) for channel in range(plane.shape[2])]
    return np.stack(channels, axis=-1).astype(np.float32)


def _window(plane: Plane, side: int) -> tuple[int, ...]:
    """Side lengths of a square neighbourhood that stays within its channel."""
    return (side, side, *[1] * (plane.ndim - 2))


def _channel_axis(plane: Plane) -> int | None:
    return None if plane.ndim == 2 else -1


DENOISERS: Mapping[str, Filter] = MappingProxyType(
    {
        "median": _median,
        "non_local_means": _non_local_means,
        "total_variation": _total_variation,
        "speckle": _lee,
    }
)
EDGE_DETECTORS: Mapping[str, Filter] = MappingProxyType({"canny": _canny, "sobel": _sobel})
