from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project import Condition, Project, adding
from napari_multicancer.project.fingerprint import fingerprint_of
from napari_multicancer.project.moved import Moved, look_for_moved
from napari_multicancer.project.places import sentence
from tests.project.scans import mask, picture, pictures


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Make a folder with three scans and their project."""
    study = tmp_path / "study"
    with Project.create(study / "project", "Ada") as project:
        project.add(pictures(study / "scans", 3))
    return study


def test_scans_are_found_again_when_they_move_together_with_the_project(
    study: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "study"
    moved.parent.mkdir()
    study.rename(moved)
    with Project.open(moved / "project") as project:
        located = project.locate(2)
        assert (located.path, located.condition) == (moved / "scans/scan2.png", Condition.MOVED)
        assert project.locate(2).condition is Condition.HERE
        assert project.scan(2).path == moved / "scans/scan2.png"
        assert project.add([moved / "scans/scan3.png"]) == 0, "it is not there twice"


def test_the_scans_are_found_where_the_project_lies_before_a_copy_that_stayed(
    study: Path, tmp_path: Path
) -> None:
    shutil.copytree(study, tmp_path / "copy")
    with Project.open(tmp_path / "copy/project") as project:
        assert project.locate(1).condition is Condition.HERE
        picture(study / "scans/scan1.png", seed=99)
        located = project.locate(1)
        assert located.path == tmp_path / "copy/scans/scan1.png"
        assert located.condition is Condition.MOVED


def test_scans_are_found_by_what_they_hold_under_other_names(study: Path, tmp_path: Path) -> None:
    attic = tmp_path / "attic" / "deep"
    attic.mkdir(parents=True)
    (study / "scans/scan2.png").rename(attic / "renamed.png")
    picture(attic / "scan3.png", seed=50)
    with Project.open(study / "project") as project:
        located = project.locate(2)
        assert located.condition is Condition.GONE
        assert "is gone: put it back" in sentence(located)
        assert project.find_moved(tmp_path / "attic") == 1
        assert project.scan(2).path == attic / "renamed.png"
        assert project.scan(3).path == study / "scans/scan3.png"


def test_a_look_for_moved_scans_says_how_many_were_found_and_which_were_not(
    study: Path, tmp_path: Path
) -> None:
    attic = tmp_path / "attic"
    with Project.open(study / "project") as project:
        with pytest.raises(UnreadableFileError, match="There is no folder"):
            look_for_moved(project, attic)
        (study / "scans").rename(attic)
        assert look_for_moved(project, tmp_path / "study") == Moved(
            0, tuple(str(study / f"scans/scan{n}.png") for n in (1, 2, 3))
        )
        (attic / "scan3.png").unlink()
        done = look_for_moved(project, attic)
        assert done == Moved(2, (str(study / "scans/scan3.png"),))
        assert "scan3.png is gone." in done.reasons[0]


def test_scans_that_moved_together_with_the_list_are_not_missing(
    study: Path, tmp_path: Path
) -> None:
    study.rename(tmp_path / "moved")
    with Project.open(tmp_path / "moved/project") as project:
        assert look_for_moved(project, tmp_path) == Moved(0)
        assert project.scan(1).path == tmp_path / "moved/scans/scan1.png"


def test_a_look_for_moved_scans_is_told_with_its_numbers() -> None:
    assert [Moved(0).sentence, Moved(1).sentence, Moved(6, ("a",)).sentence] == [
        "No scan of the list is missing.",
        "1 scan was found again.",
        "6 scans were found again. 1 scan was not found: look in another folder.",
    ]
    assert Moved(0, ("a", "b")).sentence == "2 scans were not found: look in another folder."


def test_copies_of_one_scan_stay_two(study: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.png"
    shutil.copy(study / "scans/scan1.png", twin)
    with Project.open(study / "project") as project:
        assert project.add([twin]) == 1
        twin.rename(tmp_path / "moved.png")
        assert project.add([tmp_path / "moved.png"]) == 0
        assert project.count() == 4
        assert project.locate(4).path == tmp_path / "moved.png"
        assert project.locate(1).path == study / "scans/scan1.png"


def test_a_scan_that_changed_says_so_until_that_is_accepted_and_its_masks_no_longer_fit(
    study: Path,
) -> None:
    with Project.open(study / "project") as project:
        before = project.save_mask(1, mask())
        assert before.fits
        picture(study / "scans/scan1.png", seed=77)
        located = project.locate(1)
        assert located.condition is Condition.CHANGED
        assert sentence(located).startswith("scan1.png has changed since it was listed")
        assert project.locate(1).condition is Condition.CHANGED
        project.accept_change(1)
        assert project.locate(1).condition is Condition.HERE
        after = project.save_mask(1, mask())
        assert [version.fits for version in project.versions(1)] == [False, True]
        assert before.file.is_file()
        assert after.file.is_file()


def test_a_scan_that_was_only_touched_has_not_changed(study: Path) -> None:
    os.utime(study / "scans/scan1.png", (1, 1))
    with Project.open(study / "project") as project:
        assert project.locate(1).condition is Condition.HERE


@pytest.mark.parametrize("size", [10, 60_000, 3_000_000])
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_files_of_one_size_are_told_apart_wherever_they_differ_widely(
    tmp_path: Path, size: int, where: float
) -> None:
    content = np.zeros(size, np.uint8)
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(content.tobytes())
    width = max(1, size // 5)
    start = int(where * (size - width))
    content[start : start + width] = 7
    second.write_bytes(content.tobytes())
    assert fingerprint_of((first,)).content != fingerprint_of((second,)).content
    assert fingerprint_of((first,)) == fingerprint_of((first,))
    assert fingerprint_of((first, second)).size == 2 * size


def test_of_many_copies_of_one_scan_those_of_its_name_are_looked_for_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "MOST_COPIES", 2)
    copies = [picture(tmp_path / str(n) / f"{'b' if n < 3 else 'a'}.png") for n in range(5)]
    with Project.create(tmp_path / "project") as project:
        assert project.add(copies) == 5
        (tmp_path / "3/a.png").rename(tmp_path / "a.png")
        assert project.add([tmp_path / "a.png"]) == 0, "the two of its name were looked for"
        assert project.scan(4).path == tmp_path / "a.png"
        (tmp_path / "2/b.png").rename(tmp_path / "b.png")
        assert project.add([tmp_path / "b.png"]) == 1, "the third of its name was not"
