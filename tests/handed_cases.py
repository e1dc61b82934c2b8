"""The handed cases: small files of the field that were once read wrong, and their right values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan

NAN = float("nan")


class Right(NamedTuple):
    """What a scan is to be.

    Attributes
    ----------
    axes : str
        Without color where that is gray.
    shape : tuple of int
    size : tuple of float or None
        Of a voxel in mm.
    extremes : (float, float)
        Lowest and highest value.
    mean : float or None
        Of all values, where it is known.
    aspect : float
        Times as high as wide that a pixel is.
    note : str
        A part of what is told of the file; empty where nothing need be.
    """

    axes: str
    shape: tuple[int, ...]
    size: tuple[float, ...] | None
    extremes: tuple[float, float]
    mean: float | None = None
    aspect: float = 1.0
    note: str = ""


OPENED = {
    "d01_spacing_jitter": Right("zyx", (9, 96, 96), (5, 0.48828, 0.48828), (0, 944)),
    "d04_no_position_slicelocation": Right(
        "zyx", (9, 96, 96), (5, 2, 2), (0, 944), note="in the order of SliceLocation"
    ),
    "d09_nopreamble_noext/1.2.840.1.1": Right("yx", (96, 96), (2, 2), (0, 912)),
    "d10_nopreamble_folder": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "d20_all_same_sopuid": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "d21_each_slice_own_seriesuid": Right(
        "zyx", (9, 96, 96), (5, 2, 2), (0, 944), note="called 9 series by their files"
    ),
    "m01_siemens_mosaic.dcm": Right("zyx", (48, 36, 36), (3, 1.797, 1.797), (0, 4091)),
    "p35_rle_2frame_spacing.dcm": Right("zyxc", (2, 100, 100, 3), (NAN, 1, 1), (0, 255)),
    "n01_pixdim1_sform_2_2_5.nii": Right(
        "zyx", (9, 96, 96), (5, 2, 2), (0, 944), note="two sizes of a voxel: 5 x 2 x 2 mm (sform)"
    ),
    "n03d_slope1_inter_nan.nii": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n07_5d_vector3_rgb.nii.gz": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 236)),
    "n09_gz_not_gzipped.nii.gz": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n14_pair.hdr": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n14_pair.img": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n15_analyze.hdr": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n15_analyze.img": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n24_dim4_zero.nii": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "n16.mgz": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "tiny.mnc": Right(
        "zyx", (10, 20, 20), (2, 2, 2), (np.float32(0.20784314), np.float32(0.7490196))
    ),
    "x01_itk.nrrd": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "x02_itk.mha": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "v01_cine.avi": Right("tyx", (4, 128, 160), None, (50, 249)),
    "t01_cmyk.tif": Right("yxc", (128, 160, 3), None, (10, 245)),
    "t02_gray_alpha.tif": Right("yx", (128, 160), None, (52, 245)),
    "t04_ycbcr_raw.tif": Right("yxc", (128, 160, 3), None, (7, 245)),
    "t06_orientation6.tif": Right("yx", (160, 128), None, (52, 245)),
    "t07_pages_differ.tif": Right(
        "zyx",
        (4, 128, 160),
        None,
        (52, 245),
        note="4 of 128 x 160 pixels are read, 1 of 40 x 50 pixels left aside",
    ),
    "t08_thumb_first.tif": Right("yx", (128, 160), None, (52, 245)),
    "t16_ij_zunit.tif": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "t41_palette_lowbyte.tif": Right("yx", (128, 160), None, (52, 245)),
    "j01_exif6.jpg": Right("yx", (160, 128), None, (53, 248)),
    "j02_mpo.jpg": Right("yxc", (128, 160, 3), None, (0, 229)),
    "g16_misnamed_jpeg.tif": Right("yx", (128, 160), None, (50, 247)),
    "gui/ij_um_5x2x2mm.tif": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "gui/miniswhite.tif": Right("yx", (256, 256), None, (0, 245)),
    "gui/cmyk.jpg": Right("yx", (256, 256), None, (0, 244)),
    "gui/la.png": Right("yx", (256, 256), None, (0, 245)),
    "gui/exif6_breast.jpg": Right("yx", (369, 274), None, (45, 255)),
    "d06_comma_spacing.dcm": Right("yx", (96, 96), (0.4688, 0.4688), (0, 912)),
    "d07_single_spacing_commasep.dcm": Right("yx", (96, 96), (0.4688, 0.4688), (0, 912)),
    "d13_negative_spacing_multiframe.dcm": Right("zyx", (9, 96, 96), (6, 2, 2), (0, 944)),
    "d14_us_dual_regions.dcm": Right(
        "yx", (128, 320), None, (52, 245), note="regions have different scales"
    ),
    "d15_us_dummy_pixelspacing_vs_region.dcm": Right("yx", (128, 160), (0.2, 0.2), (52, 245)),
    "d16_us_pixel_aspect_ratio.dcm": Right("yx", (64, 160), None, (56, 227), aspect=2.0),
    "d17_nominal_scanned.dcm": Right("yx", (128, 160), (0.2, 0.2), (52, 245)),
    "d19_enhanced_us_volume.dcm": Right("zyx", (6, 128, 160), (0.5, 0.2, 0.2), (52, 245)),
    "p01_palette16_lowbyte.dcm": Right("yxc", (128, 160, 3), None, (13, 245)),
    "p04_ybr422_declared_rgb_data.dcm": Right("yxc", (128, 160, 3), None, (10, 245)),
    "p09_jpeglossless_ybrfull.dcm": Right("yxc", (128, 160, 3), None, (7, 245), mean=72.93),
    "p10_htj2k_mr.dcm": Right("yx", (96, 96), (2, 2), (0, 912), mean=167.44),
    "p19_left_aligned12.dcm": Right("yx", (96, 96), None, (0, 912), mean=167.44),
    "p20_packed12.dcm": Right("yx", (96, 96), None, (0, 912), mean=167.44),
    "p30_no_pi.dcm": Right("yx", (96, 96), None, (0, 912), mean=167.44),
    "p31_no_spp.dcm": Right("yx", (96, 96), None, (0, 912), mean=167.44),
    "p34_badVR.dcm": Right("yx", (10, 10), (10, 10), (795000, 1254000)),
    "p36_GDCMJ2K_TextGBR.dcm": Right("yxc", (400, 400, 3), None, (0, 255), mean=124.44),
    "padding/ref_zero.dcm": Right("yx", (256, 256), (1, 1), (0, 980), mean=173.25),
    "padding/pad_m2000.dcm": Right("yx", (256, 256), (1, 1), (0, 980), mean=173.25),
    "padding/pad_m32768.dcm": Right("yx", (256, 256), (1, 1), (0, 980), mean=173.25),
    "s00_series": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "batch_masks": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "batch_masks/n00_ok.nii": Right("zyx", (9, 96, 96), (5, 2, 2), (0, 944)),
    "batch_masks/plain.png": Right("yx", (256, 256), None, (0, 245)),
    "gui/plain.png": Right("yx", (256, 256), None, (0, 245)),
    "gui/palette.tif": Right("yx", (256, 256), None, (2, 154)),
    "gui/breast.jpg": Right("yx", (369, 274), None, (44, 255)),
    **{
        f"d11_names/{name}": Right("yx", (96, 96), (2, 2), (0, 912))
        for name in (
            *("00000001", "1.2.840.113619.2.5.17", "I10", "IMG00001", "IM_0001"),
            *("MR000001", "i0000001", "image.001", "scan.dic", "slice.DC3"),
        )
    },
}
"""By path in the folder of cases; folders stand for their series."""

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
    "hostile/sil/intercept_nan.dcm": "scales its values by 1 and nan",
    "hostile/sil/slope_intercept_huge.dcm": "scales its values by 1e-40 and 1e40",
}
"""What the refusal says."""

MASKS = {
    "s02_seg_labelmap.dcm": ("s00_series", [81444, 1200, 300]),
    "batch_masks/ser_mask.dcm": ("batch_masks", [80769, 2175]),
    "batch_masks/n00_ok_mask.nii.gz": ("batch_masks/n00_ok.nii", [80769, 2175]),
    "batch_masks/plain_mask.tif": ("batch_masks/plain.png", [65172, 364]),
}
"""Masks with the scan that they lie on, and how many voxels each label has, from 0 on."""


def check_right(scan: Scan, name: str) -> None:
    """Compare a scan with what it is to be.

    Parameters
    ----------
    scan : Scan
        Read by whichever way, with all its axes.
    name : str
        In `OPENED`.
    """
    right = OPENED[name]
    axes, pixels = _as_gray(scan.axes, np.asarray(scan.pixels))
    size = None if right.size is None else pytest.approx(right.size, rel=1e-3, nan_ok=True)
    found = (axes, pixels.shape, scan.voxel_size, (pixels.min(), pixels.max()))
    assert found == (right.axes, right.shape, size, right.extremes), f"{name}: {found}"
    assert scan.pixel_aspect == pytest.approx(right.aspect), name
    if right.mean is not None:
        assert pixels.mean() == pytest.approx(right.mean, abs=0.01), name
    assert any(right.note in note for note in scan.notes or [""]), (name, scan.notes)


def _as_gray(axes: str, pixels: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """Take colors whose channels are equal for the gray that they are."""
    is_gray = axes.endswith("c") and np.ptp(pixels, axis=-1).max() == 0
    return (axes[:-1], pixels[..., 0]) if is_gray else (axes, pixels)
