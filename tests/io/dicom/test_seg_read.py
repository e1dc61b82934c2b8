"""DICOM Segmentations come back in the order of their scan's planes."""

from __future__ import annotations

import copy

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import EnhancedMRImageStorage, generate_uid

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.seg_read import is_dicom_seg, read_dicom_seg
from napari_multicancer.io.dicom.seg_write import write_dicom_seg
from napari_multicancer.io.load import is_mask, load_mask
from napari_multicancer.io.masks import Ground

RECORD = {"organ": {"label": "brain"}, "models": ["recognizer 1", "brain 2"]}


@pytest.fixture
def series(tmp_path):
    """Five slices, whose files' names say nothing of their order."""
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.SeriesInstanceUID = generate_uid()
    folder = tmp_path / "series"
    folder.mkdir()
    for name, height in zip("dbeca", range(0, 20, 4), strict=True):
        dataset.ImagePositionPatient = [0, 0, height]
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.save_as(folder / f"{name}.dcm")
    return load_scan(folder)


def labels_on(scan, *values):
    """Put one label on one plane each, from the second on, the last planes left empty."""
    labels = np.zeros(scan.pixels.shape, np.uint16)
    for plane, value in enumerate(values, start=1):
        labels[plane, 10 : 20 + plane, 30:40] = value
    return labels


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("values", [(1,), (1, 7), (3, 300), ()])
def test_a_mask_of_a_series_comes_back_with_its_empty_planes(tmp_path, series, values, is_open):
    labels, origin = labels_on(series, *values), series.origin
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground(origin=origin), provenance=RECORD)
    assert is_dicom_seg(path)
    found = read_dicom_seg(path, [origin] if is_open else [])
    np.testing.assert_array_equal(found.labels, labels)
    assert found.origin is (origin if is_open else None)
    assert found.spacing == pytest.approx(series.voxel_size)
    assert found.provenance == RECORD | {"edited_by_hand": False}


def test_who_made_it_is_known_again(tmp_path, series):
    ground = Ground(origin=series.origin)
    for record, edited, models in [
        (RECORD | {"edited_by_hand": True}, True, RECORD["models"]),
        ({}, True, []),
    ]:
        path = write_dicom_seg(tmp_path / "m.dcm", labels_on(series, 1), ground, record)
        found = read_dicom_seg(path).provenance
        assert (found["edited_by_hand"], found["models"]) == (edited, models)


def test_a_scan_is_no_mask(series, tmp_path):
    picture = series.origin.files[0]
    assert not is_dicom_seg(picture)
    assert not is_dicom_seg(tmp_path / "missing.dcm")
    with pytest.raises(UnreadableFileError, match="no DICOM Segmentation"):
        read_dicom_seg(picture)


@pytest.mark.parametrize(
    "element", ["ReferencedSeriesSequence", "PerFrameFunctionalGroupsSequence", "PixelData"]
)
def test_a_mask_that_lacks_something_is_one_sentence(tmp_path, series, element):
    origin = series.origin
    path = write_dicom_seg(tmp_path / "mask.dcm", labels_on(series, 1), Ground(origin=origin))
    dataset = pydicom.dcmread(path)
    del dataset[element]
    dataset.save_as(path)
    with pytest.raises(UnreadableFileError, match=r"mask\.dcm is no DICOM Segmentation"):
        read_dicom_seg(path)


def test_a_truncated_mask_is_one_sentence(tmp_path, series):
    origin = series.origin
    path = write_dicom_seg(tmp_path / "mask.dcm", labels_on(series, 1), Ground(origin=origin))
    whole = path.read_bytes()
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UnreadableFileError, match=r"mask\.dcm"):
            read_dicom_seg(path)


def test_frames_of_one_file_need_their_scan(tmp_path, enhanced):
    scan, labels = enhanced
    origin = scan.origin
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground(origin=origin))
    np.testing.assert_array_equal(read_dicom_seg(path, [origin]).labels, labels)
    with pytest.raises(UnreadableFileError, match="open that one first, then the mask"):
        read_dicom_seg(path)


@pytest.fixture
def enhanced(tmp_path):
    """Four frames stored out of order, opened, and labels on three of them."""
    path = tmp_path / "enhanced.dcm"
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.NumberOfFrames = 4
    dataset.PixelData = dataset.PixelData * 4
    shared, dataset.PerFrameFunctionalGroupsSequence = Dataset(), []
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [Dataset()], [Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = [0.5, 0.25]
    shared.PixelMeasuresSequence[0].SliceThickness = 1
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SharedFunctionalGroupsSequence = [shared]
    for height in (3, 1, 2, 0):
        groups = Dataset()
        groups.PlanePositionSequence = [Dataset()]
        groups.PlanePositionSequence[0].ImagePositionPatient = [0, 0, height]
        dataset.PerFrameFunctionalGroupsSequence.append(groups)
    dataset.save_as(path)
    scan = load_scan(path)
    labels = np.zeros(scan.pixels.shape, np.uint8)
    labels[0, 2, 2], labels[1, 3, 3], labels[3, 4, 4] = 1, 2, 1
    return scan, labels


def _of_another_program(path, series, kind, **options):
    """Write labels 1 and 2 on planes 2 and 3, as highdicom does by itself."""
    labels = labels_on(series, 1, 2).astype(np.uint8)
    pixels = labels
    if kind == "FRACTIONAL":
        pixels = np.stack([labels == 1, labels == 2], axis=-1).astype(np.float32)
        pixels[labels == 1, 0] = np.tile([0.5, 1.0], (labels == 1).sum() // 2)
        pixels[4, 0, 0, 0] = 0.4
    pictures = [pydicom.dcmread(file) for file in series.origin.files]
    for picture in pictures:
        picture.FrameOfReferenceUID = "1.2.3"
    described = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=f"part {number}",
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type="MANUAL",
        )
        for number in (1, 2)
    ]
    made = highdicom.seg.Segmentation(
        pictures,
        pixels,
        kind,
        described,
        "1.2.3.4",
        1,
        "1.2.3.4.5",
        1,
        "a",
        "b",
        "c",
        "d",
        **options,
    )
    made.save_as(path)
    return path, labels


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_segmentations_of_every_type_are_masks(tmp_path, series, kind, is_open):
    path, labels = _of_another_program(tmp_path / "mask.dcm", series, kind)
    assert is_dicom_seg(path)
    assert is_mask(path)
    found = load_mask(path, [series.origin] if is_open else [])
    np.testing.assert_array_equal(found.labels, labels)
    assert found.labels.dtype == np.uint8


def test_frames_that_name_no_picture_lie_where_they_say(tmp_path, series):
    path, labels = _of_another_program(tmp_path / "mask.dcm", series, "BINARY")
    dataset = pydicom.dcmread(path)
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        del groups.DerivationImageSequence
    dataset.save_as(path)
    np.testing.assert_array_equal(read_dicom_seg(path, [series.origin]).labels, labels)
    with pytest.raises(UnreadableFileError, match="no DICOM Segmentation of known pictures"):
        read_dicom_seg(path)


def test_a_segmentation_may_refer_to_some_pictures_of_its_series_alone(tmp_path, series):
    path, labels = _of_another_program(tmp_path / "mask.dcm", series, "BINARY")
    dataset = pydicom.dcmread(path)
    named = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    kept = series.origin.sop_instance_uids[1:3]
    some = [item for item in named if item.ReferencedSOPInstanceUID in kept]
    dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence = some
    dataset.save_as(path)
    np.testing.assert_array_equal(read_dicom_seg(path, [series.origin]).labels, labels)


def test_the_mask_of_pictures_that_all_have_one_name_comes_back(tmp_path, series):
    for number, file in enumerate(series.origin.files):
        dataset = pydicom.dcmread(file)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
        dataset.save_as(tmp_path / "series" / f"{'dbeca'[number]}.dcm")
    scan = load_scan(tmp_path / "series")
    labels = labels_on(scan, 1, 2)
    path = write_dicom_seg(tmp_path / "mask.dcm", labels, Ground.of(scan))
    np.testing.assert_array_equal(read_dicom_seg(path, [scan.origin]).labels, labels)


def _changed(path, change):
    """Change a Segmentation of another program; `change` is called with it, and its pixels."""
    dataset = pydicom.dcmread(path)
    pixels = change(dataset, dataset.pixel_array)
    if pixels is not None:
        dataset.NumberOfFrames, dataset.Rows, dataset.Columns = pixels.shape
        packed = np.packbits(pixels.ravel(), bitorder="little").tobytes()
        dataset.PixelData = packed + bytes(len(packed) % 2)
    dataset.save_as(path)
    return path


def _shared(dataset):
    return dataset.SharedFunctionalGroupsSequence[0]


def _move(dataset, rows, columns):
    """Let each frame begin so many pixels further down and to the right."""
    down, right = _shared(dataset).PixelMeasuresSequence[0].PixelSpacing
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        place = Dataset()
        x, y, z = groups.PlanePositionSequence[0].ImagePositionPatient
        place.ImagePositionPatient = [x + columns * right, y + rows * down, z]
        groups.PlanePositionSequence = [place]


def _turn(dataset, *orientation):
    _shared(dataset).PlaneOrientationSequence[0].ImageOrientationPatient = [*orientation]


def _mirrored(dataset, pixels):
    _move(dataset, 0, pixels.shape[2] - 1)
    _turn(dataset, -1, 0, 0, 0, 1, 0)
    return pixels[:, :, ::-1]


def _transposed(dataset, pixels):
    _turn(dataset, 0, 1, 0, 1, 0, 0)
    return pixels.transpose(0, 2, 1)


def _cut_out(dataset, pixels):
    _move(dataset, 8, 20)
    return pixels[:, 8:50, 20:60]


def _without_sources(change):
    def changed(dataset, pixels):
        for groups in dataset.PerFrameFunctionalGroupsSequence:
            del groups.DerivationImageSequence
        return change(dataset, pixels)

    return changed


@pytest.fixture
def straight(tmp_path):
    """Five slices whose rows and columns run along the patient's axes."""
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = generate_uid(), "1.2.3"
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    (tmp_path / "straight").mkdir()
    for number in range(5):
        dataset.ImagePositionPatient = [-10, -20, 4 * number]
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.save_as(tmp_path / "straight" / f"{number}.dcm")
    return load_scan(tmp_path / "straight")


@pytest.mark.parametrize("names_pictures", [True, False])
@pytest.mark.parametrize("change", [_mirrored, _transposed, _cut_out])
def test_frames_that_are_turned_or_cut_out_lie_where_they_say(
    tmp_path, straight, change, names_pictures
):
    path, labels = _of_another_program(tmp_path / "m.dcm", straight, "BINARY")
    _changed(path, change if names_pictures else _without_sources(change))
    np.testing.assert_array_equal(read_dicom_seg(path, [straight.origin]).labels, labels)


def _half_a_pixel(dataset, pixels):
    _move(dataset, 0, 0.5)


def _coarser(dataset, pixels):
    measures = _shared(dataset).PixelMeasuresSequence[0]
    measures.PixelSpacing = [2 * size for size in measures.PixelSpacing]
    return pixels[:, ::2, ::2]


def _finer(dataset, pixels):
    measures = _shared(dataset).PixelMeasuresSequence[0]
    measures.PixelSpacing = [size / 2 for size in measures.PixelSpacing]


def _oblique(dataset, pixels):
    _turn(dataset, 0.8, 0.6, 0, -0.6, 0.8, 0)


def _beside(dataset, pixels):
    _move(dataset, 0, 30)


@pytest.mark.parametrize("change", [_half_a_pixel, _coarser, _finer, _oblique, _beside])
def test_frames_on_other_pixels_than_their_pictures_are_refused(tmp_path, straight, change):
    path, _ = _of_another_program(tmp_path / "m.dcm", straight, "BINARY")
    _changed(path, change)
    with pytest.raises(UnreadableFileError, match="lies on other pixels than its pictures have"):
        read_dicom_seg(path, [straight.origin])


def test_a_frame_that_names_several_pictures_lies_on_the_one_at_its_place(tmp_path, series):
    path, labels = _of_another_program(tmp_path / "m.dcm", series, "BINARY")

    def name_all(dataset, pixels):
        for groups in dataset.PerFrameFunctionalGroupsSequence:
            (named,) = groups.DerivationImageSequence[0].SourceImageSequence
            several = []
            for uid in series.origin.sop_instance_uids:
                one = copy.deepcopy(named)
                one.ReferencedSOPInstanceUID = uid
                several.append(one)
            groups.DerivationImageSequence[0].SourceImageSequence = several

    _changed(path, name_all)
    np.testing.assert_array_equal(read_dicom_seg(path, [series.origin]).labels, labels)
    with pytest.raises(UnreadableFileError, match="open its scan first, then the mask"):
        read_dicom_seg(path)


@pytest.mark.parametrize("step", [1, -1])
def test_where_segments_overlap_the_highest_label_counts(tmp_path, series, step):
    path, labels = _of_another_program(tmp_path / "m.dcm", series, "BINARY")

    def overlap(dataset, pixels):
        frames = [*dataset.PerFrameFunctionalGroupsSequence]
        frames[1].PlanePositionSequence = frames[0].PlanePositionSequence
        frames[1].DerivationImageSequence = frames[0].DerivationImageSequence
        dataset.PerFrameFunctionalGroupsSequence = frames[::step]
        return pixels[::step]

    expected = np.zeros_like(labels)
    expected[1] = np.maximum(labels[1], labels[2])
    _changed(path, overlap)
    np.testing.assert_array_equal(read_dicom_seg(path, [series.origin]).labels, expected)


def test_a_fractional_mask_without_its_largest_value_is_refused(tmp_path, series):
    path, _ = _of_another_program(tmp_path / "m.dcm", series, "FRACTIONAL")
    dataset = pydicom.dcmread(path)
    del dataset.MaximumFractionalValue
    dataset.save_as(path)
    with pytest.raises(UnreadableFileError, match="which of its values is the largest"):
        read_dicom_seg(path, [series.origin])
