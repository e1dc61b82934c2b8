from __future__ import annotations

import errno
import warnings
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    UltrasoundImageStorage,
    generate_uid,
)

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.pixel_size import with_pixel_size
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.origin import DicomOrigin
from napari_multicancer.io.dicom.seg_read import read_dicom_seg
from napari_multicancer.io.dicom.seg_write import write_dicom_seg
from napari_multicancer.io.load import load_mask
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance

RESEARCH_USE = "For research use only, not for diagnosis."
RECORD = {
    "organ": {"label": "brain", "probabilities": {"brain": 1.0}},
    "models": ["recognizer 1", "brain 2"],
    "edited_by_hand": False,
    "source": "doe_jane.dcm",
}
UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def _picture(pixels: np.ndarray, **elements: object) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("picture.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, generate_uid()
    dataset.PatientName, dataset.PatientID = "Doe", "Q4711Z"
    dataset.PatientAge, dataset.PatientAddress = "044Y", "Lane 1"
    dataset.InstitutionName, dataset.OperatorsName = "Saint Elsewhere", "Roe"
    dataset.SeriesDescription = "DOE HEAD"
    dataset.Modality, dataset.SeriesNumber = "MR", 301
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.PixelData = pixels.astype(np.uint16).tobytes()
    return dataset


def _write_series(
    folder: Path,
    pixels: np.ndarray,
    spacing: tuple[float, float, float] = (5.0, 0.5, 0.25),
    orientation: tuple[float, ...] = UPRIGHT,
) -> Scan:
    """Write slices under names that say nothing of their order, and open them."""
    folder.mkdir(exist_ok=True)
    shared = {
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "ImageOrientationPatient": list(orientation),
        "PixelSpacing": list(spacing[1:]),
        "SliceThickness": spacing[0],
    }
    normal = np.cross(orientation[:3], orientation[3:])
    names = np.random.default_rng(0).permutation(len(pixels))
    for number, (name, plane) in enumerate(zip(names, pixels, strict=True)):
        position = [float(f"{value:.8g}") for value in (-7, 11, 13) + normal * number * spacing[0]]
        dataset = _picture(plane, ImagePositionPatient=position, InstanceNumber=number, **shared)
        dataset.save_as(folder / f"{name}.dcm", enforce_file_format=True)
    return load_scan(folder if len(pixels) > 1 else folder / "0.dcm")


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _write_enhanced(path: Path, pixels: np.ndarray, heights: list[float]) -> Scan:
    """Write one file of many frames, which lie at the given heights, and open it."""
    shared = _item(
        PixelMeasuresSequence=[_item(PixelSpacing=[0.5, 0.25], SliceThickness=2)],
        PlaneOrientationSequence=[_item(ImageOrientationPatient=list(UPRIGHT))],
    )
    frames = [
        _item(PlanePositionSequence=[_item(ImagePositionPatient=[0, 0, height])])
        for height in heights
    ]
    dataset = _picture(
        pixels,
        SOPClassUID=EnhancedMRImageStorage,
        NumberOfFrames=len(pixels),
        StudyInstanceUID=generate_uid(),
        SeriesInstanceUID=generate_uid(),
        FrameOfReferenceUID=generate_uid(),
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    dataset.save_as(path, enforce_file_format=True)
    return load_scan(path)


def _origin(scan: Scan) -> DicomOrigin:
    return scan.origin


def _read_back(path: Path, scan: Scan) -> np.ndarray:
    """Read labels as another program would: found by the pictures that they refer to."""
    segmentation = highdicom.seg.segread(path)
    files = _origin(scan).files
    uids = [pydicom.dcmread(file, stop_before_pixels=True).SOPInstanceUID for file in files]
    options = {"combine_segments": True, "ignore_spatial_locations": True}
    numbers = segmentation.get_pixels_by_source_instance(
        uids, assert_missing_frames_are_empty=True, **options
    )
    values = [0] + [
        int(item.SegmentLabel.removeprefix("Lesion ")) for item in segmentation.SegmentSequence
    ]
    return np.array(values)[numbers]


# Frames of fewer than 8 pixels, which no scan has, are packed wrongly by highdicom 0.28.
@pytest.mark.slow
@settings(max_examples=15)
@given(
    labels=hnp.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        hnp.array_shapes(min_dims=3, max_dims=3, min_side=3, max_side=6),
        elements=st.sampled_from([0, 0, 1, 2, 7, 200]),
    ),
    spacing=st.tuples(*[st.sampled_from([0.25, 0.7, 1.0, 3.3])] * 3),
    orientation=st.sampled_from([UPRIGHT, SAGITTAL, (0.8, 0.6, 0.0, -0.6, 0.8, 0.0)]),
)
def test_a_series_gets_its_labels_back_where_they_lay(
    labels: np.ndarray,
    spacing: tuple[float, float, float],
    orientation: tuple[float, ...],
    tmp_path_factory,
) -> None:
    folder = tmp_path_factory.mktemp("seg")
    scan = _write_series(folder / "series", labels + np.uint16(9), spacing, orientation)
    seen = (scan.pixels - 9).astype(labels.dtype)
    assert np.sort(seen, axis=None).tolist() == np.sort(labels, axis=None).tolist()
    path = write_dicom_seg(folder / "mask.dcm", seen, Ground.of(scan), provenance=RECORD)
    np.testing.assert_array_equal(_read_back(path, scan), labels)
    np.testing.assert_array_equal(read_dicom_seg(path, [_origin(scan)]).labels, seen)
    segmentation = highdicom.seg.segread(path)
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    np.testing.assert_allclose(shared.PixelMeasuresSequence[0].PixelSpacing, spacing[1:])
    np.testing.assert_allclose(
        shared.PlaneOrientationSequence[0].ImageOrientationPatient, orientation
    )
    normal = np.cross(orientation[:3], orientation[3:])
    filled = [number for number, plane in enumerate(labels) if plane.any()] or range(len(labels))
    expected = {tuple(np.round((-7, 11, 13) + normal * n * spacing[0], 5) + 0.0) for n in filled}
    found = {
        tuple(np.round(frame.PlanePositionSequence[0].ImagePositionPatient, 5) + 0.0)
        for frame in segmentation.PerFrameFunctionalGroupsSequence
    }
    assert found == expected


def test_frames_of_one_file_are_found_in_whichever_order_they_are_stored(tmp_path: Path) -> None:
    pixels = np.arange(3 * 6 * 5, dtype=np.uint16).reshape(3, 6, 5)
    scan = _write_enhanced(tmp_path / "enhanced.dcm", pixels, heights=[4.0, 0.0, 2.0])
    np.testing.assert_array_equal(scan.pixels, pixels[[1, 2, 0]])
    labels = (scan.pixels % 3 == 0).astype(np.uint8)
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    segmentation = highdicom.seg.segread(path)
    stored = segmentation.get_pixels_by_source_frame(
        pydicom.dcmread(tmp_path / "enhanced.dcm").SOPInstanceUID,
        [1, 2, 3],
        combine_segments=True,
        ignore_spatial_locations=True,
    )
    np.testing.assert_array_equal(stored, pixels % 3 == 0)
    heights = {
        frame.PlanePositionSequence[0].ImagePositionPatient[2]
        for frame in segmentation.PerFrameFunctionalGroupsSequence
    }
    assert heights == {0, 2, 4}


def test_an_ultrasound_picture_without_a_place_gets_one(tmp_path: Path) -> None:
    dataset = _picture(
        np.ones((20, 30)),
        Modality="US",
        SOPClassUID=UltrasoundImageStorage,
        StudyInstanceUID=generate_uid(),
        SeriesInstanceUID=generate_uid(),
    )
    dataset.save_as(tmp_path / "breast.dcm", enforce_file_format=True)
    scan = load_scan(tmp_path / "breast.dcm")
    labels = np.zeros((20, 30), np.uint8)
    labels[3:5, 6:9] = 1
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    np.testing.assert_array_equal(_read_back(path, scan)[0], labels)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "AUTOMATIC"),
        ({"edited_by_hand": True}, "SEMIAUTOMATIC"),
        ({"models": [], "organ": None}, "MANUAL"),
    ],
)
def test_who_made_it_is_said(changes: dict, kind: str, tmp_path: Path) -> None:
    labels = np.zeros((2, 6, 5), np.uint8)
    labels[0, 1:3] = 3
    scan = _write_series(tmp_path / "series", labels)
    path = write_dicom_seg(
        tmp_path / "mask.dcm", labels, Ground.of(scan), provenance={**RECORD, **changes}
    )
    segmentation, picture = pydicom.dcmread(path), pydicom.dcmread(tmp_path / "series/0.dcm")
    (segment,) = segmentation.SegmentSequence
    assert segment.SegmentLabel == segment.TrackingID == "Lesion 3"
    assert segment.TrackingUID
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Lesion"
    assert segment.SegmentAlgorithmType == kind
    assert ("AnatomicRegionSequence" in segment) is (kind != "MANUAL")
    if kind != "MANUAL":
        (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence
        assert "recognizer 1; brain 2" in algorithm.AlgorithmParameters
        assert algorithm.AlgorithmName == "napari-multicancer"
    assert RESEARCH_USE in segmentation.SeriesDescription
    assert segmentation.ContentDescription == RESEARCH_USE
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID"):
        assert segmentation[keyword].value == picture[keyword].value
    assert segmentation.SeriesInstanceUID != picture.SeriesInstanceUID
    assert segmentation.SeriesNumber == 1301


def test_what_was_done_to_the_mask_stands_with_its_segments(tmp_path: Path) -> None:
    labels = np.ones((2, 6, 5), np.uint8)
    scan = _write_series(tmp_path / "series", labels)
    step = {"who": "user", "tool": "grow", "added": 7, "removed": 2}
    at = "2026-11-23T20:41:00+00:00"
    record = {**RECORD, "history": [{**step, "start": at, "end": at}]}
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan), provenance=record)
    (segment,) = pydicom.dcmread(path).SegmentSequence
    assert segment.SegmentDescription == "2026-11-23 20:41 user, grow: +7 -2 px"


def test_a_size_that_was_entered_by_hand_is_told_and_told_again_by_the_file(
    tmp_path: Path,
) -> None:
    dataset = _picture(
        np.ones((20, 30)),
        Modality="US",
        SOPClassUID=UltrasoundImageStorage,
        StudyInstanceUID=generate_uid(),
        SeriesInstanceUID=generate_uid(),
    )
    for keyword in ("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.save_as(tmp_path / "breast.dcm", enforce_file_format=True)
    scan = with_pixel_size(load_scan(tmp_path / "breast.dcm"), 0.2)
    at = "2026-11-23T20:41:00+00:00"
    step = {"who": "user", "tool": "grow", "added": 7, "removed": 2, "start": at, "end": at}
    record = {**provenance(scan), "history": [step] * 40}
    path = write_dicom_seg(
        tmp_path / "mask.dcm", np.ones((20, 30), np.uint8), Ground.of(scan), record
    )
    (segment,) = pydicom.dcmread(path).SegmentSequence
    assert segment.SegmentDescription.startswith(
        "The size of a pixel was entered by hand: 0.2 mm. 2026-11-23 20:41 user, grow: +7 -2 px;"
    )
    assert len(segment.SegmentDescription) <= 1024
    assert load_mask(path, [scan.origin]).provenance["pixel_size_by_hand"]
    write_dicom_seg(path, np.ones((20, 30), np.uint8), Ground.of(scan), {**record, "history": []})
    (segment,) = pydicom.dcmread(path).SegmentSequence
    assert segment.SegmentDescription == "The size of a pixel was entered by hand: 0.2 mm."


def test_nothing_of_the_patient_goes_along(tmp_path: Path) -> None:
    scan = _write_series(tmp_path / "series", np.ones((2, 6, 5)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = write_dicom_seg(
            tmp_path / "mask.dcm", np.ones((2, 6, 5), np.uint8), Ground.of(scan), provenance=RECORD
        )
    assert not [warning for warning in caught if "Doe" in str(warning.message)]
    content = path.read_bytes()
    for text in (
        b"Doe",
        b"Q4711Z",
        b"DOE",
        b"doe_jane",
        b"Roe",
        b"044Y",
        b"Lane 1",
        b"Saint Elsewhere",
    ):
        assert text not in content


def test_headers_of_old_scanners_do(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dataset = _picture(
            np.ones((20, 30)),
            StudyInstanceUID=generate_uid(),
            SeriesInstanceUID=generate_uid(),
            ImagePositionPatient=[0, 0, 0],
            ImageOrientationPatient=list(UPRIGHT),
            PixelSpacing=[1, 1],
            SliceThickness=5,
            PatientBirthDate="1951.02.03",
            StudyDate="1996.06.11",
            PatientSex="unknown",
        )
        dataset.save_as(tmp_path / "old.dcm", enforce_file_format=True)
        scan = load_scan(tmp_path / "old.dcm")
        caught.clear()
        labels = np.ones((20, 30), np.uint8)
        path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
        assert not [warning for warning in caught if "1951" in str(warning.message)]
    segmentation = pydicom.dcmread(path)
    assert segmentation.PatientBirthDate == segmentation.StudyDate == segmentation.PatientSex == ""
    assert segmentation.FrameOfReferenceUID
    np.testing.assert_array_equal(_read_back(path, scan)[0], labels)


def test_slices_without_a_thickness_get_the_distance_of_planes_for_one(tmp_path: Path) -> None:
    _write_series(tmp_path / "series", np.ones((4, 20, 30)), (5.0, 2.0, 1.5), SAGITTAL)
    for file in (tmp_path / "series").iterdir():
        dataset = pydicom.dcmread(file)
        del dataset.SliceThickness
        dataset.save_as(file)
    scan = load_scan(tmp_path / "series")
    labels = np.zeros(scan.spatial_shape, np.uint8)
    labels[3:7, 2, 1:] = 1
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    shared = pydicom.dcmread(path).SharedFunctionalGroupsSequence[0]
    assert shared.PixelMeasuresSequence[0].SliceThickness == 5
    np.testing.assert_array_equal(load_mask(path, [scan.origin]).labels, labels)


@pytest.mark.parametrize("has_frame_of_reference", [True, False])
def test_frames_that_each_tell_their_size_and_direction_get_a_mask(
    has_frame_of_reference: bool, tmp_path: Path
) -> None:
    path = tmp_path / "enhanced.dcm"
    _write_enhanced(path, np.ones((3, 20, 30)), heights=[4.0, 0.0, 2.0])
    dataset = pydicom.dcmread(path)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        for sequence in ("PixelMeasuresSequence", "PlaneOrientationSequence"):
            frame[sequence] = shared[sequence]
    dataset.SharedFunctionalGroupsSequence = [Dataset()]
    if not has_frame_of_reference:
        del dataset.FrameOfReferenceUID
    dataset.save_as(path)
    scan = load_scan(path)
    labels = np.zeros((3, 20, 30), np.uint8)
    labels[1, 2:9, 3:5] = 1
    written = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    np.testing.assert_array_equal(load_mask(written, [scan.origin]).labels, labels)
    (frame,) = pydicom.dcmread(written).PerFrameFunctionalGroupsSequence
    assert frame.PlanePositionSequence[0].ImagePositionPatient == [0, 0, 2]


def test_a_mask_without_lesion_is_an_empty_segment(tmp_path: Path) -> None:
    labels = np.zeros((3, 6, 5), bool)
    scan = _write_series(tmp_path / "series", labels)
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan), provenance=RECORD)
    assert len(pydicom.dcmread(path).SegmentSequence) == 1
    np.testing.assert_array_equal(_read_back(path, scan), labels)


@pytest.mark.parametrize("shape", [(6, 5), (4, 6, 5), (3, 6, 6)])
def test_labels_of_another_shape_are_not_laid_on_pictures(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    scan = _write_series(tmp_path / "series", np.ones((3, 6, 5)))
    with pytest.raises(OutputError, match=r"do not lie on DICOM pictures of 3 x 6 x 5: choose"):
        write_dicom_seg(tmp_path / "mask.dcm", np.ones(shape, np.uint8), Ground.of(scan))
    assert not (tmp_path / "mask.dcm").exists()


def test_pictures_that_say_too_little_are_named(tmp_path: Path) -> None:
    labels = np.ones((2, 6, 5), np.uint8)
    file = _origin(_write_series(tmp_path / "series", labels)).files[1]
    dataset = pydicom.dcmread(file)
    del dataset.StudyInstanceUID
    dataset.save_as(file)
    scan = load_scan(tmp_path / "series")
    with pytest.raises(OutputError, match=rf"{file.name}, which has no StudyInstanceUID: save"):
        write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))


def test_pictures_that_are_gone_get_their_mask_nevertheless(tmp_path: Path) -> None:
    labels = np.zeros((2, 6, 5), np.uint8)
    labels[1, 2:4] = 1
    scan = _write_series(tmp_path / "series", labels)
    uids = [pydicom.dcmread(file).SOPInstanceUID for file in _origin(scan).files]
    for file in _origin(scan).files:
        file.unlink()
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan), RECORD)
    segmentation = pydicom.dcmread(path)
    (instance,) = (
        segmentation.PerFrameFunctionalGroupsSequence[0]
        .DerivationImageSequence[0]
        .SourceImageSequence
    )
    assert instance.ReferencedSOPInstanceUID == uids[1]
    np.testing.assert_array_equal(read_dicom_seg(path, [_origin(scan)]).labels, labels)


def test_a_movie_without_a_place_is_refused(tmp_path: Path) -> None:
    scan = load_scan(Path(get_testdata_file("examples_ybr_color.dcm", download=False)))
    labels = np.zeros(scan.spatial_shape, np.uint8)
    with pytest.raises(OutputError, match="save the mask as NIfTI or TIFF"):
        write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    assert not list(tmp_path.iterdir())


def _disk_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("what", ["os.replace", "pydicom.dataset.Dataset.save_as"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.ones((2, 6, 5), np.uint8)
    scan = _write_series(tmp_path / "series", labels)
    (tmp_path / "out").mkdir()
    path = write_dicom_seg(tmp_path / "out/mask.dcm", labels, Ground.of(scan))
    before = path.read_bytes()
    monkeypatch.setattr(what, _disk_full)
    with pytest.raises(OutputError, match=r"mask.dcm .*No space left on device.*: free some"):
        write_dicom_seg(path, labels, Ground.of(scan))
    assert path.read_bytes() == before
    assert list((tmp_path / "out").iterdir()) == [path]
