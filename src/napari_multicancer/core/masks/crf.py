"""The fully connected conditional random field, binary, on one plane.

Every pixel is joined to every other one by two Gaussian kernels, one over
position and one over position and intensity. Mean-field inference then needs
nothing of the n x n kernel but its product with a vector: a blur for positions,
splat, blur and slice on a bilateral grid for the other.

References
----------
Kraehenbuehl, Koltun 2011, "Efficient inference in fully connected CRFs with
Gaussian edge potentials", NeurIPS 24, arXiv 1210.5644.
Chen, Paris, Durand 2007, "Real-time edge-aware image processing with the
bilateral grid", ACM Trans. Graph. 26:103, doi 10.1145/1276377.1276506.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.special import expit, logit

Vector = NDArray[np.float32]
Product = Callable[[Vector], Vector]

CERTAIN = 1e-5
"""Probabilities are held this far from 0 and 1."""
BLUR_REACH = 4.0
"""Where Gaussians are cut off, in standard deviations."""
GREY_CELLS_PER_SIGMA = 2.0
COLOR_CELLS_PER_SIGMA = 1.0
"""Coarser, for a grid over colors has five axes."""
INTERPOLATION_VARIANCE = 1 / 3
"""What linear splatting and slicing add to a kernel, on average, in cells squared."""


@dataclass(frozen=True)
class CrfParameters:
    """How strongly pixels pull at each other, and how far.

    Distances are in pixels of the plane given, which in the analysis is the
    network's square.

    Attributes
    ----------
    position_weight, bilateral_weight : float
        Log-odds that a pixel gains, at most, where all that a kernel joins it to agree.
    position_sigma : float
        Of the position kernel, in pixels.
    bilateral_sigma : float
        Of the bilateral kernel over positions, in pixels.
    intensity_sigma : float
        Of the bilateral kernel over intensities, in grey levels of 0..255: the root
        of the mean squared difference over the channels.
    iterations : int
        Mean-field updates.

    Raises
    ------
    ValueError
        A parameter is not positive.
    """

    position_weight: float = 2.0
    position_sigma: float = 3.0
    bilateral_weight: float = 2.0
    bilateral_sigma: float = 10.0
    intensity_sigma: float = 20.0
    iterations: int = 10

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"{field.name} must be above 0")


DEFAULT_PARAMETERS = CrfParameters()
"""Weak and near: what is usual for photographs (10 log-odds over 80 pixels) dissolves small
lesions, whose surroundings outvote them."""


def fully_connected_crf(
    probability: NDArray[np.float32],
    plane: NDArray[np.float32],
    parameters: CrfParameters = DEFAULT_PARAMETERS,
) -> NDArray[np.float32]:
    """Let a probability map follow the edges of its plane.

    With q the probability of the lesion, u the log-odds of the map given and
    k the kernels without their diagonals, each update sets

        logit q_i = u_i + sum_m w_m sum_j k_m(i, j) (2 q_j - 1) / sqrt(n_m(i) n_m(j)),

    where n_m(i) is the sum of k_m(i, j) over all j, i itself included.

    Parameters
    ----------
    probability : ndarray of float32 in 0..1, shape (row, column)
    plane : ndarray of float32 in 0..255, shape (row, column[, channel])
    parameters : CrfParameters

    Returns
    -------
    ndarray of float32 in 0..1, shape (row, column)

    Raises
    ------
    ValueError
        Plane and map differ in height or width.
    """
    if plane.shape[:2] != probability.shape:
        raise ValueError(
            f"the plane measures {plane.shape[:2]}, its probability map {probability.shape}"
        )
    terms = (
        (parameters.position_weight, _position_product(probability.shape, parameters)),
        (parameters.bilateral_weight, _bilateral_product(plane, parameters)),
    )
    unary = logit(np.clip(probability.ravel().astype(np.float32), CERTAIN, 1 - CERTAIN))
    log_odds = unary
    for _ in range(parameters.iterations):
        spin = np.tanh(log_odds / 2)
        log_odds = unary + sum(weight * product(spin) for weight, product in terms)
    return np.asarray(expit(log_odds).reshape(probability.shape), np.float32)


def _position_product(shape: tuple[int, ...], parameters: CrfParameters) -> Product:
    """Kernel of the positions alone."""

    def product(values: Vector) -> Vector:
        return _blur(values.reshape(shape), parameters.position_sigma).ravel()

    return _normalized(product, np.ones(shape[0] * shape[1], np.float32))


def _bilateral_product(plane: NDArray[np.float32], parameters: CrfParameters) -> Product:
    """Kernel of position and intensity, on a bilateral grid."""
    pixels = plane.reshape(*plane.shape[:2], -1)
    if np.all(pixels == pixels[..., :1]):
        pixels = pixels[..., :1]
    channels = pixels.shape[2]
    density = GREY_CELLS_PER_SIGMA if channels == 1 else COLOR_CELLS_PER_SIGMA
    positions = np.indices(plane.shape[:2], np.float32).reshape(2, -1)
    intensities = np.moveaxis(pixels, -1, 0).reshape(channels, -1)
    cells = np.concatenate(
        [
            positions * (density / parameters.bilateral_sigma),
            intensities * (density / (parameters.intensity_sigma * channels**0.5)),
        ]
    )
    return _grid_product(cells, float(np.sqrt(density**2 - INTERPOLATION_VARIANCE)))


def _grid_product(points: NDArray[np.float32], sigma: float) -> Product:
    """Gaussian kernel between points, by way of a regular grid.

    Parameters
    ----------
    points : ndarray, shape (axes, n)
        In cells.
    sigma : float
        Of the blur on the grid, in cells.

    Returns
    -------
    callable
        Multiplies a vector of n values by the normalized kernel.
    """
    count = points.shape[1]
    vertex = np.zeros((count, 1), np.int64)
    share = np.ones((count, 1), np.float32)
    diagonal = np.ones(count, np.float32)
    shape = []
    neighbour = np.float32(np.exp(-0.5 / sigma**2))
    for axis in points - points.min(axis=1, keepdims=True):
        lower = np.floor(axis).astype(np.int64)
        upper_share = (axis - lower).astype(np.float32)
        shape.append(int(lower.max()) + 2)
        vertex = vertex * shape[-1] + lower[:, None]
        vertex = np.concatenate([vertex, vertex + 1], axis=1)
        share = np.concatenate(
            [share * (1 - upper_share)[:, None], share * upper_share[:, None]], axis=1
        )
        both = 2 * upper_share * (1 - upper_share)
        diagonal *= (1 - both) + both * neighbour
    corners = vertex.shape[1]
    slicing = csr_array(
        (share.ravel(), vertex.ravel(), np.arange(0, count * corners + 1, corners)),
        shape=(count, int(np.prod(shape))),
    )
    splatting = slicing.T

    def product(values: Vector) -> Vector:
        grid = (splatting @ values).reshape(shape)
        return np.asarray(slicing @ _blur(grid, sigma).ravel(), np.float32)

    return _normalized(product, diagonal)


def _blur(grid: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Convolve with a Gaussian of height 1 along every axis; zero outside the grid.

    Not by matrix products: BLAS threads lose more time waiting for each other on a
    busy machine than they save.
    """
    reach = int(np.ceil(BLUR_REACH * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    for axis in range(grid.ndim):
        grid = ndimage.correlate1d(grid, kernel, axis, mode="constant")
    return grid


def _normalized(product: Product, diagonal: Vector) -> Product:
    """Normalize a kernel symmetrically and leave each pixel's own vote out."""
    scale = np.asarray(product(np.ones_like(diagonal)) ** -0.5, np.float32)

    def normalized(values: Vector) -> Vector:
        scaled = np.asarray(scale * values, np.float32)
        return np.asarray(scale * (product(scaled) - diagonal * scaled), np.float32)

    return normalized
