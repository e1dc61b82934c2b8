"""Which DICOM files make one stack, and in which order, where their headers say it oddly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Frame, Unknown
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.sniff import begins_like_dicom
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.load import load_series
from tests.io.dicom.slices import SAGITTAL, save, series, slice_dataset

UNPLACED = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
ENCODINGS = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


def _bare(path: Path, encoding: str = ImplicitVRLittleEndian, z: float = 0, **elements) -> Path:
    """Save a slice as its dataset alone: no preamble, no meta header."""
    dataset = slice_dataset(int(10 * z), z, **elements)
    if encoding == ExplicitVRBigEndian:
        dataset.PixelData = np.full((20, 30), int(10 * z), ">u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(
        path,
        pydicom.Dataset(dataset),
        implicit_vr=encoding == ImplicitVRLittleEndian,
        little_endian=encoding != ExplicitVRBigEndian,
    )
    return path


def _planes(path: Path) -> list[int]:
    return load_scan(path).pixels[:, 0, 0].tolist()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["1.2.840.1.1", "I001", "scan.dcm", "image.001"])
def test_a_file_without_preamble_opens_whatever_its_name(
    name: str, encoding: str, tmp_path: Path
) -> None:
    scan = load_scan(_bare(tmp_path / name, encoding, 3))
    assert (scan.axes, scan.pixels[0, 0], scan.voxel_size) == ("yx", 30, (0.5, 0.25))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_without_preamble_and_with_a_short_header_opens(
    encoding: str, tmp_path: Path
) -> None:
    kept = ("Modality", "PhotometricInterpretation", "PixelData", "Rows", "Columns")
    bits = ("SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    whole = slice_dataset(3, 0, Rows=60, Columns=60, PixelData=np.full(3600, 3, "<u2").tobytes())
    if encoding == ExplicitVRBigEndian:
        whole.PixelData = np.full(3600, 3, ">u2").tobytes()
    short = pydicom.Dataset(
        {element.tag: element for element in whole if element.keyword in kept + bits}
    )
    path = tmp_path / "I001"
    is_implicit, is_little = encoding == ImplicitVRLittleEndian, encoding != ExplicitVRBigEndian
    pydicom.dcmwrite(path, short, implicit_vr=is_implicit, little_endian=is_little)
    assert begins_like_dicom(path.read_bytes()[:352])
    scan = load_scan(path)
    assert (scan.spatial_shape, scan.pixels[0, 0]) == ((60, 60), 3)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_files_without_preamble_and_suffix_make_a_series(encoding: str, tmp_path: Path) -> None:
    for number, z in enumerate((4, 0, 2)):
        _bare(tmp_path / f"I{number}", encoding, z)
    (tmp_path / "README").write_text("These are the pictures of a head.\n" * 20)
    assert _planes(tmp_path) == [0, 20, 40]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * 352,
        b"\x08\0" * 176,
        b"x" * 352,
        b"\x08\0\x05\0\xff\xff\xff\x7f" + b"a" * 344,
        b"\x5c\x01\0\0" + b"\0" * 348,
        b"\x08\0\x60\0CS\x02\0MR\x08\0\x05\0CS\x02\0ab" + b"\0" * 320,
    ],
    ids=["empty", "zeros", "repeated", "text", "too long", "NIfTI", "tags that fall"],
)
def test_other_files_do_not_begin_like_dicom(head: bytes) -> None:
    assert not begins_like_dicom(head)


@given(st.binary(max_size=352))
def test_any_bytes_are_told_from_dicom_without_an_error(head: bytes) -> None:
    begins_like_dicom(head)
    assert begins_like_dicom(head[:128].ljust(128, b"\0") + b"DICM" + head)


def test_spacings_that_are_rounded_differently_are_one(tmp_path: Path) -> None:
    for number, spacing in enumerate(("0.488281", "0.48828125", "0.48828125", "0.4883")):
        dataset = slice_dataset(number, number, PixelSpacing=[spacing, spacing])
        save(dataset, tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.voxel_size == (1, 0.48828125, 0.48828125), "their median"


def test_directions_that_are_rounded_differently_are_one(tmp_path: Path) -> None:
    for number, tilt in enumerate((0.0, 0.0, 0.004)):
        orientation = [1, 0, 0, 0, 1, tilt]
        dataset = slice_dataset(number, number, ImageOrientationPatient=orientation)
        save(dataset, tmp_path / f"{number}.dcm")
    place = load_scan(tmp_path).place
    assert place.frame is Frame.PATIENT
    np.testing.assert_allclose(place.affine[:3, 1], (0, 0.5, 0), atol=1e-9)


def test_a_slice_that_names_no_spacing_goes_with_the_others(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    series(tmp_path, {"c.dcm": 2.0}, PixelSpacing=None)
    assert load_scan(tmp_path).voxel_size == (1, 0.5, 0.25)


TURNED_NOWHERE = "as far apart as these places: how they are turned in the patient, the files do"
SENSELESS = [None, [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0]]


def _item(**elements: object) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _enhanced(value: int, z: float, b_value: float) -> Dataset:
    """Make an enhanced file of one frame, which tells its place in its functional groups alone."""
    frame = _item(
        PlanePositionSequence=[_item(ImagePositionPatient=[10, 20, z])],
        MRDiffusionSequence=[_item(DiffusionBValue=b_value)],
    )
    shared = _item(
        PlaneOrientationSequence=[_item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[_item(PixelSpacing=[0.5, 0.25])],
    )
    return slice_dataset(
        value,
        z,
        **dict.fromkeys(("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")),
        NumberOfFrames=1,
        InstanceNumber=value,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[frame],
    )


def test_enhanced_files_of_one_frame_lie_where_their_functional_groups_say(tmp_path: Path) -> None:
    for number, z in enumerate((4.0, 8.0, 0.0), start=1):
        save(_enhanced(number, z, 0), tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert _planes(tmp_path) == [3, 1, 2]
    assert scan.voxel_size == (4.0, 0.5, 0.25)
    assert scan.place.frame is Frame.PATIENT
    assert scan.notes == ()


def test_enhanced_files_of_one_frame_are_volumes_of_one_b_value_each(tmp_path: Path) -> None:
    for number, (z, b) in enumerate([(4, 0), (0, 800), (4, 800), (0, 0)], start=1):
        save(_enhanced(number, z, b), tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.axes == "tzyx"
    np.testing.assert_array_equal(np.asarray(scan.pixels)[:, :, 0, 0], [[4, 1], [2, 3]])


def _undirected(folder: Path, points: list[tuple[float, ...]], **elements: object) -> Path:
    """Save slices that say where they lie, and not how they are turned."""
    without = {"ImageOrientationPatient": None, "SliceThickness": 9, **elements}
    for number, point in enumerate(points):
        dataset = slice_dataset(number, 0, ImagePositionPatient=list(point), **without)
        if without.get("SeriesInstanceUID", 1) is None:
            dataset.SeriesInstanceUID = generate_uid()
        save(dataset, folder / f"{number}.dcm")
    return folder


@pytest.mark.parametrize("orientation", SENSELESS)
def test_slices_of_places_without_a_direction_lie_as_these_places_do(
    orientation: list[float] | None, tmp_path: Path
) -> None:
    points = [(5, 7, -10.0), (5, 7, 5.0), (5, 7, -5.0), (5, 7, 0.0)]
    scan = load_scan(_undirected(tmp_path, points, ImageOrientationPatient=orientation))
    assert scan.pixels[:, 0, 0].tolist() == [0, 2, 3, 1]
    assert scan.voxel_size == pytest.approx((5, 0.5, 0.25))
    assert (scan.place.frame, scan.view) == (Frame.NONE, None)
    assert len(scan.notes) == 1
    assert TURNED_NOWHERE in scan.notes[0]


def test_they_count_before_slice_location_and_numbers_and_may_lie_askew(tmp_path: Path) -> None:
    points = [(3.0 * z, 1, 4.0 * z) for z in (2, 0, 1)]
    told = {"SliceLocation": 7, "InstanceNumber": 1, "SeriesInstanceUID": None}
    scan = load_scan(_undirected(tmp_path, points, **told))
    assert scan.pixels[:, 0, 0].tolist() == [1, 2, 0]
    assert scan.voxel_size == pytest.approx((5, 0.5, 0.25))
    assert TURNED_NOWHERE in scan.notes[0]
    assert "are called 3 series" in scan.notes[1]


def test_of_places_without_a_direction_a_missing_one_is_named(tmp_path: Path) -> None:
    _undirected(tmp_path, [(0, 0, z) for z in (0.0, 2, 4, 8)])
    with pytest.raises(UnsupportedScanError, match=r"1 slice is missing between 2\.dcm and 3\.dcm"):
        load_scan(tmp_path)


def test_places_without_a_direction_that_make_no_line_say_nothing(tmp_path: Path) -> None:
    _undirected(tmp_path, [(0, 0, 0.0), (0, 0, 2.0), (9, 0, 4.0)])
    assert len(list_series(tmp_path)) == 3


def test_slices_without_a_position_follow_slice_location(tmp_path: Path) -> None:
    for number, location in enumerate((10.0, 0.0, 5.0, -5.0)):
        dataset = slice_dataset(number, 0, **UNPLACED, SliceLocation=location)
        save(dataset, tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.pixels[:, 0, 0].tolist() == [3, 1, 2, 0]
    assert scan.voxel_size == (5, 0.5, 0.25)
    assert scan.place.frame is Frame.NONE
    assert "SliceLocation" in scan.notes[0]
    assert "which end is up" in scan.notes[0]


def _of_one_position(folder: Path, locations: list[float], **elements: object) -> Path:
    for number, location in enumerate(locations):
        dataset = slice_dataset(
            number, 0, SliceLocation=location, InstanceNumber=number + 1, **elements
        )
        save(dataset, folder / f"{number}.dcm")
    return folder


def test_slices_of_one_position_for_all_follow_slice_location(tmp_path: Path) -> None:
    scan = load_scan(_of_one_position(tmp_path, [10.0, 0.0, 5.0, -5.0]))
    assert scan.axes == "zyx"
    assert scan.pixels[:, 0, 0].tolist() == [3, 1, 2, 0]
    assert scan.voxel_size == (5, 0.5, 0.25)
    assert scan.place.frame is Frame.NONE
    (note,) = scan.notes
    assert "same ImagePositionPatient: they are in the order of SliceLocation" in note


@pytest.mark.parametrize(
    ("locations", "is_told"),
    [
        ([4.0] * 4, False),
        ([0.0, 0.002, 0.004, 0.006], False),
        ([0.0, 5, 7, 30], True),
        ([0.0, 5, 0, 5], True),
    ],
)
def test_slices_at_one_position_whose_locations_are_no_stack_follow_in_time(
    locations: list[float], is_told: bool, tmp_path: Path
) -> None:
    scan = load_scan(_of_one_position(tmp_path, locations))
    assert scan.axes == "tyx"
    assert scan.pixels[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert ["read as times" in note for note in scan.notes] == [True] * is_told


def test_times_of_one_position_stay_times_whatever_their_locations(tmp_path: Path) -> None:
    for number in range(4):
        dataset = slice_dataset(
            number,
            0,
            SliceLocation=5.0 * number,
            InstanceNumber=number + 1,
            TemporalPositionIdentifier=number + 1,
        )
        save(dataset, tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.axes == "tyx"
    assert "read as times" in scan.notes[0]


@pytest.mark.parametrize(("damaged", "left"), [(0, [1, 2, 3]), (3, [0, 1, 2])])
def test_a_damaged_slice_at_an_end_is_left_out_where_location_tells_the_order(
    damaged: int, left: list[int], tmp_path: Path
) -> None:
    folder = _of_one_position(tmp_path, [0.0, 5, 10, 15])
    file = folder / f"{damaged}.dcm"
    file.write_bytes(file.read_bytes()[:-100])
    scan = load_scan(folder)
    assert scan.axes == "zyx"
    assert scan.pixels[:, 0, 0].tolist() == left


def test_a_damaged_slice_between_others_is_a_hole_where_location_tells_the_order(
    tmp_path: Path,
) -> None:
    folder = _of_one_position(tmp_path, [0.0, 5, 10, 15])
    file = folder / "2.dcm"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UnreadableFileError, match=r"2\.dcm"):
        load_scan(folder)


def test_without_slice_location_they_follow_their_numbers(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        dataset = slice_dataset(number, 0, **UNPLACED, InstanceNumber=number, SliceThickness=None)
        save(dataset, tmp_path / f"{9 - number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.pixels[:, 0, 0].tolist() == [1, 2, 3]
    assert scan.voxel_size == pytest.approx((np.nan, 0.5, 0.25), nan_ok=True)
    assert set(scan.place.unknown) == {Unknown.PLANE_DISTANCE}
    assert "InstanceNumber" in scan.notes[0]


def test_numbers_that_leave_gaps_are_told(tmp_path: Path) -> None:
    for number in (1, 2, 4):
        dataset = slice_dataset(number, 0, **UNPLACED, InstanceNumber=number)
        save(dataset, tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.voxel_size == (9, 0.5, 0.25), "of the slices' thickness, as nothing else says it"
    assert "slices may be missing" in scan.notes[1]


@pytest.mark.parametrize(
    "elements",
    [
        {"Modality": "US"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
        {"InstanceNumber": 7},
        {"InstanceNumber": None},
        {"SeriesInstanceUID": None},
    ],
    ids=lambda elements: next(iter(elements)) + str(next(iter(elements.values()))),
)
def test_numbered_pictures_that_are_no_slices_stay_single(elements: dict, tmp_path: Path) -> None:
    for number in range(1, 5):
        said = {**UNPLACED, "InstanceNumber": number, **elements}
        save(slice_dataset(number, 0, **said), tmp_path / f"{number}.dcm")
    assert [len(one.files) for one in list_series(tmp_path)] == [1] * 4


def test_one_sop_instance_uid_for_all_slices_makes_no_copies(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0, "c.dcm": 2.0}, SOPInstanceUID="1.2.3.4")
    assert _planes(tmp_path) == [0, 10, 20]


def test_one_sop_instance_uid_at_one_place_is_time_where_pixels_differ(tmp_path: Path) -> None:
    for number in range(4):
        dataset = slice_dataset(number, number % 2, SOPInstanceUID="1.2", InstanceNumber=number)
        save(dataset, tmp_path / f"{number}.dcm")
    assert load_scan(tmp_path).axes == "tzyx"
    save(slice_dataset(0, 0, SOPInstanceUID="1.2"), tmp_path / "copy.dcm")
    with pytest.raises(UnsupportedScanError, match=r"twice \((copy|0)\.dcm and (0|copy)\.dcm are"):
        load_scan(tmp_path)


def _own_series(folder: Path, places: list[float], **elements: object) -> Path:
    """Save slices each of which is called a series of its own."""
    for number, z in enumerate(places):
        uids = {"SeriesInstanceUID": generate_uid(), "InstanceNumber": number}
        dataset = slice_dataset(int(10 * z), z, **(uids | elements))
        save(dataset, folder / f"{elements.get('EchoTime', '')}{number}.dcm")
    return folder


def test_slices_that_are_each_a_series_make_one_stack(tmp_path: Path) -> None:
    folder = _own_series(tmp_path / "head", [4, 0, 2, 6])
    assert [one.path for one in list_series(folder)] == [folder]
    scan = load_scan(folder)
    assert scan.pixels[:, 0, 0].tolist() == [0, 20, 40, 60]
    assert scan.voxel_size == (2, 0.5, 0.25)
    assert scan.notes == (
        "These 4 slices are called 4 series by their files: they are read as one stack, as they "
        "lie evenly one above another.",
    )


def test_slices_without_any_series_uid_make_one_stack(tmp_path: Path) -> None:
    _own_series(tmp_path, [4, 0, 2], SeriesInstanceUID=None, StudyInstanceUID=None)
    assert _planes(tmp_path) == [0, 20, 40]


def test_two_echoes_make_two_stacks(tmp_path: Path) -> None:
    for echo in (20, 80):
        _own_series(tmp_path, [0, 2, 4], EchoTime=echo)
    found = list_series(tmp_path)
    assert [len(one.files) for one in found] == [3, 3]
    assert [len({header.contrast for header in one.headers}) for one in found] == [1, 1]


@pytest.mark.parametrize(
    ("places", "elements"),
    [
        ([0, 2], {}),
        ([0, 0, 0], {}),
        ([0, 2, 4, 0, 2, 4], {}),
        ([0, 2, 7], {}),
        ([0, 2, 4], {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}),
    ],
    ids=["two", "one place", "two times", "uneven", "localizers"],
)
def test_single_slices_that_no_place_joins_stay_single(
    places: list[float], elements: dict, tmp_path: Path
) -> None:
    _own_series(tmp_path, places, **elements)
    assert [len(one.files) for one in list_series(tmp_path)] == [1] * len(places)


def test_single_slices_of_other_sizes_directions_or_studies_are_left_out(tmp_path: Path) -> None:
    _own_series(tmp_path, [0, 2, 4])
    others = (
        {"ImageOrientationPatient": list(SAGITTAL)},
        {"PixelSpacing": [0.6, 0.25]},
        {"StudyInstanceUID": "1.9"},
        {"Rows": 15, "Columns": 40},
        {"ImagePositionPatient": [11, 20, 6]},
    )
    for number, odd in enumerate(others):
        said = {"SeriesInstanceUID": generate_uid(), "SeriesNumber": 9, **odd}
        save(slice_dataset(0, 6, **said), tmp_path / f"odd{number}.dcm")
    lengths = sorted(len(one.files) for one in list_series(tmp_path))
    assert lengths == [1, 1, 1, 1, 1, 3]


def _with_text(folder: Path, keyword: str, texts: list[str], **elements: object) -> Path:
    """Save slices of which an element says what pydicom would not write."""
    place = "77777777"
    for index, text in enumerate(texts):
        z = float(index)
        dataset = slice_dataset(index, z, **(elements | {keyword: place}))
        path = save(dataset, folder / f"{index * 3 % len(texts)}.dcm")
        content = path.read_bytes()
        assert content.count(place.encode()) == 1
        path.write_bytes(content.replace(place.encode(), text.ljust(len(place)).encode()))
    return folder


NO_NUMBERS = ["1A", "A", "1.5", "", "-1", "1e400", "nan", "1 of 5"]


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize("keyword", ["InstanceNumber", "SeriesNumber", "NumberOfFrames"])
def test_slices_that_lie_somewhere_need_no_numbers(keyword: str, text: str, tmp_path: Path) -> None:
    scan = load_scan(_with_text(tmp_path, keyword, [text] * 5))
    assert (scan.pixels[:, 0, 0].tolist(), scan.notes) == ([0, 1, 2, 3, 4], ())


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_slices_without_a_number_are_ordered_by_their_location(text: str, tmp_path: Path) -> None:
    for index in range(5):
        dataset = slice_dataset(
            index, 0, **UNPLACED, SliceLocation=index, InstanceNumber="77777777"
        )
        path = save(dataset, tmp_path / "series" / f"{index * 3 % 5}.dcm")
        path.write_bytes(path.read_bytes().replace(b"77777777", text.ljust(8).encode()))
    scan = load_scan(tmp_path / "series")
    assert scan.pixels[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert "in the order of SliceLocation" in scan.notes[0]


@pytest.mark.parametrize("write", ["{}A", "IM{}", "no. {}"])
def test_of_numbers_with_letters_the_digits_count_and_it_is_said(
    write: str, tmp_path: Path
) -> None:
    texts = [write.format(number) for number in (1, 2, 3, 10)]
    scan = load_scan(_with_text(tmp_path, "InstanceNumber", texts, **UNPLACED))
    assert scan.pixels[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert scan.notes[1] == "InstanceNumber is no number in some files: the digits in it count."


@pytest.mark.parametrize(
    "texts", [["1", "2", "x", "4"], ["1", "2", "3 of 4", "4"], ["1", "2", "2", "3"], [""] * 4]
)
def test_slices_that_nothing_orders_are_read_singly_and_say_why(
    texts: list[str], tmp_path: Path
) -> None:
    found = list_series(_with_text(tmp_path, "InstanceNumber", texts, **UNPLACED))
    assert len(found) == 4
    said = "one of 4 slices of a series that tell neither where they lie nor in which order they"
    assert all(said in load_series(one).notes[-1] for one in found)


def test_single_pictures_of_ultrasound_are_no_slices_without_order(tmp_path: Path) -> None:
    _with_text(tmp_path, "InstanceNumber", ["x"] * 4, **UNPLACED, Modality="US")
    assert all(load_series(one).notes == () for one in list_series(tmp_path))


def test_a_slice_that_does_not_say_where_it_lies_beside_those_that_do_is_named(
    tmp_path: Path,
) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0, "c.dcm": 2.0})
    save(slice_dataset(30, 3, **UNPLACED), tmp_path / "d.dcm")
    stack, single = sorted(map(load_series, list_series(tmp_path)), key=lambda scan: -scan.n_planes)
    assert stack.notes[-1].startswith("d.dcm of the same series: where it lies, the file does not")
    assert (single.n_planes, single.notes) == (1, ())


@pytest.mark.parametrize("numbers", [["x"] * 4, [1, 1, 2, 2], [1, 2, 3, 4]])
def test_times_in_the_order_of_file_names_say_so(numbers: list[object], tmp_path: Path) -> None:
    for index, number in enumerate(numbers):  # two places, two times
        dataset = slice_dataset(index, float(index % 2), InstanceNumber="77777777")
        path = save(dataset, tmp_path / f"{index}.dcm")
        path.write_bytes(path.read_bytes().replace(b"77777777", f"{number}".ljust(8).encode()))
    scan = load_scan(tmp_path)
    assert scan.axes == "tzyx"
    assert scan.pixels[:, :, 0, 0].tolist() == [[0, 1], [2, 3]]
    is_told = any("the names of the files count" in note for note in scan.notes)
    assert is_told is (numbers[0] == "x")
