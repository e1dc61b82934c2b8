from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.marks import ELEMENTS, marks_of
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.load import load_series
from tests.io.dicom.slices import save, slice_dataset

B_VALUES = (0.0, 500.0, 1000.0)
N_PLACES = 4
SHUFFLED = [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)]
"""In which order the volumes of each place are numbered."""
NO_PLACE = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
VOLUMES = [[1000 * t + 10 * z for z in range(N_PLACES)] for t in range(3)]


def _series(
    folder: Path, elements: Callable[[int, int], dict], edit: Callable | None = None
) -> Path:
    """Save the slices of three volumes, each of which holds 1000 t + 10 z, under random names."""
    places = [(t, z) for t in range(3) for z in range(N_PLACES)]
    names = random.Random(0).sample(range(100, 999), len(places))
    for name, (t, z) in zip(names, places, strict=True):
        pixels = np.full((20, 30), 1000 * t + 10 * z, np.uint16)
        dataset = slice_dataset(0, 5.0 * z, PixelData=pixels.tobytes(), **elements(t, z))
        if edit is not None:
            edit(dataset, t)
        save(dataset, folder / f"{name}.dcm")
    return folder


def _values(scan: Scan) -> list:
    return np.asarray(scan.pixels)[..., 0, 0].tolist()


def _shuffled(t: int, z: int) -> int:
    return 3 * z + SHUFFLED[z].index(t) + 1


@pytest.mark.parametrize(
    ("elements", "told_by"),
    [
        (lambda t: {"DiffusionBValue": B_VALUES[t]}, "b-value"),
        (lambda t: {"TemporalPositionIdentifier": t + 1}, "TemporalPositionIdentifier"),
        (lambda t: {"AcquisitionNumber": 9 + t}, "AcquisitionNumber"),
        (lambda t: {"TriggerTime": 100 * t}, "TriggerTime"),
        (lambda t: {"EchoTime": (9, 80, 120)[t]}, "EchoTime"),
        (lambda t: {"ImageType": ["ORIGINAL", "PRIMARY", "MPR"[t]]}, "ImageType"),
        (
            lambda t: {"DiffusionBValue": (0, 9, 9)[t], "AcquisitionNumber": t},
            "b-value and AcquisitionNumber",
        ),
    ],
)
@pytest.mark.parametrize("number", [lambda t, z: z + 1, _shuffled, lambda t, z: None])
def test_volumes_of_one_place_are_told_apart_whatever_their_numbers(
    elements: Callable[[int], dict],
    told_by: str,
    number: Callable[[int, int], int | None],
    tmp_path: Path,
) -> None:
    scan = load_scan(
        _series(tmp_path, lambda t, z: {"InstanceNumber": number(t, z), **elements(t)})
    )
    assert scan.axes == "tzyx"
    assert _values(scan) == VOLUMES
    assert scan.notes == (f"The volumes are told apart by their {told_by}.",)


@pytest.mark.parametrize("time", ["AcquisitionTime", "ContentTime", "AcquisitionDateTime"])
def test_where_numbers_begin_anew_times_count(time: str, tmp_path: Path) -> None:
    day = "20260101" if time == "AcquisitionDateTime" else ""
    scan = load_scan(
        _series(
            tmp_path, lambda t, z: {"InstanceNumber": z + 1, time: f"{day}10{10 * t + z:02d}00"}
        )
    )
    assert _values(scan) == VOLUMES
    assert scan.notes == ()


def _siemens(dataset: Dataset, t: int) -> None:
    dataset.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
    dataset.add_new(0x0019100C, "IS", str(int(B_VALUES[t])))


def _ge(dataset: Dataset, t: int) -> None:
    dataset.add_new(0x00430010, "LO", "GEMS_PARM_01")
    dataset.add_new(0x00431039, "IS", [1_000_000_000 * (t > 0) + int(B_VALUES[t]), 8, 0, 0])


def _ge_as_bytes(dataset: Dataset, t: int) -> None:
    dataset.add_new(0x00430010, "LO", "GEMS_PARM_01")
    dataset.add_new(0x00431039, "UN", f"{int(B_VALUES[t])}\\8\\0\\0 ".encode())


def _philips(dataset: Dataset, t: int) -> None:
    dataset.add_new(0x20010010, "LO", "Philips Imaging DD 001")
    dataset.add_new(0x20011003, "FL", B_VALUES[t])


def _philips_as_bytes(dataset: Dataset, t: int) -> None:
    dataset.add_new(0x20010010, "LO", "Philips Imaging DD 001")
    dataset.add_new(0x20011003, "UN", np.float32(B_VALUES[t]).tobytes())


def _in_a_sequence(dataset: Dataset, t: int) -> None:
    item = Dataset()
    item.DiffusionBValue = B_VALUES[t]
    dataset.MRDiffusionSequence = Sequence([item])


@pytest.mark.parametrize(
    "edit", [_siemens, _ge, _ge_as_bytes, _philips, _philips_as_bytes, _in_a_sequence]
)
def test_b_values_are_read_where_each_vendor_writes_them(edit: Callable, tmp_path: Path) -> None:
    scan = load_scan(_series(tmp_path, lambda t, z: {"InstanceNumber": _shuffled(t, z)}, edit))
    assert _values(scan) == VOLUMES
    assert scan.notes == ("The volumes are told apart by their b-value.",)


def test_every_mark_is_read_of_a_header_alone() -> None:
    dataset = slice_dataset(0, 0.0, EchoTime=80, FlipAngle="90.0", TriggerTime=0)
    assert set(marks_of(dataset)) == {"", "80", "90", "0"}
    assert {"EchoTime", "FlipAngle", "TriggerTime", "DiffusionBValue"} < set(ELEMENTS)


def test_b_values_that_nothing_sorts_are_refused_not_mixed(tmp_path: Path) -> None:
    def elements(t: int, z: int) -> dict:
        return {"InstanceNumber": z + 1, "DiffusionBValue": 700.0 if t == z == 1 else B_VALUES[t]}

    with pytest.raises(UnsupportedScanError, match=r"their b-value and InstanceNumber do not"):
        load_scan(_series(tmp_path, elements))


def test_a_volume_whose_numbers_put_several_b_values_into_it_says_so(tmp_path: Path) -> None:
    def elements(t: int, z: int) -> dict:
        b_value = 700.0 if t == z == 1 else B_VALUES[t]
        return {"InstanceNumber": N_PLACES * t + z + 1, "DiffusionBValue": b_value}

    scan = load_scan(_series(tmp_path, elements))
    assert _values(scan) == VOLUMES
    assert "differ in their b-value" in scan.notes[0]


def test_slices_of_several_b_values_that_lie_at_several_places_say_so(tmp_path: Path) -> None:
    for z in range(6):
        save(slice_dataset(z, float(z), DiffusionBValue=B_VALUES[z % 2]), tmp_path / f"{z}.dcm")
    assert "The slices differ in their b-value" in load_scan(tmp_path).notes[0]


def test_a_place_with_more_pictures_than_others_is_told_without_calling_them_copies(
    tmp_path: Path,
) -> None:
    for z in range(4):
        save(slice_dataset(z, float(z), DiffusionBValue=0), tmp_path / f"{z}.dcm")
    save(slice_dataset(9, 1.0, DiffusionBValue=1000), tmp_path / "x.dcm")
    with pytest.raises(UnsupportedScanError, match=r"2 pictures at one place \(1\.dcm and x\.dcm"):
        load_scan(tmp_path)


@pytest.mark.parametrize("number", [lambda t, z: z + 1, lambda t, z: N_PLACES * t + z + 1])
def test_slices_without_a_place_are_a_stack_for_each_b_value(
    number: Callable[[int, int], int], tmp_path: Path
) -> None:
    def elements(t: int, z: int) -> dict:
        told = {"InstanceNumber": number(t, z), "DiffusionBValue": B_VALUES[t]}
        return {**NO_PLACE, **told}

    found = [load_series(one) for one in list_series(_series(tmp_path, elements))]
    assert sorted(map(_values, found)) == VOLUMES


def test_slices_with_a_location_alone_are_volumes_by_their_b_value(tmp_path: Path) -> None:
    def elements(t: int, z: int) -> dict:
        told = {"InstanceNumber": _shuffled(t, z), "DiffusionBValue": B_VALUES[t]}
        return {**NO_PLACE, "SliceLocation": 5.0 * z, **told}

    assert _values(load_scan(_series(tmp_path, elements))) == VOLUMES


@pytest.mark.parametrize("mark", ["MRDiffusionSequence", "MREchoSequence", "FrameContentSequence"])
def test_frames_of_one_place_are_told_apart(mark: str, tmp_path: Path) -> None:
    places = [(t, z) for z in range(N_PLACES) for t in SHUFFLED[z]]
    frames = [_frame(t, z, mark) for t, z in places]
    pixels = np.array([1000 * t + 10 * z for t, z in places], np.uint16)
    dataset = slice_dataset(
        0,
        0.0,
        **NO_PLACE,
        NumberOfFrames=len(frames),
        PerFrameFunctionalGroupsSequence=Sequence(frames),
        PixelData=np.repeat(pixels, 20 * 30).tobytes(),
    )
    scan = load_scan(save(dataset, tmp_path / "scan.dcm"))
    assert _values(scan) == VOLUMES
    assert scan.notes[0].startswith("The volumes are told apart by their")


def _frame(t: int, z: int, mark: str) -> Dataset:
    position, orientation, told, frame = Dataset(), Dataset(), Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, 5 * z]
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    told.DiffusionBValue = B_VALUES[t]
    told.EffectiveEchoTime = 20.0 + t
    told.TemporalPositionIndex = t + 1
    frame.PlanePositionSequence = Sequence([position])
    frame.PlaneOrientationSequence = Sequence([orientation])
    setattr(frame, mark, Sequence([told]))
    return frame


@pytest.mark.parametrize(("apart", "is_told"), [(0.008, True), (0.0004, False)])
def test_slices_a_little_apart_are_times_and_said_to_be_so(
    apart: float, is_told: bool, tmp_path: Path
) -> None:
    for number in range(3):
        dataset = slice_dataset(number, apart * number, InstanceNumber=number + 1)
        save(dataset, tmp_path / f"{number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.axes == "tyx"
    assert any("apart are taken for one place" in note for note in scan.notes) == is_told
