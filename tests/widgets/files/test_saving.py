"""Saved masks: napari's own menu writes what the button writes, and it opens in its place."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from napari.layers import Image, Labels
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.tiff.mask import read_label_tiff, write_label_tiff
from napari_multicancer.widgets.common.layers import geometry, layer_data
from napari_multicancer.widgets.files.readers import get_mask_reader
from napari_multicancer.widgets.files.save_mask import ask_and_save, suggested_path
from napari_multicancer.widgets.files.writer import image_under, save_labels
from tests.io.dicom.slices import save, slice_dataset

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


@pytest.fixture
def head(windowless, tmp_path) -> Image:
    """A NIfTI volume stored front to back, opened."""
    affine = np.array([[0, 0, 2.0, -9], [-3, 0, 0, 8], [0, 4, 0, 7], [0, 0, 0, 1]])
    volume = np.random.default_rng(1).integers(0, 999, (6, 5, 7)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(volume, affine), tmp_path / "head.nii")
    image = Image.create(*layer_data(load_scan(tmp_path / "head.nii")))
    windowless.add_layer(image)
    return image


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz"])
def test_labels_drawn_on_a_nifti_volume_lie_on_its_voxels(windowless, head, tmp_path, name):
    labels = windowless.add_labels((np.asarray(head.data) > 500).astype(np.uint8), **geometry(head))
    written = windowless.layers.save(str(tmp_path / name), selected=True, plugin=PLUGIN)
    source, mask = nibabel.load(tmp_path / "head.nii"), nibabel.load(written[0])
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), source.get_fdata() > 500)
    np.testing.assert_array_equal(mask.affine, source.affine)
    np.testing.assert_array_equal(load_scan(Path(written[0])).pixels, labels.data)


def test_of_scans_on_one_grid_the_next_below_counts_then_the_next_above(windowless, tmp_path):
    images = []
    for number in range(3):
        path = tmp_path / f"{number}.nii"
        nibabel.save(nibabel.Nifti1Image(mask(5, 6, 7), np.eye(4)), path)
        images.append(Image.create(*layer_data(load_scan(path))))
        windowless.add_layer(images[-1])
    labels = windowless.add_labels(mask(7, 6, 5), **geometry(images[0]))
    windowless.layers.move(3, 2)
    assert image_under(labels) is images[1]
    windowless.layers.move(2, 0)
    assert image_under(labels) is images[0]
    images[0].translate = images[1].translate = (1, 1, 1)
    assert image_under(labels) is images[2]
    images[2].scale = (2, 2, 2)
    assert image_under(labels) is None


@pytest.fixture
def slice_layer(windowless) -> Image:
    """A DICOM slice that comes with pydicom, opened."""
    (image,) = windowless.open(get_testdata_file("MR_small.dcm", download=False), plugin=PLUGIN)
    return image


def test_labels_drawn_on_a_dicom_scan_become_its_segmentation(windowless, slice_layer, tmp_path):
    windowless.add_labels(mask(*slice_layer.data.shape), **geometry(slice_layer))
    written = windowless.layers.save(str(tmp_path / "mask.dcm"), selected=True, plugin=PLUGIN)
    segmentation = pydicom.dcmread(written[0])
    source = pydicom.dcmread(slice_layer.metadata["napari_multicancer"]["source"])
    assert segmentation.Modality == "SEG"
    assert segmentation.StudyInstanceUID == source.StudyInstanceUID
    assert segmentation.SegmentSequence[0].SegmentAlgorithmType == "MANUAL"
    np.testing.assert_array_equal(segmentation.pixel_array, windowless.layers[-1].data)


def test_labels_without_a_dicom_scan_make_no_segmentation(windowless, head, slice_layer, tmp_path):
    moved = windowless.add_labels(mask(*slice_layer.data.shape), **geometry(slice_layer))
    moved.rotate = 10
    for labels in (moved, Labels(mask(30, 40)), Labels(mask(*head.data.shape), **geometry(head))):
        with pytest.raises(OutputError, match="lay the mask on it, or save it as TIFF or NIfTI"):
            save_labels(tmp_path / "mask.dcm", labels)
    assert not (tmp_path / "mask.dcm").exists()


def test_labels_moved_off_their_volume_are_saved_where_they_lie(windowless, head, tmp_path):
    labels = windowless.add_labels(mask(*head.data.shape), **geometry(head))
    labels.translate = (1, 2, 3)
    labels.rotate = 90
    path = save_labels(tmp_path / "mask.nii", labels)
    corner = nibabel.load(path).affine @ (6, 5, 4, 1)  # x, y, z
    world = labels.data_to_world((4, 5, 6))
    np.testing.assert_allclose(corner[:3], (-world[2], -world[1], world[0]))


def test_units_other_than_mm_are_turned_into_mm(tmp_path):
    labels = Labels(mask(3, 30, 40), scale=(2, 500, 250), units=("mm", "um", "um"))
    path = save_labels(tmp_path / "mask.nii", labels)
    np.testing.assert_allclose(load_scan(path).voxel_size, (2, 0.5, 0.25))
    assert nibabel.load(path).header.get_xyzt_units()[0] == "mm"


def test_a_layer_without_units_leaves_the_unit_open(tmp_path):
    path = save_labels(tmp_path / "mask.nii", Labels(mask(30, 40)))
    assert nibabel.load(path).header.get_xyzt_units()[0] == "unknown"


@pytest.mark.parametrize(
    ("chosen", "picked", "expected"),
    [
        ("a.tif", "TIFF", "a.tif"),
        ("a.tif", "NIfTI", "a.nii.gz"),
        ("a.nii", "TIFF", "a.nii"),
        ("a.NII.GZ", "NIfTI", "a.NII.GZ"),
        ("a", "NIfTI", "a.nii.gz"),
        ("a", "", "a.tif"),
        ("v1.5", "TIFF", "v1.5.tif"),
    ],
)
def test_name_and_filter_of_the_dialog_choose_the_format(
    qtbot, tmp_path, monkeypatch, chosen, picked, expected
):
    def answer(parent, title, suggested, filters):
        names = [one for one in filters.split(";;") if picked and picked in one]
        return str(tmp_path / chosen), (names or [""])[0]

    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", answer)
    assert ask_and_save(None, Labels(mask(30, 40))) == tmp_path / expected
    assert [path.name for path in tmp_path.iterdir()] == [expected]


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced(
    qtbot, tmp_path, monkeypatch, told
):
    (tmp_path / "a.nii.gz").write_text("mine")
    monkeypatch.setattr(
        "qtpy.QtWidgets.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "a.tif"), "NIfTI (*.nii.gz *.nii)"),
    )
    assert ask_and_save(None, Labels(mask(30, 40))) is None
    assert (tmp_path / "a.nii.gz").read_text() == "mine"
    assert "choose it by its full name" in told[-1]


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_volume_that_went_or_changed_meanwhile_gets_the_mask_that_was_drawn(
    windowless, head, tmp_path, is_gone
):
    source = nibabel.load(tmp_path / "head.nii").affine
    labels = windowless.add_labels(mask(*head.data.shape), **geometry(head))
    (tmp_path / "head.nii").unlink()
    if not is_gone:
        nibabel.save(nibabel.Nifti1Image(mask(4, 4, 4), np.eye(4)), tmp_path / "head.nii")
    saved = save_labels(tmp_path / "mask.nii", labels)
    np.testing.assert_array_equal(nibabel.load(saved).affine, source)
    np.testing.assert_array_equal(load_scan(saved).pixels, labels.data)


PLACE = {
    "scale": (3.0, 0.5, 0.25),
    "translate": (10.0, 20.0, 30.0),
    "rotate": 30.0,
    "shear": (0.1, 0.0, 0.2),
    "affine": np.diag([1.0, 2.0, 2.0, 1.0]),
    "units": ("mm", "um", "um"),
    "axis_labels": ("z", "y", "x"),
}


def test_a_saved_mask_opens_exactly_where_it_was(windowless, tmp_path):
    labels = Labels(mask(3, 30, 40), **PLACE)
    path = save_labels(tmp_path / "scan lesion.tif", labels)
    (opened,) = windowless.open(path, plugin=PLUGIN)
    assert isinstance(opened, Labels)
    np.testing.assert_array_equal(opened.data, labels.data)
    for name, value in geometry(labels).items():
        if name in ("units", "axis_labels"):
            assert geometry(opened)[name] == value
        else:
            np.testing.assert_allclose(geometry(opened)[name], value, err_msg=name)


def test_a_mask_from_the_terminal_lies_over_its_scan(windowless, tmp_path):
    scan = Scan(mask(3, 30, 40), "zyx", (3.0, 0.5, 0.25), "head")
    image = Image.create(*layer_data(scan))
    windowless.add_layer(image)
    path = write_label_tiff(
        tmp_path / "head_mask.tif",
        mask(3, 30, 40),
        spacing=scan.voxel_size,
        provenance=provenance("head"),
    )
    (opened,) = windowless.open(path, plugin=PLUGIN)
    np.testing.assert_allclose(opened.extent.world, image.extent.world)
    assert opened.units == image.units


def test_a_mask_whose_planes_lie_at_an_unknown_distance_lies_over_its_scan(windowless, tmp_path):
    stack = np.random.default_rng(0).integers(0, 99, (3, 20, 30)).astype(np.uint16)
    options = {"photometric": "minisblack", "resolutionunit": "CENTIMETER"}
    tifffile.imwrite(tmp_path / "scan.tif", stack, resolution=(40, 20), **options)
    scan = load_scan(tmp_path / "scan.tif")
    image = Image.create(*layer_data(scan))
    path = tmp_path / "scan_mask.tif"
    save_mask(path, mask(3, 20, 30), Ground.of(scan), provenance("scan"))
    (labels,) = windowless.open(path, plugin=PLUGIN)
    np.testing.assert_allclose(labels.scale, image.scale)
    assert labels.units == image.units


def test_a_mask_opened_and_saved_again_keeps_its_provenance(windowless, tmp_path):
    first = save_labels(tmp_path / "a lesion.tif", Labels(mask(30, 40), scale=(2, 2)))
    (opened,) = windowless.open(first, plugin=PLUGIN)
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


def test_a_mask_on_the_planes_of_a_tilted_gantry_lies_where_they_do(windowless, tmp_path):
    for number in range(6):
        place = {"ImagePositionPatient": [10, 20 + 1.2 * number, 5 * number]}
        save(slice_dataset(number, 0, **place), tmp_path / "scan" / f"{number}.dcm")
    scan = load_scan(tmp_path / "scan")
    (image,) = windowless.open(tmp_path / "scan", plugin=PLUGIN)
    labels = windowless.add_labels(mask(*image.data.shape), **geometry(image))
    back = load_scan(save_labels(tmp_path / "mask.nii.gz", labels))
    np.testing.assert_allclose(back.place.affine, scan.place.affine, atol=1e-5)
    assert read_label_tiff(save_labels(tmp_path / "mask.tif", labels))[1] == pytest.approx(
        (5, 0.5, 0.25)
    )
