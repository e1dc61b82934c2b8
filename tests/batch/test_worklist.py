from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.batch.worklist import find_files, plan_jobs


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_of_a_folder_only_scans_are_taken(tmp_path: Path) -> None:
    _touch(tmp_path, "b.PNG", "a.nii.gz", "notes.txt", "c.dcm", ".hidden.png", "table.csv")
    assert _names(find_files([tmp_path]), tmp_path) == ["a.nii.gz", "b.PNG", "c.dcm"]


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
