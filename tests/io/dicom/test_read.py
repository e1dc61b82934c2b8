from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.config import disable_value_validation
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedUSVolumeStorage,
    ExplicitVRLittleEndian,
    JPEGLosslessSV1,
    generate_uid,
)

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.believed_size import NO_PLANE_DISTANCE
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.seg_read import is_dicom_seg
from napari_multicancer.io.folders import list_series
from tests.io.dicom.slices import save, series, slice_dataset

PLANE = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50)


def _pydicom_file(name: str) -> Path:
    return Path(get_testdata_file(name, download=False))


def _dataset(pixels: np.ndarray, **elements: object) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.MRImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset("scan.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.PatientName = "Doe^Jane"
    dataset.SeriesDescription = "JANE DOE HEAD"
    dataset.Modality = "MR"
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.SamplesPerPixel = 1
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 0
    if pixels.ndim == 3:
        dataset.NumberOfFrames = len(pixels)
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.PixelData = pixels.tobytes()
    return dataset


def _load(dataset: Dataset, folder: Path) -> Scan:
    dataset.save_as(folder / "scan.dcm", enforce_file_format=True)
    return load_scan(folder / "scan.dcm")


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


@pytest.mark.parametrize(
    "name",
    ["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm"],
)
def test_every_way_of_storing_gives_the_same_pixels(name: str) -> None:
    plain = load_scan(_pydicom_file("MR_small.dcm"))
    scan = load_scan(_pydicom_file(name))
    assert scan.axes == "yx"
    assert scan.voxel_size == (0.3125, 0.3125)
    assert scan.pixels.dtype == np.int16
    assert scan.pixels.dtype.isnative
    np.testing.assert_array_equal(scan.pixels, plain.pixels)


@pytest.mark.parametrize(
    ("compressed", "plain"),
    [
        ("SC_rgb_jpeg_gdcm.dcm", "SC_rgb_rle.dcm"),
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"),
    ],
    ids=["JPEG Lossless", "JPEG-LS Lossless"],
)
def test_what_archives_compress_without_loss_opens(compressed: str, plain: str) -> None:
    scan, expected = (load_scan(_pydicom_file(name)) for name in (compressed, plain))
    np.testing.assert_array_equal(scan.pixels, expected.pixels)


def test_rescaling_gives_the_values_that_are_meant() -> None:
    path = _pydicom_file("CT_small.dcm")
    scan = load_scan(path)
    stored = pydicom.dcmread(path).pixel_array
    assert scan.pixels.dtype == np.float32
    np.testing.assert_array_equal(scan.pixels, stored - 1024.0)


def test_each_frame_has_its_own_scaling(tmp_path: Path) -> None:
    rules = [
        _item(
            PixelValueTransformationSequence=Sequence(
                [_item(RescaleSlope=slope, RescaleIntercept=1, RescaleType="US")]
            )
        )
        for slope in (1, 2, 3)
    ]
    dataset = _dataset(np.stack([PLANE] * 3), PerFrameFunctionalGroupsSequence=Sequence(rules))
    scan = _load(dataset, tmp_path)
    np.testing.assert_array_equal(scan.pixels, [PLANE + 1.0, PLANE * 2.0 + 1, PLANE * 3.0 + 1])


def test_monochrome1_is_inverted(tmp_path: Path) -> None:
    scan = _load(_dataset(PLANE, PhotometricInterpretation="MONOCHROME1"), tmp_path)
    np.testing.assert_array_equal(scan.pixels, PLANE.max() - PLANE)


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_rgb_color.dcm"])
def test_colours_become_rgb(name: str) -> None:
    scan = load_scan(_pydicom_file(name))
    assert scan.axes == "yxc"
    assert scan.pixels.dtype == np.uint8
    assert scan.pixels.shape[-1] == 3


def test_ybr_becomes_rgb() -> None:
    scan = load_scan(_pydicom_file("SC_rgb_dcmtk_+eb+cy+np.dcm"))
    np.testing.assert_allclose(scan.pixels[5, 50], (254, 0, 0), atol=4)


def test_uncompressed_subsampled_ybr_becomes_rgb() -> None:
    scan = load_scan(_pydicom_file("SC_ybr_full_422_uncompressed.dcm"))
    np.testing.assert_allclose(scan.pixels[5, 50], (254, 0, 0), atol=4)


def test_colours_stored_plane_by_plane_are_put_together(tmp_path: Path) -> None:
    red_green_blue = np.stack([PLANE % 256, PLANE % 7, PLANE % 3]).astype(np.uint8)
    dataset = _dataset(
        red_green_blue[0],
        PhotometricInterpretation="RGB",
        SamplesPerPixel=3,
        PlanarConfiguration=1,
    )
    dataset.PixelData = red_green_blue.tobytes()
    scan = _load(dataset, tmp_path)
    assert scan.axes == "yxc"
    np.testing.assert_array_equal(scan.pixels, np.moveaxis(red_green_blue, 0, -1))


def test_a_cine_in_colour_is_a_stack() -> None:
    scan = load_scan(_pydicom_file("examples_ybr_color.dcm"))
    assert (scan.axes, scan.n_planes) == ("tyxc", 30)
    assert scan.contrast_limits is None
    scan.check()


@pytest.mark.parametrize(
    ("elements", "limits"),
    [
        ({}, None),
        ({"WindowCenter": 100.5, "WindowWidth": 41}, (80, 120)),
        ({"WindowCenter": [100.5, 7], "WindowWidth": [41, 9]}, (80, 120)),
        (
            {"WindowCenter": 100, "WindowWidth": 40, "VOILUTFunction": "LINEAR_EXACT"},
            (80, 120),
        ),
        ({"WindowCenter": 100, "WindowWidth": 1}, None),
        ({"WindowCenter": 100}, None),
        (
            {
                "WindowCenter": 100.5,
                "WindowWidth": 41,
                "PhotometricInterpretation": "MONOCHROME1",
            },
            (1879, 1919),
        ),
    ],
)
def test_the_window_becomes_contrast_limits(
    elements: dict, limits: tuple[float, float] | None, tmp_path: Path
) -> None:
    assert _load(_dataset(PLANE, **elements), tmp_path).contrast_limits == limits


def test_the_name_holds_nothing_of_the_patient(tmp_path: Path) -> None:
    assert _load(_dataset(PLANE), tmp_path).name == "scan"


def test_no_warning_quotes_the_header(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        dataset = _dataset(PLANE)
        dataset.add_new("PatientName", "PN", "Doe^Jane^" + 70 * "x")
        dataset.add_new("StudyInstanceUID", "UI", "JANE DOE")
        dataset.save_as(tmp_path / "scan.dcm", enforce_file_format=True)
        given.clear()
        load_scan(tmp_path / "scan.dcm")
        load_scan(tmp_path)
    assert not [str(warning.message) for warning in given]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, None),
        ({"PixelSpacing": [0.5, 0.25]}, (np.nan, 0.5, 0.25)),
        ({"PixelSpacing": [0.5, 0.25], "SpacingBetweenSlices": 3}, (3, 0.5, 0.25)),
        ({"PixelSpacing": [0.5, 0.25], "SliceThickness": 2}, (2, 0.5, 0.25)),
        (
            {"PixelSpacing": [0.5, 0.25], "SliceThickness": 2, "SpacingBetweenSlices": 3},
            (3, 0.5, 0.25),
        ),
        ({"PixelSpacing": [0, 0.25], "SliceThickness": 2}, None),
        (
            {
                "PixelSpacing": [0.5, 0.25],
                "GridFrameOffsetVector": [0, -4, -8],
                "SliceThickness": 2,
            },
            (4, 0.5, 0.25),
        ),
        ({"PixelSpacing": [0.5, 0.25], "GridFrameOffsetVector": [0, 4, 9]}, (np.nan, 0.5, 0.25)),
        (
            {
                "PixelSpacing": [0.5, 0.25],
                "GridFrameOffsetVector": [0, 4, 9],
                "SliceThickness": 4,
            },
            (np.nan, 0.5, 0.25),
        ),
        ({"PixelSpacing": [0.5, 0.25], "FrameTime": 40}, (1, 0.5, 0.25)),
    ],
)
def test_the_voxel_size_of_frames(
    elements: dict, expected: tuple[float, ...] | None, tmp_path: Path
) -> None:
    scan = _load(_dataset(np.stack([PLANE] * 3), **elements), tmp_path)
    assert scan.axes == ("tyx" if "FrameTime" in elements else "zyx")
    assert scan.voxel_size == (None if expected is None else pytest.approx(expected, nan_ok=True))


@pytest.mark.parametrize("told", [1e-9, 1e6, "nan", "inf"])
@pytest.mark.parametrize("keyword", ["SpacingBetweenSlices", "SliceThickness"])
def test_an_impossible_distance_of_planes_is_none_and_told(
    keyword: str, told: float | str, tmp_path: Path
) -> None:
    with disable_value_validation():
        dataset = _dataset(np.stack([PLANE] * 3), PixelSpacing=[0.5, 0.25], **{keyword: told})
    scan = _load(dataset, tmp_path)
    assert scan.voxel_size == pytest.approx((np.nan, 0.5, 0.25), nan_ok=True)
    assert scan.notes == (NO_PLANE_DISTANCE,)


@pytest.mark.parametrize("told", [[1e-9, 1e-9], [1e6, 1e6], ["nan", "nan"], [-1, -1]])
def test_another_size_counts_where_the_first_is_impossible(
    told: list[float | str], tmp_path: Path
) -> None:
    with disable_value_validation():
        dataset = _dataset(PLANE, PixelSpacing=told)
        assert "PixelSpacing is no height" in _load(dataset, tmp_path).notes[0]
        dataset.ImagerPixelSpacing = [0.5, 0.25]
    assert _load(dataset, tmp_path).voxel_size == (0.5, 0.25)


def test_the_voxel_size_of_an_enhanced_file(tmp_path: Path) -> None:
    shared = _item(PixelMeasuresSequence=Sequence([_item(PixelSpacing=[0.5, 0.25])]))
    frames = [
        _item(PlanePositionSequence=Sequence([_item(ImagePositionPatient=[0, 3 * n, 4 * n])]))
        for n in range(3)
    ]
    dataset = _dataset(
        np.stack([PLANE] * 3),
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
    )
    assert _load(dataset, tmp_path).voxel_size == (5, 0.5, 0.25)


def test_what_all_frames_share_needs_no_frame_of_its_own(tmp_path: Path) -> None:
    measures = _item(PixelSpacing=[0.5, 0.25], SpacingBetweenSlices=3)
    dataset = _dataset(
        np.stack([PLANE] * 3),
        SharedFunctionalGroupsSequence=[_item(PixelMeasuresSequence=[measures])],
    )
    assert _load(dataset, tmp_path).voxel_size == (3, 0.5, 0.25)


@pytest.mark.parametrize(
    "text",
    ["0.5", "0.5\\", "0.5 0.5", "0.5mm\\0.5mm", "-0.5\\-0.5", "0\\0", "1\\1\\1", "1e9\\1e9"],
)
def test_a_spacing_that_makes_no_sense_is_told(text: str, tmp_path: Path) -> None:
    written = text.ljust(14)
    path = save(slice_dataset(7, 0, PixelSpacing="77777777777777"), tmp_path / "scan.dcm")
    path.write_bytes(path.read_bytes().replace(b"77777777777777", written.encode()))
    scan = load_scan(path)
    assert scan.voxel_size is None
    assert scan.notes[0].startswith("The header's PixelSpacing is no height and width of a pixel")
    assert text not in scan.notes[0]


def test_a_spacing_that_makes_no_sense_is_no_matter_beside_one_that_does(tmp_path: Path) -> None:
    dataset = _dataset(PLANE, PixelSpacing=[0, 0], ImagerPixelSpacing=[0.2, 0.2])
    scan = _load(dataset, tmp_path)
    assert (scan.voxel_size, scan.notes) == ((0.2, 0.2), ())


def test_a_series_whose_spacing_makes_no_sense_tells_it_once(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 2.0}, PixelSpacing=[0, 0])
    scan = load_scan(tmp_path)
    assert scan.voxel_size is None
    assert [note for note in scan.notes if "PixelSpacing" in note] == list(scan.notes)


@pytest.mark.parametrize(
    ("elements", "axes"),
    [
        ({}, "tyx"),
        ({"SpacingBetweenSlices": 3}, "zyx"),
        ({"GridFrameOffsetVector": [0, 3, 6]}, "zyx"),
        ({"SpacingBetweenSlices": 3, "FrameTime": 40}, "tyx"),
        ({"SpacingBetweenSlices": 3, "CineRate": 25}, "tyx"),
        ({"SpacingBetweenSlices": 0}, "tyx"),
    ],
)
def test_frames_of_ultrasound_that_lie_apart_and_tell_no_time_are_a_volume(
    elements: dict, axes: str, tmp_path: Path
) -> None:
    frames = np.stack([PLANE, PLANE + 1, PLANE + 2])
    dataset = _dataset(frames, Modality="US", PixelSpacing=[0.5, 0.25], **elements)
    scan = _load(dataset, tmp_path)
    depth = 3 if axes == "zyx" else 1
    assert (scan.axes, scan.voxel_size) == (axes, (depth, 0.5, 0.25))


def _frame(z: float, **elements: object) -> Dataset:
    return _item(
        PlanePositionSequence=Sequence([_item(ImagePositionPatient=[0, 0, z])]),
        PlaneOrientationSequence=Sequence([_item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])]),
        **elements,
    )


def _enhanced(*places: float, **elements: object) -> Dataset:
    """An enhanced MR file with a frame a place, each full of its number."""
    measures = _item(PixelSpacing=[0.5, 0.25], SpacingBetweenSlices=99)
    window = _item(WindowCenter=100.5, WindowWidth=41)
    return _dataset(
        np.stack([np.full((40, 50), number, np.uint16) for number in range(len(places))]),
        SharedFunctionalGroupsSequence=Sequence(
            [
                _item(
                    PixelMeasuresSequence=Sequence([measures]),
                    FrameVOILUTSequence=Sequence([window]),
                )
            ]
        ),
        PerFrameFunctionalGroupsSequence=Sequence([_frame(z) for z in places]),
        **elements,
    )


def test_frames_are_ordered_by_where_they_lie(tmp_path: Path) -> None:
    scan = _load(_enhanced(8, 0, 4), tmp_path)
    assert scan.axes == "zyx"
    assert scan.pixels[:, 0, 0].tolist() == [1, 2, 0]
    assert scan.voxel_size == (4, 0.5, 0.25), "of their places, not SpacingBetweenSlices"
    assert scan.contrast_limits == (80, 120)
    assert scan.origin.frame_numbers == (2, 3, 1)
    assert scan.place.frame is Frame.PATIENT
    assert (scan.place.affine @ (2, 0, 0, 1))[2] == 8


def test_frames_at_the_same_places_are_volumes(tmp_path: Path) -> None:
    scan = _load(_enhanced(4, 4, 4, 0, 0, 0), tmp_path)
    assert scan.axes == "tzyx"
    assert scan.pixels[:, :, 0, 0].tolist() == [[3, 0], [4, 1], [5, 2]]
    assert scan.voxel_size == (1, 4, 0.5, 0.25)
    with pytest.raises(UnsupportedScanError, match="holds 3 volumes"):
        scan.check()
    assert scan.volume(2).pixels[:, 0, 0].tolist() == [5, 2]


def test_a_missing_frame_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedScanError, match="1 slice is missing between frame 2 and frame"):
        _load(_enhanced(0, 1, 3, 4, 5), tmp_path)


def _region(**changes: object) -> Dataset:
    usual: dict[str, object] = {
        "RegionSpatialFormat": 1,
        "RegionLocationMinX0": 0,
        "RegionLocationMinY0": 0,
        "RegionLocationMaxX1": 49,
        "RegionLocationMaxY1": 39,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.01,
        "PhysicalDeltaY": -0.02,
    }
    return _item(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0.2, 0.1)),
        ({"PhysicalUnitsXDirection": 4}, None),
        ({"RegionSpatialFormat": 3}, None),
        ({"RegionLocationMaxX1": 600}, (0.2, 0.1)),
        ({"RegionLocationMaxX1": 600, "RegionLocationMaxY1": 400}, None),
        ({"PhysicalDeltaX": 0.0}, None),
        ({"PhysicalDeltaX": 1.0, "PhysicalDeltaY": 1.0}, None),
        ({"RegionLocationMaxX1": None}, (0.2, 0.1)),
    ],
)
def test_ultrasound_takes_its_size_from_the_region(
    changes: dict, expected: tuple[float, float] | None, tmp_path: Path
) -> None:
    small = _region(RegionLocationMaxX1=5, RegionLocationMaxY1=5, RegionSpatialFormat=3)
    regions = Sequence([small, _region(**changes)])
    scan = _load(_dataset(PLANE, Modality="US", SequenceOfUltrasoundRegions=regions), tmp_path)
    assert scan.voxel_size == expected


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        ([{}], ""),
        ([{"RegionLocationMaxX1": 24}, {"RegionLocationMinX0": 25}], ""),
        (
            [{"RegionLocationMaxX1": 24}, {"RegionLocationMinX0": 25, "PhysicalDeltaX": 0.03}],
            "diff",
        ),
        ([{"RegionLocationMaxX1": 600, "RegionLocationMaxY1": 400}], "reaches out of the picture"),
        (
            [{"PhysicalDeltaX": 1.0, "PhysicalDeltaY": 1.0}],
            "5 mm a pixel or more: none is believed",
        ),
        ([{"PhysicalDeltaX": float("nan")}], "is no number"),
        ([{"PhysicalDeltaX": float("inf"), "PhysicalDeltaY": float("inf")}], "is no number"),
        ([{"PhysicalDeltaY": float("nan")}, {}], ""),
        ([{"PhysicalDeltaX": 1e-9, "PhysicalDeltaY": 1e-9}], "less than 0.0001 mm a pixel"),
        ([{"PhysicalDeltaX": 1e-9}, {}], ""),
    ],
)
def test_why_the_scale_of_regions_does_not_count_is_said(
    regions: list[dict], said: str, tmp_path: Path
) -> None:
    found = Sequence([_region(**changes) for changes in regions])
    scan = _load(_dataset(PLANE, Modality="US", SequenceOfUltrasoundRegions=found), tmp_path)
    assert (scan.voxel_size is None) == bool(said) == bool(scan.notes)
    assert said in "".join(scan.notes)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"PixelSpacing": [0.02, 0.01]}, "0.02 x 0.01 mm (height x width) by PixelSpacing"),
        ({"PixelSpacing": [0.35, 0.35]}, "0.35 mm by PixelSpacing"),
        ({"PixelSpacing": [0.2, 0.103]}, "by PixelSpacing"),
        ({"ImagerPixelSpacing": [0.4, 0.2]}, "by ImagerPixelSpacing"),
        ({"PixelSpacing": [0.2, 0.1]}, ""),
        ({"PixelSpacing": [0.201, 0.1]}, ""),
        ({"PixelSpacing": [1, 1]}, ""),
        ({"PixelSpacing": [10, 10]}, ""),
        ({"PixelSpacing": [0, 0]}, ""),
    ],
)
def test_another_size_beside_that_of_the_region_is_told(
    said: dict, told: str, tmp_path: Path
) -> None:
    regions = Sequence([_region()])
    dataset = _dataset(PLANE, Modality="US", SequenceOfUltrasoundRegions=regions, **said)
    scan = _load(dataset, tmp_path)
    assert scan.voxel_size == (0.2, 0.1)
    assert len(scan.notes) == bool(told)
    assert told in "".join(scan.notes)


def test_another_size_beside_that_of_the_region_is_told_once_of_a_series(tmp_path: Path) -> None:
    regions = Sequence([_region(RegionLocationMaxX1=29, RegionLocationMaxY1=19)])
    places = {"a": 0.0, "b": 3.0, "c": 6.0}
    scan = load_scan(series(tmp_path / "s", places, SequenceOfUltrasoundRegions=regions))
    assert scan.voxel_size == (3, 0.2, 0.1)
    assert ["by PixelSpacing" in note for note in scan.notes] == [True]


def test_an_ultrasound_volume_takes_the_distance_of_planes_from_their_places(
    tmp_path: Path,
) -> None:
    places = [_item(ImagePositionVolume=[0, 0, 0.5 * n]) for n in range(3)]
    frames = [_item(PlanePositionVolumeSequence=Sequence([place])) for place in places]
    measures = _item(PixelSpacing=[0.2, 0.3], SliceThickness=2.0)
    dataset = _dataset(
        np.stack([PLANE] * 3),
        Modality="US",
        SOPClassUID=EnhancedUSVolumeStorage,
        NumberOfFrames=3,
        SharedFunctionalGroupsSequence=Sequence(
            [_item(PixelMeasuresSequence=Sequence([measures]))]
        ),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
    )
    scan = _load(dataset, tmp_path)
    assert (scan.axes, scan.voxel_size) == ("zyx", (0.5, 0.2, 0.3))


def test_a_file_without_preamble_and_meta_header_opens(tmp_path: Path) -> None:
    dataset = _dataset(PLANE)
    bare = Dataset({element.tag: element for element in dataset})
    bare.save_as(tmp_path / "bare.dcm", implicit_vr=True, little_endian=True)
    np.testing.assert_array_equal(load_scan(tmp_path / "bare.dcm").pixels, PLANE)


@pytest.mark.parametrize("name", ["reportsi.dcm", "rtplan.dcm", "waveform_ecg.dcm"])
def test_a_file_without_a_picture_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFileError, match=f"{name} holds no picture: choose"):
        load_scan(_pydicom_file(name))


def test_twelve_bit_jpeg_opens() -> None:
    scan = load_scan(_pydicom_file("JPEG-lossy.dcm"))
    assert (scan.pixels.shape, scan.pixels.dtype) == ((1024, 256), np.uint16)
    plain = load_scan(_pydicom_file("JPEG2000.dcm"))
    assert np.corrcoef(scan.pixels.ravel(), plain.pixels.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("bits", [12, 16])
def test_lossless_jpeg_keeps_bits_and_signs(bits: int, is_signed: bool, tmp_path: Path) -> None:
    values = np.linspace(0, 2**bits - 1, PLANE.size).astype(np.uint16).reshape(PLANE.shape)
    stream = imagecodecs.jpeg8_encode(values, lossless=True, bitspersample=bits)
    dataset = _dataset(PLANE, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(is_signed))
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    expected = values.astype(np.int32)
    if is_signed:
        expected[values >= 2 ** (bits - 1)] -= 2**bits
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, expected)


def test_a_compression_that_cannot_be_undone_is_named() -> None:
    name = "JPEG2000-embedded-sequence-delimiter.dcm"
    with pytest.raises(UnreadableFileError, match=r"JPEG 2000.*: export it again"):
        load_scan(_pydicom_file(name))


@pytest.mark.parametrize(
    ("elements", "aspect", "size"),
    [
        ({"PixelAspectRatio": [2, 1]}, 2.0, None),
        ({"PixelAspectRatio": [3, 4], "NumberOfFrames": 1}, 0.75, None),
        ({"PixelAspectRatio": [2, 1], "PixelSpacing": [0.5, 0.5]}, 1.0, (0.5, 0.5)),
        ({"PixelAspectRatio": [0, 1]}, 1.0, None),
        ({"PixelAspectRatio": [1, 900]}, 1.0, None),
        ({}, 1.0, None),
    ],
)
def test_proportions_of_pixels_are_kept_where_their_size_is_not_known(
    elements: dict, aspect: float, size: tuple[float, float] | None, tmp_path: Path
) -> None:
    scan = _load(_dataset(PLANE, **elements), tmp_path)
    assert scan.pixel_aspect == aspect
    assert scan.voxel_size == size


@pytest.mark.parametrize(
    ("said", "is_told"), [([0, 1], True), ([300, 1], True), ([1, 1], False), ([200, 199], False)]
)
def test_proportions_that_make_no_sense_are_told(
    said: list[int], is_told: bool, tmp_path: Path
) -> None:
    scan = _load(_dataset(PLANE, PixelAspectRatio=said), tmp_path)
    assert scan.pixel_aspect == 1
    assert ["PixelAspectRatio makes no sense" in note for note in scan.notes] == [True] * is_told


def test_proportions_that_make_no_sense_are_no_matter_beside_a_size(tmp_path: Path) -> None:
    scan = _load(_dataset(PLANE, PixelAspectRatio=[0, 1], PixelSpacing=[0.5, 0.25]), tmp_path)
    assert not scan.notes


def test_a_series_whose_proportions_make_no_sense_tells_it_once(tmp_path: Path) -> None:
    odd = {"PixelSpacing": None, "PixelAspectRatio": [0, 1]}
    scan = load_scan(series(tmp_path / "s", {"a": 0.0, "b": 3.0, "c": 6.0}, **odd))
    assert len([note for note in scan.notes if "PixelAspectRatio" in note]) == 1


WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"


@pytest.mark.parametrize("whole", [(80, 100), (40, 200), (160, 50)])
def test_tiles_of_a_larger_picture_are_no_volume(whole: tuple[int, int], tmp_path: Path) -> None:
    rows, columns = whole
    dataset = _dataset(
        np.stack([PLANE] * 4),
        SOPClassUID=WHOLE_SLIDE,
        Modality="SM",
        TotalPixelMatrixRows=rows,
        TotalPixelMatrixColumns=columns,
    )
    with pytest.raises(UnsupportedScanError, match="tiles of 40 x 50 pixels of a larger picture"):
        _load(dataset, tmp_path)


def test_a_slide_in_one_tile_is_a_picture(tmp_path: Path) -> None:
    dataset = _dataset(
        PLANE,
        SOPClassUID=WHOLE_SLIDE,
        Modality="SM",
        TotalPixelMatrixRows=40,
        TotalPixelMatrixColumns=50,
    )
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, PLANE)


def _deflated(path: Path, dataset: FileDataset, beside: bytes = b"") -> Path:
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    if beside:
        dataset.PixelData = dataset.PixelData + beside
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_a_deflated_file_opens(tmp_path: Path) -> None:
    scan = load_scan(_deflated(tmp_path / "scan.dcm", _dataset(PLANE)))
    np.testing.assert_array_equal(scan.pixels, PLANE)


def test_a_large_deflated_file_opens(tmp_path: Path) -> None:
    frames = np.zeros((5000, *PLANE.shape), np.uint16)
    frames[-1] = PLANE
    path = _deflated(tmp_path / "scan.dcm", _dataset(frames, PixelSpacing=[1, 1]))
    np.testing.assert_array_equal(load_scan(path).pixels[-1], PLANE)


@pytest.mark.slow
def test_a_deflated_file_is_inflated_no_further_than_it_promises(tmp_path: Path) -> None:
    path = _deflated(tmp_path / "scan.dcm", _dataset(PLANE), bytes(200 * 2**20))
    tracemalloc.start()
    try:
        promised = f"{PLANE.nbytes:,} bytes of pixels that its header promises"
        with pytest.raises(UnreadableFileError, match=f"unfolds to far more than the {promised}"):
            load_scan(path)
        assert not is_dicom_seg(path)
        assert [one.path for one in list_series(tmp_path)] == [path]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 60 * 2**20


@pytest.mark.parametrize(
    ("rows", "columns"), [(40, -50), (-40, -50), (0, 50), ([40, 40], 50)], ids=str
)
def test_sides_that_are_no_numbers_of_pixels_are_refused(rows, columns, tmp_path: Path) -> None:
    dataset = _dataset(PLANE)
    dataset["Rows"] = DataElement("Rows", "SS", rows)
    dataset["Columns"] = DataElement("Columns", "SS", columns)
    with pytest.raises(UnreadableFileError, match=r"rows and .* columns, which makes no sense: e"):
        _load(dataset, tmp_path)


def test_a_negative_number_of_frames_is_one_frame(tmp_path: Path) -> None:
    scan = _load(_dataset(PLANE, NumberOfFrames=-3), tmp_path)
    np.testing.assert_array_equal(scan.pixels, PLANE)


def _frames_at(
    heights: list[float], sequence: str, keyword: str, **elements: object
) -> FileDataset:
    """Make a volume whose frames say where they lie, and not how they are turned."""
    frames = []
    for height in heights:
        place, frame = Dataset(), Dataset()
        setattr(place, keyword, [1, 2, height])
        setattr(frame, sequence, [place])
        frames.append(frame)
    pixels = np.arange(len(heights), dtype=np.uint16)[:, None, None] * np.ones((20, 30), np.uint16)
    without = dict.fromkeys(("ImageOrientationPatient", "ImagePositionPatient"))
    told = {"NumberOfFrames": len(heights), "PerFrameFunctionalGroupsSequence": frames}
    return slice_dataset(0, 0, **without, **told, PixelData=pixels.tobytes(), **elements)


PLACES = {
    "in the patient": ("PlanePositionSequence", "ImagePositionPatient", {}),
    "in an ultrasound volume": (
        "PlanePositionVolumeSequence",
        "ImagePositionVolume",
        {"SOPClassUID": EnhancedUSVolumeStorage, "Modality": "US"},
    ),
}


@pytest.mark.parametrize("kind", PLACES)
def test_frames_of_places_without_a_direction_lie_as_these_places_do(
    kind: str, tmp_path: Path
) -> None:
    sequence, keyword, told = PLACES[kind]
    path = tmp_path / "a.dcm"
    save(_frames_at([3.0, 9, 0, 6], sequence, keyword, **told), path)
    scan = load_scan(path)
    assert (scan.axes, scan.pixels[:, 0, 0].tolist()) == ("zyx", [2, 0, 3, 1])
    assert scan.voxel_size == pytest.approx((3, 0.5, 0.25))
    is_told = any("how they are turned in the patient" in note for note in scan.notes)
    assert is_told == (kind == "in the patient")
    save(_frames_at([0, 3, 6, 12.0], sequence, keyword, **told), path)
    with pytest.raises(
        UnsupportedScanError, match="1 slice is missing between frame 3 and frame 4"
    ):
        load_scan(path)


@pytest.mark.parametrize(
    ("told", "which"),
    [
        ({"InConcatenationNumber": 1, "InConcatenationTotalNumber": 2}, ", part 1 of 2: each is"),
        ({"InConcatenationNumber": 3}, ", part 3: each is read by itself"),
        ({}, "of one scan: each is read by itself"),
    ],
)
def test_a_part_of_a_concatenation_says_which_it_is(
    told: dict[str, int], which: str, tmp_path: Path
) -> None:
    (note,) = _load(_enhanced(0, 5, 10, ConcatenationUID="1.2.3", **told), tmp_path).notes
    assert which in note
    assert _load(_enhanced(0, 5, 10), tmp_path).notes == ()
