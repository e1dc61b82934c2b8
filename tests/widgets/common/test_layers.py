"""From layer to scan: axes by the layer's own flags, voxel size only where there is a unit."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.widgets.common.layers import (
    layer_data,
    scan_from_layer,
    voxel_size,
    whole_scan,
)


@pytest.mark.parametrize(
    ("shape", "keywords", "axes"),
    [
        ((20, 30), {}, "yx"),
        ((20, 30, 3), {"rgb": True}, "yxc"),
        ((20, 30, 4), {"rgb": True}, "yxc"),
        ((20, 30, 4), {"rgb": False}, "zyx"),
        ((5, 20, 30), {}, "zyx"),
        ((5, 20, 30), {"axis_labels": ("time", "y", "x")}, "tyx"),
        ((1, 5, 20, 30), {}, "zyx"),
        ((1, 1, 20, 30), {}, "yx"),
        ((2, 5, 20, 30), {}, "tzyx"),
        ((2, 20, 30, 3), {"rgb": True}, "zyxc"),
        ((2, 3, 4, 20, 30), {}, "?tzyx"),
    ],
)
def test_axes_follow_the_layer(shape, keywords, axes):
    scan = scan_from_layer(Image(np.zeros(shape, np.uint8), **keywords))
    assert scan.axes == axes
    assert scan.pixels.ndim == len(axes)


def test_channels_of_a_file_are_contrasts_of_which_one_is_to_be_chosen():
    scan = Scan(np.zeros((2, 20, 30), np.uint8), "?yx", (1.0, 0.5, 0.5))
    image = Image.create(*layer_data(scan))
    assert whole_scan(image).axes == "cyx"
    with pytest.raises(UnsupportedScanError, match="2 contrasts"):
        scan_from_layer(image).check()


def layer(**keywords):
    return Image(np.zeros((4, 20, 30), np.uint8), **keywords)


def test_a_scale_without_a_unit_is_no_voxel_size():
    assert voxel_size(layer(scale=(3, 0.5, 0.5))) is None


def test_units_of_length_become_mm():
    size = voxel_size(layer(scale=(3, 500, 0.05), units=("mm", "um", "cm")))
    np.testing.assert_allclose(size, (3.0, 0.5, 0.5))


def test_time_has_no_length_but_the_pixels_keep_theirs():
    size = voxel_size(layer(scale=(2, 0.5, 0.25), units=("s", "mm", "mm")))
    assert np.isnan(size[0])
    np.testing.assert_allclose(size[1:], (0.5, 0.25))


def test_an_affine_counts():
    affine = np.diag([3.0, 0.5, 0.25, 1.0])
    affine[:3, 3] = 100
    size = voxel_size(layer(affine=affine, units=("mm",) * 3, rotate=30))
    assert size[0] == pytest.approx(3.0)
    plain = voxel_size(layer(scale=(3.0, 0.5, 0.25), units=("mm",) * 3, rotate=30))
    np.testing.assert_allclose(plain, (3.0, 0.5, 0.25))


def test_a_scan_and_its_layer_say_the_same():
    scan = Scan(np.zeros((4, 20, 30), np.uint8), "zyx", (3.0, 0.5, 0.25), "head", "/x/head.nii")
    image = Image.create(*layer_data(scan))
    back = scan_from_layer(image)
    assert back.axes == scan.axes
    assert back.name == scan.name
    np.testing.assert_allclose(back.voxel_size, scan.voxel_size)
    assert [str(unit) for unit in image.units] == ["millimeter"] * 3


@pytest.mark.parametrize(
    "scan",
    [
        Scan(np.zeros((40, 60)), "yx", place=UNPLACED.stretched(2.0)),
        Scan(np.zeros((7, 40, 60)), "tyx", place=UNPLACED.stretched(2.0)),
        Scan(np.zeros((7, 40, 60)), "zyx", (np.nan, 1.0, 0.5)),
    ],
    ids=["picture", "film", "planes"],
)
def test_proportions_are_shown_and_taken_from_a_layer_where_sizes_are_not_known(scan):
    layer = Image.create(*layer_data(scan))
    assert tuple(layer.scale[-2:] / layer.scale[-1]) == (2, 1)
    taken = whole_scan(layer)
    assert taken.pixel_aspect == 2
    assert taken.plane_spacing == scan.plane_spacing
    assert (taken.voxel_size is None) is (scan.voxel_size is None)
