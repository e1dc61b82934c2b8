"""What differs between two masks: how well they agree, what was added and what removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import (
    Region,
    check_label,
    check_mask,
    check_spacing,
)
from napari_multicancer.core.masks.measurements import MM3_PER_ML
from napari_multicancer.core.masks.overlap import dice, hausdorff_95, iou

ADDED, REMOVED = 1, 2
"""Labels of a difference."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """How a second mask differs from a first one.

    Attributes
    ----------
    dice, iou : float
        0..1; two empty masks agree fully: 1.
    hausdorff_95 : float
        95th percentile of the symmetric surface distances, in `length_unit`; NaN
        where one of the masks is empty.
    size_before, size_after : float
        Area of a picture's mask, volume of a stack's, in `size_unit`.
    added, removed : int
        Pixels of the second mask alone, and of the first alone.
    difference : ndarray of uint8, shape of the masks
        `ADDED`, `REMOVED` or 0.
    length_unit : str
        "mm" where the voxel size is known along all axes, else "px".
    size_unit : str
        "mm2" or "ml" likewise, else "px".
    """

    dice: float
    iou: float
    hausdorff_95: float
    size_before: float
    size_after: float
    added: int
    removed: int
    difference: NDArray[np.uint8]
    length_unit: str
    size_unit: str

    @property
    def size_change(self) -> float:
        """What the size gained, as a share of the size before; NaN where that is 0."""
        if not self.size_before:
            return float("nan")
        return self.size_after / self.size_before - 1


def compare_masks(
    before: NDArray[np.generic],
    after: NDArray[np.generic],
    label: int | None = None,
    *,
    spacing: Sequence[float] | None = None,
) -> Comparison:
    """Compare two masks of one scan.

    Parameters
    ----------
    before, after : ndarray of int, shape (row, column) or (plane, row, column)
        Of one shape; for example a network's mask, and what a human made of it.
    label : int, optional
        Compare where both have this label; by default, where they have any.
    spacing : sequence of float, optional
        Voxel size in mm, one value a mask axis. With (row, column) alone, a stack
        is compared in pixels.

    Returns
    -------
    Comparison

    Raises
    ------
    MaskError
        The masks are of different shapes, or they, the label or the voxel size
        cannot be used.
    """
    check_mask(before)
    check_mask(after)
    if before.shape != after.shape:
        raise MaskError(
            f"The masks have the shapes {before.shape} and {after.shape}: "
            "choose two masks of one scan."
        )
    sizes = check_spacing(spacing, before)
    first, second = _chosen(before, label), _chosen(after, label)
    added, removed = second & ~first, first & ~second
    difference = np.where(added, np.uint8(ADDED), np.where(removed, np.uint8(REMOVED), np.uint8(0)))
    in_mm = sizes is not None and len(sizes) == before.ndim
    voxel = sizes if sizes is not None and in_mm else (1.0,) * before.ndim
    stack_in_mm = in_mm and before.ndim == 3
    size = float(np.prod(voxel)) / (MM3_PER_ML if stack_in_mm else 1.0)
    return Comparison(
        dice=float(dice(first, second)),
        iou=float(iou(first, second)),
        hausdorff_95=hausdorff_95(first, second, voxel),
        size_before=float(np.count_nonzero(first) * size),
        size_after=float(np.count_nonzero(second) * size),
        added=int(np.count_nonzero(added)),
        removed=int(np.count_nonzero(removed)),
        difference=difference,
        length_unit="mm" if in_mm else "px",
        size_unit="ml" if stack_in_mm else "mm2" if in_mm else "px",
    )


def _chosen(mask: NDArray[np.generic], label: int | None) -> Region:
    if label is None:
        return np.asarray(np.not_equal(mask, 0))
    check_label(mask, label)
    return np.asarray(np.equal(mask, label))
