"""The small files of the field that were once read wrong, each with its right value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan

NAN = float("nan")
OPENED = {
    "d01_spacing_jitter": ("zyx", (9, 96, 96), (5, 0.48828, 0.48828), (0, 944)),
    "d04_no_position_slicelocation": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "d09_nopreamble_noext/1.2.840.1.1": ("yx", (96, 96), (2, 2), (0, 912)),
    "d10_nopreamble_folder": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "d20_all_same_sopuid": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "d21_each_slice_own_seriesuid": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "m01_siemens_mosaic.dcm": ("zyx", (48, 36, 36), (3, 1.797, 1.797), (0, 4091)),
    "p35_rle_2frame_spacing.dcm": ("zyxc", (2, 100, 100, 3), (NAN, 1, 1), (0, 255)),
}
"""Axes, shape, voxel size in mm, and lowest and highest value."""


def _told(scan: Scan) -> tuple:
    size = scan.voxel_size
    pixels = np.asarray(scan.pixels)
    return scan.axes, pixels.shape, size, (pixels.min(), pixels.max())


@pytest.mark.parametrize("name", OPENED)
def test_a_file_of_the_field_has_its_right_value(name: str, cases: Path) -> None:
    axes, shape, size, extremes = OPENED[name]
    about = None if size is None else pytest.approx(size, rel=1e-3, nan_ok=True)
    assert _told(load_scan(cases / name)) == (axes, shape, about, extremes)
