"""Folders of DICOM slices: put in order by where they lie, never by their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.view import in_best_view
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.load import load_series
from tests.io.dicom.slices import AXIAL, SAGITTAL, save, series, slice_dataset


def _values(folder: Path) -> list[int]:
    return load_scan(folder).pixels[:, 0, 0].tolist()


def test_slices_are_ordered_by_where_they_lie_and_not_by_name(tmp_path: Path) -> None:
    folder = series(tmp_path / "head", {"a.dcm": 9.0, "b.dcm": 3.0, "IM3": 6.0, "d.dcm": 0.0})
    scan = load_scan(folder)
    assert scan.axes == "zyx"
    assert scan.pixels.shape == (4, 20, 30)
    assert scan.pixels.dtype == np.uint16
    assert scan.pixels[:, 0, 0].tolist() == [0, 30, 60, 90]
    assert scan.voxel_size == (3.0, 0.5, 0.25), "of their places, not the thickness of a slice"
    assert scan.name == "head"
    assert scan.source == str(folder)


def test_the_normal_decides_the_direction(tmp_path: Path) -> None:
    for name, x in (("a.dcm", -4.0), ("b.dcm", 0.0), ("c.dcm", 4.0)):
        dataset = slice_dataset(
            int(x + 4), 0, ImageOrientationPatient=list(SAGITTAL), ImagePositionPatient=[x, 0, 0]
        )
        save(dataset, tmp_path / name)
    assert np.cross(SAGITTAL[:3], SAGITTAL[3:]).tolist() == [-1, 0, 0]
    assert _values(tmp_path) == [8, 4, 0]
    assert load_scan(tmp_path).voxel_size == (4, 0.5, 0.25)


def test_only_the_distance_along_the_normal_counts(tmp_path: Path) -> None:
    for name, z in (("a.dcm", 0.0), ("b.dcm", 3.0)):
        save(slice_dataset(0, z, ImagePositionPatient=[0, 4 * z / 3, z]), tmp_path / name)
    assert load_scan(tmp_path).voxel_size[0] == pytest.approx(3.0)


def test_each_slice_is_rescaled_by_its_own_rule(tmp_path: Path) -> None:
    save(slice_dataset(7, 0.0), tmp_path / "a.dcm")
    save(slice_dataset(7, 1.0, RescaleSlope=2, RescaleIntercept=-1000), tmp_path / "b.dcm")
    scan = load_scan(tmp_path)
    assert scan.pixels.dtype == np.float32
    assert scan.pixels[:, 0, 0].tolist() == [7, -986]


def test_monochrome1_is_inverted_over_the_whole_series(tmp_path: Path) -> None:
    series(
        tmp_path,
        {"a.dcm": 0.0, "b.dcm": 1.0, "c.dcm": 2.0},
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=5.5,
        WindowWidth=11,
    )
    scan = load_scan(tmp_path)
    assert scan.pixels[:, 0, 0].tolist() == [20, 10, 0]
    assert scan.contrast_limits == (10, 20), "0 and 10, in a range of 0 to 20"


def test_the_window_is_the_usual_one_of_the_slices(tmp_path: Path) -> None:
    for z, width in enumerate((101, 201, 401)):
        dataset = slice_dataset(0, z, WindowCenter=[500.5, 1], WindowWidth=[width, 1])
        save(dataset, tmp_path / f"{z}.dcm")
    assert load_scan(tmp_path).contrast_limits == (400, 600)


def test_several_series_are_listed_and_opened_one_by_one(tmp_path: Path) -> None:
    study = tmp_path / "study"
    series(study, {"a.dcm": 2.0, "b.dcm": 0.0}, SeriesInstanceUID="1.9", SeriesNumber=2)
    series(study, {"c.dcm": 0.0, "d.dcm": 5.0}, SeriesInstanceUID="1.8", SeriesNumber=2)
    series(study, {"e.dcm": 0.0, "f.dcm": 1.0}, SeriesInstanceUID="1.7", SeriesNumber=301)
    (study / "notes.txt").write_text("no scan")
    found = list_series(study)
    assert [one.path.name for one in found] == ["study#2", "study#2-2", "study#301"]
    assert [[file.name for file in one.files] for one in found] == [
        ["c.dcm", "d.dcm"],
        ["a.dcm", "b.dcm"],
        ["e.dcm", "f.dcm"],
    ]
    for one in found:
        scan = load_scan(one.path)
        np.testing.assert_array_equal(scan.pixels, load_series(one).pixels)
        assert (scan.name, scan.source) == (one.path.name, str(one.path))
    with pytest.raises(UnreadableFileError, match=r"holds 3 scans: choose one of study#2, study"):
        load_scan(study)
    with pytest.raises(UnreadableFileError, match=r"no series study#7: choose one of study#2, st"):
        load_scan(tmp_path / "study#7")


def test_a_file_whose_name_looks_like_a_series_is_a_file(tmp_path: Path) -> None:
    series(tmp_path / "study", {"a.dcm": 0.0, "b.dcm": 1.0})
    file = save(slice_dataset(5, 0), tmp_path / "study#3")
    assert load_scan(file).axes == "yx"


def test_pictures_without_a_place_are_scans_of_their_own(tmp_path: Path) -> None:
    for name in ("us1.dcm", "us2.dcm"):
        save(slice_dataset(1, 0, Modality="US", ImagePositionPatient=None), tmp_path / name)
    assert [one.path for one in list_series(tmp_path)] == [
        tmp_path / "us1.dcm",
        tmp_path / "us2.dcm",
    ]
    (tmp_path / "us2.dcm").unlink()
    assert load_scan(tmp_path).name == "us1"


def test_reports_and_other_files_are_no_series(tmp_path: Path) -> None:
    report = Path(get_testdata_file("reportsi.dcm", download=False))
    (tmp_path / "report.dcm").write_bytes(report.read_bytes())
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "text.dcm").write_text("no scan at all\n" * 50)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "self").symlink_to(tmp_path)
    assert list_series(tmp_path, recursive=True) == []


def _with_unknown_type() -> bytes:
    content = Path(get_testdata_file("MR_small.dcm", download=False)).read_bytes()
    return content.replace(b"\x28\x00\x10\x00US", b"\x28\x00\x10\x00U\x31")


def _with_odd_length() -> bytes:
    content = Path(get_testdata_file("MR_small.dcm", download=False)).read_bytes()
    return content.replace(b"\x28\x00\x10\x00US\x02", b"\x28\x00\x10\x00US\x03")


@pytest.mark.parametrize("damaged", [_with_unknown_type, _with_odd_length])
def test_a_file_with_a_damaged_header_is_listed_by_itself(
    damaged: Callable[[], bytes], tmp_path: Path
) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    (tmp_path / "damaged.dcm").write_bytes(damaged())
    found = list_series(tmp_path)
    assert [len(one.files) for one in found] == [1, 2]
    with pytest.raises(UnreadableFileError, match=r"^damaged\.dcm"):
        load_series(found[0])
    assert load_series(found[1]).n_planes == 2


def test_a_picture_whose_number_of_frames_is_no_number_is_listed_and_opens(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    content = Path(get_testdata_file("badVR.dcm", download=False)).read_bytes()
    (tmp_path / "damaged.dcm").write_bytes(content)
    found = list_series(tmp_path)
    assert sorted(len(one.files) for one in found) == [1, 2]
    damaged = next(one for one in found if len(one.files) == 1)
    assert load_series(damaged).n_planes == 1


def test_a_series_a_subfolder(tmp_path: Path) -> None:
    series(tmp_path / "S2", {"1.dcm": 0.0, "2.dcm": 1.0})
    series(tmp_path / "S10", {"1.dcm": 0.0, "2.dcm": 1.0}, SeriesInstanceUID="1.7")
    assert list_series(tmp_path) == []
    found = list_series(tmp_path, recursive=True)
    assert [one.path for one in found] == [tmp_path / "S10", tmp_path / "S2"]


def test_a_place_taken_several_times_is_time(tmp_path: Path) -> None:
    number = 0
    for time in range(3):
        for z in (4.0, 2.0):
            number += 1
            dataset = slice_dataset(100 * time + int(z), z, InstanceNumber=number)
            save(dataset, tmp_path / f"{9 - number}.dcm")
    scan = load_scan(tmp_path)
    assert scan.axes == "tzyx"
    assert scan.pixels[:, :, 0, 0].tolist() == [[2, 4], [102, 104], [202, 204]]
    assert scan.voxel_size == (1, 2, 0.5, 0.25)


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ([0, 1, 2, 4, 5], r"study is incomplete, 1 slice is missing between 2\.dcm and 3\.dcm"),
        ([0, 1, 4, 5], r"2 slices are missing between 1\.dcm and 2\.dcm \(3 mm apart, others 1"),
        (
            [0, 1, 1, 2],
            r"study has 2 pictures at one place \(1\.dcm and 2\.dcm lie there\) and 1 at",
        ),
        ([0, 0, 1, 2, 2, 3, 3], r"1 pictures where 2\.dcm lies and 2 at other places"),
        ([0, 1, 2, 3.3], r"unevenly spaced, 1 to 1\.3 mm apart: resample"),
    ],
)
def test_missing_doubled_and_uneven_slices_are_named(
    places: list[float], says: str, tmp_path: Path
) -> None:
    for number, z in enumerate(places):
        save(slice_dataset(0, z, InstanceNumber=number), tmp_path / f"study/{number}.dcm")
    with pytest.raises(UnsupportedScanError, match=says) as refusal:
        load_scan(tmp_path / "study")
    assert str(refusal.value).endswith(".")
    assert ". " not in str(refusal.value)


def test_a_copy_of_every_file_is_not_taken_for_time(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    for name in ("a", "b"):
        (tmp_path / f"{name} (1).dcm").write_bytes((tmp_path / f"{name}.dcm").read_bytes())
    with pytest.raises(UnsupportedScanError, match=r"twice \(a \(1\)\.dcm and a\.dcm are the same"):
        load_scan(tmp_path)


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (
            {"Rows": 15, "Columns": 40},
            r"20 x 30 pixels with 1 of 15 x 40 pixels \(odd\.dcm\): sort",
        ),
        ({"PixelSpacing": [0.5, 0.5]}, r"different PixelSpacing \(a\.dcm and odd\.dcm\): sort"),
        (
            {"ImageOrientationPatient": list(SAGITTAL)},
            r"several directions, as localizers do: choose",
        ),
    ],
)
def test_slices_that_do_not_fit_together_are_named(odd: dict, says: str, tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    series(tmp_path, {"odd.dcm": 2.0}, **odd)
    with pytest.raises(UnsupportedScanError, match=says):
        load_scan(tmp_path)


def test_a_slice_cut_short_is_named(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    content = (tmp_path / "b.dcm").read_bytes()
    (tmp_path / "b.dcm").write_bytes(content[:-300])
    with pytest.raises(UnreadableFileError, match=r"b\.dcm is cut short or damaged: export"):
        load_scan(tmp_path)


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    assert load_scan(tmp_path).voxel_size[0] == 1
    save(slice_dataset(0, 12.5), tmp_path / "b.dcm")
    assert load_scan(tmp_path).voxel_size[0] == 12.5


def test_what_leads_back_to_the_patient_is_kept_for_dicom_alone(tmp_path: Path) -> None:
    series(tmp_path / "scan", {"a.dcm": 3.0, "b.dcm": 0.0}, FrameOfReferenceUID="1.5")
    scan = load_scan(tmp_path / "scan")
    kept = scan.origin
    assert kept.modality == "MR"
    assert [file.name for file in kept.files] == ["b.dcm", "a.dcm"]
    assert len(set(kept.sop_instance_uids)) == 2
    for header, z in zip(kept.headers, (0, 3), strict=True):
        assert (header.StudyInstanceUID, header.SeriesInstanceUID) == ("1.2", "1.2.3")
        assert header.FrameOfReferenceUID == "1.5"
        assert header.ImagePositionPatient == [10, 20, z]
        assert "DOE" not in str(header)
    for shown in (repr(scan), repr(kept), scan.name):
        assert "DOE" not in shown.upper()
        assert "1.2.3" not in shown


def test_a_series_lies_where_its_pictures_lie_in_the_patient(tmp_path: Path) -> None:
    series(tmp_path / "scan", {"a.dcm": 3.0, "b.dcm": 0.0})
    place = load_scan(tmp_path / "scan").place
    height, width = place.pixel_size
    expected = [[0, 0, width, 10], [0, height, 0, 20], [3, 0, 0, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(place.affine, expected)
    assert place.frame is Frame.PATIENT
    assert not place.unknown


@pytest.mark.parametrize(
    ("orientation", "positions", "size"),
    [
        (None, [], (5, 0.5, 0.25)),
        (np.array(AXIAL), [(0, 0, 0)], (5, 0.5, 0.25)),
        (np.array(AXIAL), [(0, 0, 0), (0, 0, 5), (0, 0, 10)], None),
    ],
)
def test_pictures_that_do_not_say_where_they_lie_have_a_place_of_their_own(
    orientation, positions, size
) -> None:
    scan = Scan(np.zeros((3, 40, 50)), "zyx", size)
    place = in_best_view(scan, orientation, np.reshape(positions, (-1, 3))).place
    assert place.frame is Frame.NONE
    assert place.voxel_size == size
    np.testing.assert_array_equal(place.affine @ (1, 1, 1, 1), (*(size or (1, 1, 1))[::-1], 1))


def _disc(folder: Path, *, lower: bool = False) -> Path:
    """A disc whose DICOMDIR lists two files, beside one that it does not."""
    records = []
    for number, z in enumerate((3.0, 0.0)):
        save(
            slice_dataset(int(z), z),
            folder / (f"dicom/im{number}" if lower else f"DICOM/IM{number}"),
        )
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = ["DICOM", f"IM{number}"]
        records.append(record)
    directory = slice_dataset(0, 0, PixelData=None, Rows=None, Columns=None)
    directory.DirectoryRecordSequence = Sequence(records)
    save(slice_dataset(0, 9.0), folder / "stray.dcm")
    return save(directory, folder / "DICOMDIR")


@pytest.mark.parametrize("lower", [False, True])
def test_a_dicomdir_says_which_files_are_meant(lower: bool, tmp_path: Path) -> None:
    dicomdir = _disc(tmp_path / "disc", lower=lower)
    for path in (dicomdir, dicomdir.parent):
        scan = load_scan(path)
        assert scan.pixels[:, 0, 0].tolist() == [0, 3]
        assert scan.name == "disc"


def test_a_dicomdir_whose_files_are_missing_says_so(tmp_path: Path) -> None:
    dicomdir = _disc(tmp_path)
    (tmp_path / "DICOM/IM1").unlink()
    with pytest.raises(UnreadableFileError, match="names 1 of 2 files that are not there, such as"):
        load_scan(dicomdir)
    dicomdir.write_bytes(b"no directory")
    with pytest.raises(UnreadableFileError, match="DICOMDIR is damaged: choose the folders"):
        load_scan(dicomdir)


def test_a_real_disc_is_listed() -> None:
    found = list_series(Path(get_testdata_file("DICOMDIR", download=False)))
    assert len(found) > 5
    assert sum(len(one.files) for one in found) == 31


COLUMNS_TO_THE_FEET = {"coronal": (1, 0, 0, 0, 0, -1), "sagittal": SAGITTAL}


def _taken(folder: Path, view: str, step: float, spacing: tuple[float, float], count: int) -> Path:
    """Save a series of 20 x 30 pixels whose values are their place along z, in 0.1 mm."""
    orientation = COLUMNS_TO_THE_FEET[view]
    normal = np.cross(orientation[:3], orientation[3:])
    to_the_feet = np.arange(20)[:, None] * spacing[0] * np.ones(30)
    for number in range(count):
        x, y, z = (10, 20, 30) + normal * number * step
        dataset = slice_dataset(
            0,
            0,
            ImageOrientationPatient=list(orientation),
            ImagePositionPatient=[x, y, z],
            InstanceNumber=number,
            PixelSpacing=list(spacing),
            PixelData=np.round((z - to_the_feet) * 10).astype(np.uint16).tobytes(),
        )
        save(dataset, folder / f"{number:02}.dcm")
    return folder


@pytest.mark.parametrize("view", COLUMNS_TO_THE_FEET)
def test_a_volume_of_even_voxels_is_turned_to_axial_planes(view: str, tmp_path: Path) -> None:
    scan = load_scan(_taken(tmp_path, view, 1.5, (1.0, 1.0), 18))
    assert scan.view == "axial"
    assert scan.axes == "zyx"
    sagittal = view == "sagittal"
    assert scan.pixels.shape == ((20, 30, 18) if sagittal else (20, 18, 30))
    assert scan.voxel_size == ((1.0, 1.0, 1.5) if sagittal else (1.0, 1.5, 1.0))
    np.testing.assert_array_equal(scan.pixels.min(axis=(1, 2)), np.arange(11, 31) * 10)
    np.testing.assert_array_equal(scan.pixels.max(axis=(1, 2)), np.arange(11, 31) * 10)


@pytest.mark.parametrize("view", COLUMNS_TO_THE_FEET)
@pytest.mark.parametrize(("step", "count"), [(6.0, 5), (1.0, 5)], ids=["thick", "slab"])
def test_a_volume_without_usable_axial_planes_stays_as_it_was_taken(
    view: str, step: float, count: int, tmp_path: Path
) -> None:
    scan = load_scan(_taken(tmp_path, view, step, (1.0, 1.0), count))
    assert scan.view == view
    assert scan.pixels.shape == (count, 20, 30)
    assert scan.voxel_size == (step, 1.0, 1.0)
    np.testing.assert_array_equal(scan.pixels[:, :, 0], [np.arange(300, 100, -10)] * count)


def test_a_single_slice_tells_its_view(tmp_path: Path) -> None:
    assert load_scan(_taken(tmp_path, "coronal", 1, (1.0, 1.0), 1)).view == "coronal"
    axial = series(tmp_path / "axial", {"a.dcm": 0.0})
    assert load_scan(axial).view == "axial"
    nowhere = save(slice_dataset(5, 0, ImageOrientationPatient=None), tmp_path / "b.dcm")
    assert load_scan(nowhere).view is None


def test_slices_of_which_one_is_inverted_are_refused(tmp_path: Path) -> None:
    series(tmp_path, {"a.dcm": 0.0, "b.dcm": 1.0})
    series(tmp_path, {"c.dcm": 2.0}, PhotometricInterpretation="MONOCHROME1")
    told = r"mixes slices of different PhotometricInterpretation \(a\.dcm and c\.dcm\): sort them"
    with pytest.raises(UnsupportedScanError, match=told):
        load_scan(tmp_path)


def test_two_slices_of_different_spacing_are_both_named(tmp_path: Path) -> None:
    save(slice_dataset(1, 0, PixelSpacing=[2, 2]), tmp_path / "a.dcm")
    save(slice_dataset(2, 1, PixelSpacing=[4, 4]), tmp_path / "b.dcm")
    with pytest.raises(UnsupportedScanError, match=r"\(a\.dcm and b\.dcm\): sort"):
        load_scan(tmp_path)
