from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from napari_multicancer.batch.worklist import find_files, plan_jobs
from napari_multicancer.io import load_scan


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _slices(folder: Path, series: str, *places: float) -> None:
    """Save a DICOM series of one slice a place, without suffixes."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.SeriesInstanceUID, dataset.SeriesNumber = series, int(series[-1])
    for place in places:
        dataset.ImagePositionPatient = [0, 0, place]
        dataset.SOPInstanceUID = f"{series}.{place:.0f}"
        dataset.save_as(folder / f"IM{series[-1]}{place:.0f}")


def _names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_of_a_folder_only_scans_are_taken(tmp_path: Path) -> None:
    _touch(tmp_path, "b.PNG", "a.nii.gz", "notes.txt", "c.dcm", ".hidden.png", "table.csv")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.nii.gz", "b.PNG", "c.dcm"]


def test_a_dicom_series_is_one_scan_and_other_files_are_as_ever(tmp_path: Path) -> None:
    _slices(tmp_path / "study", "1.2", 0, 3, 6)
    _touch(tmp_path / "study", "a.png", "empty.dcm", "notes.txt")
    found = find_files([tmp_path / "study"])
    assert _names(found, tmp_path) == ["study", "study/a.png", "study/empty.dcm"]
    assert load_scan(found[0]).pixels.shape == (3, 64, 64)


def test_each_of_several_series_has_a_path_that_opens_it(tmp_path: Path) -> None:
    _slices(tmp_path / "study", "1.2", 0, 3, 6)
    _slices(tmp_path / "study", "1.4", 0, 5)
    _slices(tmp_path / "study/more", "1.5", 7)
    found = find_files([tmp_path], recursive=True)
    assert _names(found, tmp_path) == ["study/more/IM57", "study#2", "study#4"]
    assert [load_scan(path).pixels.shape[0] for path in found[1:]] == [3, 2]
    assert [job.mask for job in plan_jobs(found[1:])] == [
        "masks/study#2_mask.tif",
        "masks/study#4_mask.tif",
    ]


def test_the_files_of_a_disc_are_listed_once(tmp_path: Path) -> None:
    disc = shutil.copytree(
        Path(get_testdata_file("DICOMDIR", download=False)).parent,
        tmp_path / "disc",
        ignore=shutil.ignore_patterns("DICOMDIR-*"),
    )
    by_folder = find_files([disc], recursive=True)
    assert by_folder == find_files([disc / "DICOMDIR"], recursive=True) == find_files([disc])
    assert len(by_folder) > 5


def test_a_disc_that_is_incomplete_gets_a_row_of_its_own(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png")
    (tmp_path / "DICOMDIR").write_text("damaged")
    assert _names(find_files([tmp_path]), tmp_path) == ["DICOMDIR", "a.png"]


def test_subfolders_are_searched_only_when_asked(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", "deep/down/b.png")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.png"]
    assert _names(find_files([tmp_path], recursive=True), tmp_path) == ["a.png", "deep/down/b.png"]


def test_a_file_that_is_named_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    _touch(tmp_path, "IM0001")
    missing = tmp_path / "missing.png"
    assert find_files([tmp_path / "IM0001", missing]) == [tmp_path / "IM0001", missing]


def test_a_file_named_twice_is_done_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    found = find_files([tmp_path, tmp_path / "a.png", tmp_path / "sub" / ".." / "a.png"])
    assert len(found) == 1


def test_the_output_folder_is_not_searched(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", "out/masks/a_mask.tif")
    found = find_files([tmp_path], recursive=True, leave_out=tmp_path / "out")
    assert _names(found, tmp_path) == ["a.png"]


def test_masks_are_named_after_their_scans() -> None:
    jobs = plan_jobs([Path("a.nii.gz"), Path("x/b.png"), Path("IM1")])
    assert [job.mask for job in jobs] == [
        "masks/a_mask.tif",
        "masks/b_mask.tif",
        "masks/IM1_mask.tif",
    ]


def test_a_mask_of_an_earlier_run_keeps_its_name() -> None:
    (job,) = plan_jobs([Path("a.png")], taken=["masks/a_mask.tif"])
    assert job.mask == "masks/a_2_mask.tif"


@given(
    st.lists(
        st.builds(
            lambda folder, name, suffix: Path(folder, name + suffix),
            st.sampled_from(["x", "y"]),
            st.sampled_from(["a", "A", "a_2", "a_2_2"]),
            st.sampled_from([".png", ".tif", ".nii.gz"]),
        )
    )
)
def test_no_two_scans_share_a_mask(paths: list[Path]) -> None:
    masks = [job.mask.lower() for job in plan_jobs(paths)]
    assert len(set(masks)) == len(paths)
