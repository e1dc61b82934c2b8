"""Two masks of one scan compared; what was computed once is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.comparison import compare_masks
from napari_multicancer.io import load_mask
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.project.agreement.beginnings import Beginning, beginning
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.opening import fitted, open_scan
from napari_multicancer.project.records import ListedScan, MaskVersion

AT_ONCE = 200
"""So many new comparisons are one change of the list."""
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
    first_beginning, second_beginning : Beginning
    """

    dice: float
    distance: float | None
    first_size: float
    second_size: float
    length_unit: str
    size_unit: str
    first_beginning: Beginning
    second_beginning: Beginning

    @classmethod
    def kept(cls, known: Mapping[str, Any]) -> Compared:
        """Take up what the list kept of it."""
        both = {name: Beginning(known[name]) for name in ("first_beginning", "second_beginning")}
        return cls(**{**known, **both})

    @property
    def mean_size(self) -> float:
        """Mean of both sizes."""
        return (self.first_size + self.second_size) / 2

    @property
    def relative_difference(self) -> float:
        """Second less first size as a share of their mean; NaN where both are empty."""
        if not self.mean_size:
            return float("nan")
        return (self.second_size - self.first_size) / self.mean_size


class Comparer:
    """Compares masks one pair after another; what is new is kept, many at a time.

    Parameters
    ----------
    project : OpenList
    """

    def __init__(self, project: OpenList) -> None:
        self._project = project
        self._new: list[tuple[int, int, Compared]] = []

    def compare(self, scan: ListedScan, first: MaskVersion, second: MaskVersion) -> Compared:
        """Compare two versions of a scan's mask.

        Raises
        ------
        MulticancerError
            One cannot be read, or they are not of one shape.
        """
        known = self._project.known_comparison(first.id, second.id)
        if known is not None:
            return Compared.kept(known)
        made = self._computed(scan, first, second)
        self._new.append((first.id, second.id, made))
        if len(self._new) >= AT_ONCE:
            self._keep()
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._keep()

    def _keep(self) -> None:
        told = [(first, second, vars(one)) for first, second, one in self._new]
        self._new.clear()
        self._project.keep_comparisons(told)

    def _computed(self, scan: ListedScan, first: MaskVersion, second: MaskVersion) -> Compared:
        one, spacing, its = _labels(self._project, scan, first)
        other, _, others = _labels(self._project, scan, second)
        if one.size != other.size:
            raise MaskError(f"{second.file.name} is of another size than {first.file.name}.")
        result = compare_masks(one, other.reshape(one.shape), spacing=spacing)
        return Compared(
            dice=result.dice,
            distance=None if np.isnan(result.hausdorff_95) else result.hausdorff_95,
            first_size=result.size_before,
            second_size=result.size_after,
            length_unit=result.length_unit,
            size_unit=result.size_unit,
            first_beginning=beginning(first, its),
            second_beginning=beginning(second, others),
        )


def _labels(
    project: OpenList, scan: ListedScan, version: MaskVersion
) -> tuple[NDArray[Any], tuple[float, ...] | None, Mapping[str, Any] | None]:
    """Open a mask in two or three axes, with the size of its voxels in mm, and its record."""
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
    steps = None if spacing is None else tuple(spacing[-labels.ndim :])
    return labels, steps, saved.provenance


def _in_mm(saved: SavedMask) -> tuple[float, ...] | None:
    return saved.spacing if saved.unit == "mm" else None
