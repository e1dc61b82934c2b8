"""The small files of the field that were once read wrong, each with its right value."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.load import is_mask, load_mask

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
    "n01_pixdim1_sform_2_2_5.nii": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n03d_slope1_inter_nan.nii": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n07_5d_vector3_rgb.nii.gz": ("zyxc", (9, 96, 96, 3), (5, 2, 2), (0, 236)),
    "n09_gz_not_gzipped.nii.gz": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n14_pair.hdr": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n14_pair.img": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n15_analyze.hdr": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n15_analyze.img": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n24_dim4_zero.nii": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n16.mgz": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "tiny.mnc": ("zyx", (10, 20, 20), (2, 2, 2), (np.float32(0.20784314), np.float32(0.7490196))),
    "x01_itk.nrrd": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "x02_itk.mha": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "v01_cine.avi": ("tyx", (4, 128, 160), None, (50, 249)),
    "t01_cmyk.tif": ("yxc", (128, 160, 3), None, (10, 245)),
    "t02_gray_alpha.tif": ("yx", (128, 160), None, (52, 245)),
    "t04_ycbcr_raw.tif": ("yxc", (128, 160, 3), None, (7, 245)),
    "t06_orientation6.tif": ("yx", (160, 128), None, (52, 245)),
    "t07_pages_differ.tif": ("zyx", (4, 128, 160), None, (52, 245)),
    "t08_thumb_first.tif": ("yx", (128, 160), None, (52, 245)),
    "t16_ij_zunit.tif": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "t41_palette_lowbyte.tif": ("yxc", (128, 160, 3), None, (52, 245)),
    "j01_exif6.jpg": ("yx", (160, 128), None, (53, 248)),
    "j02_mpo.jpg": ("yxc", (128, 160, 3), None, (0, 229)),
    "g16_misnamed_jpeg.tif": ("yx", (128, 160), None, (50, 247)),
    "gui/ij_um_5x2x2mm.tif": ("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "gui/miniswhite.tif": ("yx", (256, 256), None, (0, 245)),
    "gui/cmyk.jpg": ("yxc", (256, 256, 3), None, (0, 244)),
    "gui/la.png": ("yx", (256, 256), None, (0, 245)),
    "gui/exif6_breast.jpg": ("yx", (369, 274), None, (45, 255)),
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


@pytest.mark.parametrize("name", ["t01_cmyk.tif", "t04_ycbcr_raw.tif"])
def test_a_tiff_of_other_colors_looks_like_the_picture_that_it_was(name: str, cases: Path) -> None:
    np.testing.assert_allclose(load_scan(cases / name).pixels[60, 60], (115, 69, 23), atol=2)


REFUSED = {
    "z01_dicoms.zip": "z01_dicoms.zip is incomplete, 1 slice is missing between IM0004.dcm and IM",
    "hostile/trav.ome.tif": "refers to ../secret/s.ome.tif, which is not in its own folder",
    "hostile/missing.ome.tif": "has planes in not_there.ome.tif, which is missing",
    "hostile/sil/tiff_width_minus_10.tif": "says that it measures 369 x 264 pixels, but holds",
    "n12_complex.nii.gz": "holds complex64 values: convert them to real numbers",
    "hostile/deflated_1GB.dcm": "unfolds to far more than the 4,096 bytes of pixels",
    "hostile/nifti_extensions_8B_each.nii.gz": "more than 1,000 extensions",
    "hostile/nifti_ext16.nii.gz": "more than 1,000 extensions",
    "hostile/sil/nifti_dim0_1.nii": "101,106 bytes of voxels where its header promises 274",
    "hostile/sil/nifti_dim1_minus_10.nii": "101,106 bytes of voxels where its header promises 97,4",
    "hostile/sil/nifti_dim3_zero.nii": "promises 274 x 369 x 0 voxels",
    "hostile/sil/nifti_inter_inf.nii": "scales its values by 1 and inf",
    "hostile/sil/columns_minus_10.dcm": "101,106 bytes of pixels where its header promises 97,416",
    "hostile/sil/rows_half.dcm": "101,106 bytes of pixels where its header promises 50,416",
    "hostile/sil/intercept_nan.dcm": "scales its values by None and nan",
    "hostile/sil/slope_intercept_huge.dcm": "scales its values by 1e-40 and 1e40",
}
"""What the refusal says."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_lies_is_refused_with_what_disagrees(name: str, cases: Path) -> None:
    with pytest.raises(MulticancerError, match=re.escape(REFUSED[name])) as refused:
        load_scan(cases / name)
    assert str(refused.value).endswith(".")


def test_a_label_map_lies_on_its_series(cases: Path) -> None:
    scan = load_scan(cases / "s00_series")
    path = cases / "s02_seg_labelmap.dcm"
    assert is_mask(path)
    labels = load_mask(path, [scan.origin]).labels
    assert labels.shape == (9, 96, 96)
    assert np.bincount(labels.ravel()).tolist() == [labels.size - 1500, 1200, 300]


def test_a_batch_takes_the_scans_of_a_folder_alone(cases: Path) -> None:
    found = [Path(path).name for path in find_files([cases / "batch_masks"])]
    assert found == ["n00_ok.nii", "plain.png", "batch_masks"]
