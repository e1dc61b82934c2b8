"""Two masks of one scan compared; what was computed once is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.masks.comparison import compare_masks
from napari_multicancer.io import load_mask
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.case import fitted, open_scan
from napari_multicancer.project.records import ListedScan, MaskVersion

_AS_WRITTEN = (".tif", ".tiff")
"""Files whose masks have the axes of their scan, so that it need not be opened."""


@dataclass(frozen=True)
class Compared:
    """How a second mask differs from a first.

    Attributes
    ----------
    dice : float
        0..1.
    distance : float or None
        95th percentile of the distances of the outlines (HD95); None where one is empty.
    first_size, second_size : float
        Area of a picture's mask, volume of a stack's.
    length_unit, size_unit : str
    """

    dice: float
    distance: float | None
    first_size: float
    second_size: float
    length_unit: str
    size_unit: str


def compared(
    project: OpenList, scan: ListedScan, first: MaskVersion, second: MaskVersion
) -> Compared:
    """Compare two versions of a scan's mask.

    Raises
    ------
    MulticancerError
        One cannot be read, or they are not of one shape.
    """
    known = project.known_comparison(first.id, second.id)
    if known is not None:
        return Compared(**known)
    one, spacing = _labels(project, scan, first)
    other, _ = _labels(project, scan, second)
    result = compare_masks(one, other.reshape(one.shape), spacing=spacing)
    distance = None if np.isnan(result.hausdorff_95) else result.hausdorff_95
    made = Compared(
        result.dice,
        distance,
        result.size_before,
        result.size_after,
        result.length_unit,
        result.size_unit,
    )
    project.keep_comparison(first.id, second.id, vars(made))
    return made


def _labels(
    project: OpenList, scan: ListedScan, version: MaskVersion
) -> tuple[NDArray[Any], tuple[float, ...] | None]:
    """Open a mask in two or three axes, with the size of its voxels in mm."""
    if version.file.name.lower().endswith(_AS_WRITTEN):
        saved = load_mask(version.file)
        labels, spacing = saved.labels, _in_mm(saved)
    else:
        opened = open_scan(project, scan)
        saved = load_mask(version.file, [opened.origin])
        labels = fitted(saved.labels, opened, Path(version.file).name)
        spacing = opened.voxel_size
    while labels.ndim > 3:
        labels, spacing = labels.reshape(-1, *labels.shape[2:]), None
    if spacing is not None and not np.isfinite(spacing).all():
        spacing = None
    return labels, None if spacing is None else tuple(spacing[-labels.ndim :])


def _in_mm(saved: SavedMask) -> tuple[float, ...] | None:
    return saved.spacing if saved.unit == "mm" else None
