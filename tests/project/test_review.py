from __future__ import annotations

from pathlib import Path

import pytest

from napari_multicancer.core.errors import OutputError
from napari_multicancer.project import Project, State, Verdict, VersionKind
from napari_multicancer.project.final import final_version
from napari_multicancer.project.readings import sample
from tests.project.scans import mask, pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a project of forty scans that Ada has done."""
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(pictures(tmp_path / "scans", 40))
        for scan in project.each():
            project.set_state(scan.id, State.DONE)
        project.save_mask(1, mask(4))
    return tmp_path / "project"


def test_a_second_person_approves_sends_back_and_flags(folder: Path) -> None:
    with Project.open(folder, "Eve") as project:
        project.review(1, Verdict.APPROVE)
        project.review(2, Verdict.SEND_BACK, "the shadow is no lesion")
        project.review(3, Verdict.FLAG)
        states = [project.scan(n).state for n in (1, 2, 3)]
        assert states == [State.REVIEWED, State.IN_WORK, State.FLAGGED]
        assert project.scan(1).done_by == "Ada"
        assert project.scan(1).state_by == "Eve"
        *_, last = project.changes(2)
        assert last.note == "the shadow is no lesion"
        people = project.people()
        assert (people["Ada"].done, people["Eve"].reviewed) == (38, 1)


def test_nobody_reviews_what_is_their_own_or_not_done(folder: Path) -> None:
    with Project.open(folder, "Ada") as project:
        with pytest.raises(
            OutputError, match=r"scan1\.png is Ada's own: a second person reviews it"
        ):
            project.review(1, Verdict.APPROVE)
        project.set_state(2, State.SKIPPED)
    refused = pytest.raises(OutputError, match=r"scan2\.png is skipped, not done")
    with Project.open(folder, "Eve") as project, refused:
        project.review(2, Verdict.APPROVE)


@pytest.mark.parametrize("name", [" ada ", "ADA", "\uff21da", "Ada "])
def test_a_name_written_in_another_way_is_the_same_person(folder: Path, name: str) -> None:
    with Project.open(folder, name) as project:
        assert project.who == "Ada"
        with pytest.raises(OutputError, match=r"scan1\.png is Ada's own"):
            project.review(1, Verdict.APPROVE)
        project.assign([1], name)
        project.ask_second([2], name)
        assert project.scan(1).assigned == "Ada"
        assert [one.rater for one in project.asked(name.lower())] == ["Ada"]
        project.who = name
        assert project.who == "Ada"
    with Project.open(folder, "Adam") as project:
        project.review(1, Verdict.APPROVE)


def test_who_draws_the_mask_of_what_somebody_else_has_done_does_not_review_it(
    folder: Path,
) -> None:
    with Project.open(folder, "Eve") as project:
        project.save_mask(1, mask(6))
        with pytest.raises(OutputError, match=r"scan1\.png is Eve's own"):
            project.review(1, Verdict.APPROVE)
        project.set_state(1, State.DONE)
        assert project.scan(1).done_by == "Eve"
        *_, last = project.changes(1)
        assert (last.who, last.before, last.after) == ("Eve", State.DONE, State.DONE)
    with Project.open(folder, "Ada") as project:
        project.review(1, Verdict.APPROVE)
        assert project.scan(1).state is State.REVIEWED


def test_a_blind_reader_sees_no_mask_before_drawing_one(folder: Path) -> None:
    with Project.open(folder, "Ada") as project:
        assert project.ask_second([1, 2], "Eve") == 2
        assert project.ask_second([2, 3], "Eve", blind=False) == 1
    with Project.open(folder, "Eve") as project:
        asked = project.asked()
        assert [(one.scan, one.blind) for one in asked] == [(1, True), (2, True), (3, False)]
        assert project.shown_versions(1) == []
        made = project.save_mask(1, mask(6), kind=VersionKind.SECOND)
        assert [one.number for one in project.shown_versions(1)] == [1, 2]
        assert [one.scan for one in project.asked()] == [2, 3]
        assert project.asked("Ada") == []
        assert final_version(project.versions(1)).number == 1, "the second mask is to compare"
        assert made.maker == "Eve"
        assert project.scan(1).state is State.DONE


def test_the_sample_for_second_readings_is_drawn_once_and_for_all(folder: Path) -> None:
    with Project.open(folder) as project:
        some = sample(project, 0.05)
        assert len(some) == 2
        assert sample(project, 0.05) == some
        assert set(some) <= set(sample(project, 0.5))
        assert len(sample(project, 1.0, most=7)) == 7
        assert sample(project, 0.0) == []
