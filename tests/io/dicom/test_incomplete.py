"""A slice that cannot be read costs its series no more than it has to, and never without a word."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from napari_multicancer.batch.run import run_batch
from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom import header
from napari_multicancer.io.folders import list_series
from tests.io.dicom.slices import save, series, slice_dataset

NAMES = ["a.dcm", "b.dcm", "c.dcm", "d.dcm", "e.dcm"]


def _study(folder: Path, **elements: object) -> Path:
    return series(folder, {name: float(n) for n, name in enumerate(NAMES)}, **elements)


def _cut(path: Path, *, to: int = -300) -> None:
    path.write_bytes(path.read_bytes()[:to])


@pytest.mark.parametrize("ends", [["a.dcm"], ["e.dcm"], ["d.dcm", "e.dcm"], ["a.dcm", "e.dcm"]])
def test_slices_at_the_ends_that_are_cut_short_are_left_out_and_named(
    ends: list[str], tmp_path: Path
) -> None:
    folder = _study(tmp_path / "study")
    for name in ends:
        _cut(folder / name)
    scan = load_scan(folder)
    kept = [10 * n for n, name in enumerate(NAMES) if name not in ends]
    assert scan.pixels[:, 0, 0].tolist() == kept
    assert scan.voxel_size == (1, 0.5, 0.25)
    assert scan.notes == (f"{', '.join(ends)} cannot be read and is left out.",)
    assert (scan.name, scan.source) == ("study", str(tmp_path / "study"))
    assert [file.name for file in scan.origin.files] == [n for n in NAMES if n not in ends]


@pytest.mark.parametrize("inside", [["c.dcm"], ["b.dcm", "d.dcm"], ["b.dcm", "c.dcm", "d.dcm"]])
def test_slices_whose_loss_would_leave_a_hole_are_named_and_the_series_is_refused(
    inside: list[str], tmp_path: Path
) -> None:
    folder = _study(tmp_path / "study")
    for name in inside:
        _cut(folder / name)
    says = rf"^{inside[0]} is cut short or damaged: export or copy it again\.$"
    with pytest.raises(UnreadableFileError, match=says) as refusal:
        load_scan(folder)
    assert refusal.value.__cause__ is not refusal.value


@pytest.mark.parametrize(
    "elements",
    [
        {"ImagePositionPatient": None, "ImageOrientationPatient": None, "SliceLocation": True},
        {"ImagePositionPatient": None, "ImageOrientationPatient": None},
    ],
    ids=["SliceLocation", "InstanceNumber"],
)
def test_a_hole_is_noticed_however_the_slices_are_ordered(elements: dict, tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        own = {key: number * 2.0 if value else None for key, value in elements.items()}
        save(slice_dataset(number, 0, InstanceNumber=number + 1, **own), tmp_path / name)
    content = (tmp_path / "c.dcm").read_bytes()
    _cut(tmp_path / "c.dcm")
    with pytest.raises(UnreadableFileError, match=r"^c\.dcm is cut short"):
        load_scan(tmp_path)
    (tmp_path / "c.dcm").write_bytes(content)
    _cut(tmp_path / "e.dcm")
    scan = load_scan(tmp_path)
    assert scan.pixels[:, 0, 0].tolist() in ([0, 1, 2, 3], [3, 2, 1, 0])
    assert scan.notes[-1] == "e.dcm cannot be read and is left out."


def test_a_damaged_copy_costs_the_sound_slice_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    for name in ("a.dcm", "b.dcm"):
        save(slice_dataset(7, 2.0, SOPInstanceUID="1.2.9"), folder / name)
    _cut(folder / "b.dcm")
    scan = load_scan(folder)
    assert scan.axes == "yx"
    assert scan.pixels[0, 0] == 7
    assert scan.notes[-1] == "b.dcm cannot be read and is left out."
    for name in ("c.dcm", "d.dcm"):
        save(slice_dataset(8, 3.0 + (name == "d.dcm")), folder / name)
    assert load_scan(folder).pixels[:, 0, 0].tolist() == [7, 8, 8], "one place in a stack, too"


def test_times_are_left_out_at_the_end_alone(tmp_path: Path) -> None:
    for n in range(1, 7):  # two places, three times
        save(slice_dataset(n, float(n % 2), InstanceNumber=n), tmp_path / f"{n}.dcm")
    sound = (tmp_path / "6.dcm").read_bytes()
    _cut(tmp_path / "6.dcm")
    with pytest.raises(UnreadableFileError, match=r"^6\.dcm is cut short"):
        load_scan(tmp_path)  # as one place would have a time less
    _cut(tmp_path / "5.dcm")
    assert load_scan(tmp_path).pixels[:, :, 0, 0].tolist() == [[2, 1], [4, 3]]
    (tmp_path / "6.dcm").write_bytes(sound)
    _cut(tmp_path / "4.dcm")
    with pytest.raises(UnreadableFileError, match=r"^4\.dcm is cut short"):
        load_scan(tmp_path)


def test_one_slice_that_is_left_of_several_places_is_no_scan(tmp_path: Path) -> None:
    folder = _study(tmp_path / "study")
    for name in NAMES[1:]:
        _cut(folder / name)
    with pytest.raises(UnreadableFileError, match=r"^b\.dcm is cut short"):
        load_scan(folder)


def test_a_header_that_cannot_be_read_is_suspected_of_the_missing_slice(tmp_path: Path) -> None:
    folder = _study(tmp_path / "study")
    _cut(folder / "c.dcm", to=400)
    with pytest.raises(MulticancerError, match=r"between b\.dcm and d\.dcm \(.*; c\.dcm cannot"):
        load_scan(folder)


@pytest.mark.parametrize("length", [0, 100, 400])
def test_a_file_without_a_header_at_an_end_is_told_of(length: int, tmp_path: Path) -> None:
    folder = _study(tmp_path / "study")
    _cut(folder / "e.dcm", to=length)
    scan = load_scan(folder)
    assert scan.n_planes == 4
    assert scan.notes == ("e.dcm in the same folder cannot be read, and may be one of the slices.",)
    assert load_scan(folder / "b.dcm").notes == (), "a file by itself is a scan by itself"


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b"OB\0\0\x02\0\0\0", b"OB\0\0\x01\0\0\0"),
        (b"\x28\0\x11\0US\x02\0", b"\x28\0\x11\0US\x7f\0"),
        (b"\x28\0\x11\0US", b"\x02\0\x03\0US"),
        (b"\x28\0\x10\0US", b"\x28\0\x10\0DS"),
        (b"\x02\0\x02\0UI\x1a\0", b"\x02\0\x02\0UI\x08\0"),
    ],
    ids=[
        "length of the meta header",
        "length of Columns",
        "tag of Columns",
        "type of Rows",
        "class",
    ],
)
@pytest.mark.parametrize("names", [NAMES, NAMES[:2]], ids=["stack", "two"])
def test_whatever_ails_a_header_its_slice_is_not_lost_without_a_word(
    names: list[str], found: bytes, instead: bytes, tmp_path: Path
) -> None:
    folder = series(tmp_path / "study", {name: float(n) for n, name in enumerate(names)})
    content = (folder / "a.dcm").read_bytes()
    assert found in content
    (folder / "a.dcm").write_bytes(content.replace(found, instead, 1))
    assert load_scan(folder).notes == (
        "a.dcm in the same folder cannot be read, and may be one of the slices.",
    )


def test_a_class_of_another_program_is_no_picture(tmp_path: Path) -> None:
    other = slice_dataset(0, 0.0, Rows=None, PixelData=None, SOPClassUID="1.3.12.2.1107.5.9.1")
    other.file_meta.MediaStorageSOPClassUID = "1.3.12.2.1107.5.9.1"
    save(other, _study(tmp_path / "study") / "csa.dcm")
    assert load_scan(tmp_path / "study").notes == ()


def test_a_report_beside_a_series_is_not_suspected(tmp_path: Path) -> None:
    report = Path(get_testdata_file("reportsi.dcm", download=False))
    (_study(tmp_path / "study") / "report.dcm").write_bytes(report.read_bytes())
    assert load_scan(tmp_path / "study").notes == ()


def test_in_a_batch_a_damaged_slice_is_named_and_the_other_scans_are_analyzed(
    tmp_path: Path,
) -> None:
    ramp = {"PixelData": np.arange(600, dtype=np.uint16).tobytes()}
    folder = _study(tmp_path / "study", **ramp)
    _cut(folder / "e.dcm", to=400)
    series(folder, {"x.dcm": 0.0, "y.dcm": 1.0}, SeriesInstanceUID="1.9", SeriesNumber=4, **ramp)
    _cut(folder / "y.dcm")
    assert [path.name for path in find_files([folder])] == ["e.dcm", "study#3", "study#4"]
    assert [one.is_damaged for one in list_series(folder)] == [True, False, False]
    run_batch(find_files([folder]), tmp_path / "out")
    with (tmp_path / "out" / "results.csv").open(newline="", encoding="utf-8") as file:
        rows = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    assert [row["status"] for row in rows.values()] == ["failed", "ok", "failed"]
    assert "e.dcm in the same folder cannot be read" in rows["study#3"]["notes"]
    assert rows["study#4"]["error"].startswith("y.dcm is cut short or damaged: export")


@pytest.mark.parametrize("begins", [b"", bytes(128) + b"DICM"])
def test_a_file_filled_with_zeros_is_refused_at_once(begins: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(begins + bytes(20_000_000))
    with pytest.raises(UnreadableFileError, match=r"^a\.dcm is filled with zeros, as a copy .*\.$"):
        load_scan(tmp_path / "a.dcm")


def test_more_elements_than_a_scan_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _study(tmp_path / "study") / "a.dcm"
    assert load_scan(path)
    monkeypatch.setattr(header, "MOST_ELEMENTS", 5)
    with pytest.raises(UnreadableFileError, match=r"^a\.dcm has more than 5 elements, as no scan"):
        load_scan(path)
