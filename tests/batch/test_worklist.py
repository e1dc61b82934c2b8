from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.data import get_testdata_file

from napari_multicancer.batch import folder, on_disk
from napari_multicancer.batch.on_disk import DiskNumbers, sorted_on_disk
from napari_multicancer.batch.worklist import ReadAhead, find_files, plan_jobs, taken
from napari_multicancer.core.errors import OutputError, UnreadableFileError
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


def _names(paths: Iterable[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_of_a_folder_only_scans_are_taken(tmp_path: Path) -> None:
    _touch(tmp_path, "b.PNG", "a.nii.gz", "notes.txt", "c.dcm", ".hidden.png", "table.csv")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.nii.gz", "b.PNG", "c.dcm"]


def test_names_without_a_suffix_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    _touch(tmp_path, "empty")
    (tmp_path / "README").write_text("Scans of 2026")
    Image.new("L", (32, 32)).save(tmp_path / "scan", format="TIFF")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    assert _names(find_files([tmp_path]), tmp_path) == ["scan"]


def test_a_dicom_series_is_one_scan_and_other_files_are_as_ever(tmp_path: Path) -> None:
    _slices(tmp_path / "study", "1.2", 0, 3, 6)
    _touch(tmp_path / "study", "a.png", "empty.dcm", "notes.txt")
    found = list(find_files([tmp_path / "study"]))
    assert _names(found, tmp_path) == ["study/a.png", "study", "study/empty.dcm"]
    assert load_scan(found[1]).pixels.shape == (3, 64, 64)


def test_each_of_several_series_has_a_path_that_opens_it(tmp_path: Path) -> None:
    _slices(tmp_path / "study", "1.2", 0, 3, 6)
    _slices(tmp_path / "study", "1.4", 0, 5)
    _slices(tmp_path / "study/more", "1.5", 7)
    found = list(find_files([tmp_path], recursive=True))
    assert _names(found, tmp_path) == ["study#2", "study#4", "study/more/IM57"]
    assert [load_scan(path).pixels.shape[0] for path in found[:2]] == [3, 2]
    assert [job.mask for job in plan_jobs(found[:2])] == [
        "masks/study#2_mask.tif",
        "masks/study#4_mask.tif",
    ]


def test_the_files_of_a_disc_are_listed_once(tmp_path: Path) -> None:
    disc = shutil.copytree(
        Path(get_testdata_file("DICOMDIR", download=False)).parent,
        tmp_path / "disc",
        ignore=shutil.ignore_patterns("DICOMDIR-*", "TINY_ALPHA"),
    )
    by_folder = list(find_files([disc], recursive=True))
    assert by_folder == list(find_files([disc / "DICOMDIR"], recursive=True))
    assert by_folder == list(find_files([disc]))
    assert len(by_folder) > 5


def test_a_disc_that_is_incomplete_gets_a_row_of_its_own(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png")
    (tmp_path / "DICOMDIR").write_text("damaged")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.png", "DICOMDIR"]


def test_subfolders_are_searched_only_when_asked(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", "deep/down/b.png")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.png"]
    assert _names(find_files([tmp_path], recursive=True), tmp_path) == ["a.png", "deep/down/b.png"]


def test_a_file_that_is_named_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    _touch(tmp_path, "IM0001")
    missing = tmp_path / "missing.png"
    assert list(find_files([tmp_path / "IM0001", missing])) == [tmp_path / "IM0001", missing]


def test_a_file_named_twice_is_done_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    found = find_files([tmp_path, tmp_path / "a.png", tmp_path / "sub" / ".." / "a.png"])
    assert len(list(found)) == 1


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
    used = DiskNumbers()
    used.add(taken("masks/A_mask.tif"))
    (job,) = plan_jobs([Path("a.png")], used)
    assert job.mask == "masks/a_2_mask.tif"


@pytest.mark.slow
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


def test_patterns_find_what_they_mean_and_a_useless_one_gets_a_row(tmp_path: Path) -> None:
    _touch(tmp_path, "b.png", "a.png", "deep/c.png", "x[1].png", "out/masks/a_mask.png")
    everywhere = find_files([tmp_path / "**/*.png"], leave_out=tmp_path / "out")
    assert _names(everywhere, tmp_path) == ["a.png", "b.png", "deep/c.png", "x[1].png"]
    assert _names(find_files([tmp_path / "x[1].png"]), tmp_path) == ["x[1].png"]
    assert _names(find_files([tmp_path / "*.tif"]), tmp_path) == ["*.tif"]


def test_a_text_file_names_files_relative_to_itself(tmp_path: Path) -> None:
    _touch(tmp_path, "lists/a.png", "lists/more/b.png", "c.png")
    content = f"# scans\n\na.png\r\n  more  \n{tmp_path / 'c.png'}\nmissing.png\na.png\n"
    (tmp_path / "lists/all.txt").write_text(content, newline="")
    found = _names(find_files([tmp_path / "lists/all.txt"]), tmp_path)
    assert found == ["lists/a.png", "lists/more/b.png", "c.png", "lists/missing.png"]


def test_addresses_are_taken_as_fsspec_finds_them(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", ".b.png", "notes.doc", "deep/c.tif")
    address = f"file://{tmp_path}"
    assert list(find_files([address])) == [f"{address}/a.png"]
    assert list(find_files([address], recursive=True)) == [
        f"{address}/a.png",
        f"{address}/deep/c.tif",
    ]
    assert list(find_files([f"{address}/*/*.tif"])) == [f"{address}/deep/c.tif"]
    (job,) = plan_jobs(find_files([f"{address}/missing.png"]))
    assert (job.path, job.mask) == (f"{address}/missing.png", "masks/missing_mask.tif")
    with pytest.raises(UnreadableFileError, match="nowhere://x cannot be reached"):
        list(find_files(["nowhere://x"]))


def test_a_folder_that_may_not_be_read_gets_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "a.png", "closed/b.png", "open/c.png")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path == tmp_path / "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(folder.os, "scandir", refuse)
    found = _names(find_files([tmp_path], recursive=True), tmp_path)
    assert found == ["a.png", "closed", "open/c.png"]


def test_a_folder_is_listed_no_faster_than_it_is_worked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "a.png", "b/c.png", "d/e.png")
    opened: list[str] = []
    scandir = os.scandir
    monkeypatch.setattr(
        folder.os, "scandir", lambda path: (opened.append(path.name), scandir(path))[1]
    )
    found = find_files([tmp_path], recursive=True)
    assert [next(found).name, next(found).name] == ["a.png", "c.png"]
    assert opened == [tmp_path.name, "b"]


@pytest.mark.slow
@given(st.lists(st.text(), max_size=9))
def test_names_sorted_on_disk_are_those_sorted_in_memory(names: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_disk, "SORTED_IN_MEMORY", 3)
        assert list(sorted_on_disk(names)) == sorted(names)


def test_numbers_on_disk_are_kept_by_key() -> None:
    numbers = DiskNumbers()
    assert numbers.add("a", 3)
    assert not numbers.add("a", 4)
    assert numbers.get("a", 0) == 3
    numbers["a"] = 5
    assert (numbers.get("a", 0), numbers.get("\udcff", 7)) == (5, 7)


def test_a_full_temporary_folder_is_named() -> None:
    numbers = DiskNumbers()
    on_disk._run(numbers._disk, "PRAGMA max_page_count = 4")
    with pytest.raises(OutputError, match="free some space"):
        deque(map(numbers.add, map(str, range(10_000))), maxlen=0)


def test_reading_ahead_knows_the_total_before_the_end() -> None:
    files = ReadAhead(map(Path, "abcde"), ahead=2)
    totals = []
    names = [(totals.append(files.total), path.name)[1] for path in files]
    assert names == list("abcde")
    assert totals == [None, None, None, 5, 5]
    assert (ReadAhead([], 2).total, ReadAhead([Path("a")], 2).total) == (0, 1)
