"""Saved masks: napari's own menu writes what the button writes, and it opens in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels

from napari_multicancer.core.scan import Scan
from napari_multicancer.io.label_tiff import read_label_tiff, write_label_tiff
from napari_multicancer.io.provenance import provenance
from napari_multicancer.widgets.layers import geometry, layer_data
from napari_multicancer.widgets.readers import get_mask_reader
from napari_multicancer.widgets.save_mask import suggested_path
from napari_multicancer.widgets.writer import save_labels

PLUGIN = "napari-multicancer"


def mask(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, shape).astype(np.uint8)


def test_save_selected_layers_writes_provenance_and_spacing(viewer, breast, analyse, tmp_path):
    breast.scale, breast.units = (0.2, 0.1), ("mm", "mm")
    labels = analyse(breast)
    written = viewer.layers.save(str(tmp_path / "mask.tif"), selected=True, plugin=PLUGIN)
    pixels, spacing, unit, record = read_label_tiff(written[0])
    np.testing.assert_array_equal(pixels, labels.data)
    np.testing.assert_allclose(spacing, (0.2, 0.1))
    assert unit == "mm"
    assert record["edited_by_hand"] is False
    assert record["organ_chosen_by_hand"] is True
    assert len(record["models"]) == 1


@pytest.mark.parametrize("value", [1, 300])
def test_any_labels_layer_can_be_saved(tmp_path, value):
    labels = Labels(mask(30, 40) * np.uint16(value), name="by hand")
    path = save_labels(tmp_path / "by hand", labels)
    assert path.name == "by hand.tif"
    assert tifffile.imread(path).max() == value
    assert read_label_tiff(path)[3]["edited_by_hand"] is True


PLACE = {
    "scale": (3.0, 0.5, 0.25),
    "translate": (10.0, 20.0, 30.0),
    "rotate": 30.0,
    "shear": (0.1, 0.0, 0.2),
    "affine": np.diag([1.0, 2.0, 2.0, 1.0]),
    "units": ("mm", "um", "um"),
    "axis_labels": ("z", "y", "x"),
}


def test_a_saved_mask_opens_exactly_where_it_was(viewer, tmp_path):
    labels = Labels(mask(3, 30, 40), **PLACE)
    path = save_labels(tmp_path / "scan lesion.tif", labels)
    (opened,) = viewer.open(path, plugin=PLUGIN)
    assert isinstance(opened, Labels)
    np.testing.assert_array_equal(opened.data, labels.data)
    for name, value in geometry(labels).items():
        if name in ("units", "axis_labels"):
            assert geometry(opened)[name] == value
        else:
            np.testing.assert_allclose(geometry(opened)[name], value, err_msg=name)


def test_a_mask_from_the_terminal_lies_over_its_scan(viewer, tmp_path):
    scan = Scan(mask(3, 30, 40), "zyx", (3.0, 0.5, 0.25), "head")
    image = Image.create(*layer_data(scan))
    viewer.add_layer(image)
    path = write_label_tiff(
        tmp_path / "head_mask.tif",
        mask(3, 30, 40),
        spacing=scan.voxel_size,
        provenance=provenance("head"),
    )
    (opened,) = viewer.open(path, plugin=PLUGIN)
    np.testing.assert_allclose(opened.extent.world, image.extent.world)
    assert opened.units == image.units


def test_a_mask_opened_and_saved_again_keeps_its_provenance(viewer, tmp_path):
    first = save_labels(tmp_path / "a lesion.tif", Labels(mask(30, 40), scale=(2, 2)))
    (opened,) = viewer.open(first, plugin=PLUGIN)
    second = save_labels(tmp_path / "b lesion.tif", opened)
    assert read_label_tiff(second)[3] == read_label_tiff(first)[3]


def test_other_tiffs_are_declined(tmp_path):
    path = tmp_path / "theirs_mask.tif"
    tifffile.imwrite(path, mask(30, 40))
    broken = tmp_path / "broken lesion.tif"
    broken.write_bytes(b"II*\0 no more")
    assert get_mask_reader(str(path)) is None
    assert get_mask_reader(str(broken)) is None
    assert get_mask_reader(str(tmp_path / "missing_mask.tif")) is None


def test_the_suggested_name_is_the_layers_without_what_no_file_may_have(breast, viewer, analyse):
    breast.name = "a/b: c"
    labels = analyse(breast)
    assert suggested_path(labels) == Path.home() / "a_b_ c lesion.tif"
