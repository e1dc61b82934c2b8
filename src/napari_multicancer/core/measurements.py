"""Sizes of a lesion, from its mask: in mm where the voxel size is known, else in pixels."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

_EDGE_MIDPOINTS = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, -0.5), (0.0, 0.5)])


@dataclass(frozen=True)
class LesionSize:
    """How large the lesion of one scan is.

    Attributes
    ----------
    area : float
        Of all lesion pixels in the plane where they cover most.
    diameter : float
        The largest Feret diameter of a single connected region in that plane.
    area_unit, length_unit : str
        "mm2" and "mm" where the voxel size is known, else "px" for both.
    plane : int
        Index of that plane; 0 for a picture.
    """

    area: float
    diameter: float
    area_unit: str
    length_unit: str
    plane: int


def measure_lesion(
    mask: NDArray[np.generic], spacing: tuple[float, float] | None = None
) -> LesionSize | None:
    """Measure a lesion in the plane where it is largest.

    Parameters
    ----------
    mask : ndarray, shape (row, column) or (plane, row, column)
        Non-zero on the lesion.
    spacing : (float, float), optional
        Height and width of a pixel in mm.

    Returns
    -------
    LesionSize or None
        None where the mask is empty.
    """
    planes = mask.reshape(-1, *mask.shape[-2:])
    pixels = np.array([np.count_nonzero(plane) for plane in planes])
    if not pixels.any():
        return None
    index = int(pixels.argmax())
    height, width = spacing or (1.0, 1.0)
    return LesionSize(
        area=float(pixels[index] * height * width),
        diameter=feret_diameter(planes[index] != 0, (height, width)),
        area_unit="px" if spacing is None else "mm2",
        length_unit="px" if spacing is None else "mm",
        plane=index,
    )


def feret_diameter(mask: NDArray[np.bool_], spacing: tuple[float, float] = (1.0, 1.0)) -> float:
    """Largest distance across any one connected region of a 2-D mask.

    Taken between the midpoints of pixel edges, so that a line of n pixels
    measures n.
    """
    regions, _ = ndimage.label(mask, np.ones((3, 3)))
    diameters = [0.0]
    for number, box in enumerate(ndimage.find_objects(regions), start=1):
        diameters.append(_region_diameter(regions[box] == number, spacing))
    return max(diameters)


def _region_diameter(region: NDArray[np.bool_], spacing: tuple[float, float]) -> float:
    border = region & ~ndimage.binary_erosion(region)
    points = (np.argwhere(border)[:, None] + _EDGE_MIDPOINTS).reshape(-1, 2) * spacing
    with contextlib.suppress(QhullError):  # without a hull, all points are compared
        points = points[ConvexHull(points).vertices]
    return float(pdist(points).max())
