"""Scans and masks as pairs of NIfTI files that lie on the same voxels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.planes.color import luminance
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.save import save_image, save_mask
from napari_multicancer.project.exports.case import Case

SUFFIX = ".nii.gz"


def write_pair(case: Case, image: Path, labels: Path, values: NDArray[Any] | None = None) -> None:
    """Write a case's scan, in grey, and its mask."""
    for path in (image, labels):
        path.parent.mkdir(parents=True, exist_ok=True)
    save_image(image, _grey(case.scan), Ground.of(case.scan))
    write_labels(case, labels, case.labels if values is None else values)


def write_labels(case: Case, path: Path, labels: NDArray[Any]) -> None:
    """Write a mask on the voxels of a case's scan."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_mask(path, labels, Ground.of(case.scan))


def _grey(scan: Scan) -> NDArray[Any]:
    if "c" not in scan.axes:
        return np.asarray(scan.pixels)
    grey = np.empty(scan.spatial_shape, np.uint8)
    for index, plane in scan.planes():
        shown = luminance(plane) if plane.ndim == 3 else plane  # of a grey picture one channel
        grey[scan.position(index)] = np.rint(shown)
    return grey
