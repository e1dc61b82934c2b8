"""Nothing is lost, whatever the disk, other people or the scans themselves do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.batch.results import ResultsTable
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.snapshots.folder import list_snapshots
from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.final import final_version
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common.notify import listen
from napari_multicancer.widgets.common.settings import copies_folder
from tests.project.scans import answer, picture, pictures, results

from .lists import last_mask, listed, mask_in, proposed, with_a_failure


def test_a_list_that_somebody_works_on_opens_to_look_at(
    qtbot, viewer, scans, open_list, choose, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    with Project.open(folder, "Ben") as project:
        project.take_results()
        open_list(folder)
        assert "Ben" in scans.ui.state.text()
        assert scans.session.project.read_only
        choose(0)
        mask_in(viewer).paint((1, 1), 1)
        painted = mask_in(viewer)
        choose(1)
        assert painted in viewer.layers
        assert any("to look at only" in sentence for sentence in told)
    assert {scan.state for scan in listed(folder).values()} == {State.PROPOSED}


def test_looking_at_a_scan_changes_nothing(scans, open_list, choose, tmp_path: Path):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    choose(1)
    with Project.open(folder, read_only=True) as project:
        assert {scan.state for scan in project.scans()} == {State.PROPOSED}
        assert [len(project.versions(scan.id)) for scan in project.scans()] == [1, 1]


def test_a_stroke_says_at_once_that_somebody_has_begun(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    settle()
    assert listed(folder)["scan1.png"].state is State.IN_WORK
    mask_in(viewer).undo()
    choose(1)
    assert listed(folder)["scan1.png"].state is State.PROPOSED


def test_what_cannot_be_saved_stays_and_is_tried_again(
    viewer, scans, open_list, choose, settle, tmp_path: Path, told, monkeypatch
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    settle()

    def full(*given, **options):
        raise OutputError("The disk is full: free some space there.")

    with monkeypatch.context() as disk:
        disk.setattr(Project, "save_mask", full)
        choose(1)
        assert told == ["The disk is full: free some space there."]
        choose(0)
        assert mask_in(viewer).data[1, 1] == 1
    choose(1)
    assert last_mask(folder, "scan1.png")[1, 1] == 1


def test_a_failure_on_closing_brings_the_layers_back(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, monkeypatch
):
    open_list(proposed(tmp_path, 1))
    choose(0)
    painted = mask_in(viewer)
    painted.paint((1, 1), 1)

    def gone(*given, **options):
        raise OutputError("The share is gone: check it.")

    monkeypatch.setattr(Project, "save_mask", gone)
    scans.session.close()
    qtbot.waitUntil(lambda: painted in viewer.layers)
    assert scans.session.project is None


def test_strokes_before_a_crash_are_back(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    settle()
    watch_viewer(viewer).flush()
    assert len(list_snapshots(copies_folder())[0]) == 1
    scans.session.stage.held = {}  # as after a crash: nothing of it came into the list
    viewer.layers.clear()
    choose(1)
    choose(0)
    assert mask_in(viewer).data[1, 1] == 1
    assert any(sentence.startswith("What was painted on scan1.png") for sentence in told)
    choose(1)
    assert last_mask(folder, "scan1.png")[1, 1] == 1


def test_a_scan_that_is_gone_stops_nobody(viewer, scans, open_list, choose, settle, tmp_path, told):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    (tmp_path / "scans/scan2.png").unlink()
    choose(0)
    scans.session.next()
    settle()
    assert "is gone: put it back" in told[0]
    assert len(viewer.layers) == 0
    scans.session.next()
    settle()
    assert scans.session.scan.name == "scan3.png"
    known = listed(folder)
    assert known["scan1.png"].state is State.DONE
    assert known["scan2.png"].state is State.PROPOSED


def test_a_scan_of_other_pixels_opens_without_the_mask_that_does_not_fit(
    viewer, scans, open_list, choose, tmp_path: Path, told
):
    from PIL import Image

    folder = proposed(tmp_path, 1)
    open_list(folder)
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(tmp_path / "scans/scan1.png")
    choose(0)
    assert mask_in(viewer).data.shape == (10, 12)
    assert not mask_in(viewer).data.any()
    assert any("has changed since it was listed" in sentence for sentence in told)
    assert any("does not have the pixels" in sentence for sentence in told)


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_of_masks_that_cannot_be_read_the_one_before_is_shown(
    qtbot, viewer, scans, open_list, choose, tmp_path: Path, told, damage
):
    folder = proposed(tmp_path, 2)
    proposal = last_mask(folder, "scan1.png") if (folder / "project.sqlite").exists() else None
    open_list(folder)
    choose(0)
    before = mask_in(viewer).data.copy()
    mask_in(viewer).paint((1, 1), 1)
    choose(1)
    with Project.open(folder, read_only=True) as project:
        newest = project.versions(project.find(tmp_path / "scans/scan1.png").id)[-1].file
    if damage == "gone":
        newest.unlink()
    else:
        newest.write_bytes(newest.read_bytes()[:40])
    copies = tmp_path / "snapshots"  # which a slow machine has made by now
    qtbot.let_threads_end()
    shutil.rmtree(copies, ignore_errors=True)
    choose(0)
    assert proposal is None
    np.testing.assert_array_equal(mask_in(viewer).data, before)
    assert newest.name in told[-1]


def test_a_scan_without_an_answer_is_not_done_by_going_on(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = with_a_failure(tmp_path, "scan2.png is too dark: record it again.")
    open_list(folder)
    choose(1)
    scans.session.next()
    settle()
    assert listed(folder)["scan2.png"].state is State.NEW
    mask_in(viewer).paint((4, 4), 1)
    scans.session.next()
    settle()
    assert listed(folder)["scan2.png"].state is State.DONE


def test_what_going_on_alone_does_not_make_done_says_so_and_a_button_does(
    viewer, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = with_a_failure(tmp_path, "scan2.png is too dark: record it again.")
    open_list(folder)
    choose(0)
    scans.ui.decisions.flag.click()
    settle()
    assert scans.session.scan.name == "scan2.png"
    scans.session.previous()
    settle()
    scans.session.next()
    settle()
    assert told[-1].startswith("scan1.png is still flagged")
    approve = scans.ui.decisions.approve
    assert approve.isVisibleTo(scans)
    assert "as it is" in approve.text()
    approve.click()
    settle()
    assert listed(folder)["scan2.png"].state is State.DONE
    assert not last_mask(folder, "scan2.png").any()
    scans.session.previous()
    settle()
    assert scans.session.scan.name == "scan1.png"
    approve.click()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE


def test_what_was_done_too_early_is_taken_back_to_work(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    scans.session.next()
    settle()
    scans.session.previous()
    settle()
    back = scans.ui.decisions.back
    assert back.isVisibleTo(scans)
    assert not scans.ui.decisions.approve.isVisibleTo(scans), "nobody reviews their own"
    back.click()
    settle()
    assert scans.session.scan.name == "scan1.png", "it stays open"
    assert listed(folder)["scan1.png"].state is State.IN_WORK
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE


def test_a_mask_that_cannot_be_read_is_not_done_as_it_is(
    scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 1)
    open_list(folder)
    (folder / "masks/scan1_mask.tif").write_bytes(b"no mask")
    choose(0)
    scans.session.decide(State.DONE)
    settle()
    assert "No mask of scan1.png can be read" in told[-1]
    assert listed(folder)["scan1.png"].state is State.PROPOSED


def test_who_changes_a_mask_does_not_approve_it(
    viewer, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    scans.person.work_as("Ada")
    choose(0)
    scans.session.next()
    settle()
    scans.person.work_as("Ben")
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    scans.ui.decisions.approve.click()
    settle()
    assert "it is yours now, and done" in told[-1]
    scan = listed(folder)["scan1.png"]
    assert (scan.state, scan.done_by) == (State.DONE, "Ben")
    assert last_mask(folder, "scan1.png")[1, 1] == 1


def test_a_list_that_cannot_be_written_opens_to_look_at(
    viewer, scans, open_list, choose, tmp_path: Path
):
    folder = proposed(tmp_path, 1)
    with Project.open(folder, "Ada") as project:
        project.take_results()
    (folder / "project.lock").mkdir()  # as little to be written as on a disk that is read-only
    open_list(folder)
    assert scans.session.project.read_only
    assert "project.lock is no file" in scans.ui.state.text()
    choose(0)
    assert mask_in(viewer).data.any()


class Line:
    """A line of a panel that is always seen."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def is_seen(self) -> bool:
        return True

    def hear(self, sentence: str, severity: object) -> None:
        self.said.append(sentence)

    def forget(self, sentence: str) -> None:
        self.said.remove(sentence)


def test_a_list_that_was_looked_at_is_worked_on_once_the_other_has_left(
    scans, open_list, choose, tmp_path: Path, told
):
    line = Line()
    listen(line)
    folder = proposed(tmp_path, 2)
    with Project.open(folder, "Ben") as project:
        project.take_results()
        open_list(folder)
        choose(0)
        scans.ui.button.click()
        assert scans.session.project.read_only
        assert "Ben" in scans.ui.state.text()
        assert "Ben" in told[-1]
        assert scans.session.scan is not None, "what is looked at stays"
        assert scans.ui.decisions.next.text() == "Next (N) ›"
        scans.session.look()
        assert "Ben" in scans.ui.state.text()
    scans.session.look()
    assert line.said == [told[-1]]
    assert scans.ui.state.text() == "The list is free by now: press Open to work on it."
    assert scans.ui.button.text().replace("&", "") == "Open to work on it"
    scans.ui.button.click()
    assert not scans.session.project.read_only
    assert line.said == [], "that it is open elsewhere is no longer true"
    assert scans.ui.state.text() == ""
    choose(0)
    assert scans.ui.decisions.next.text() == "Done, next (N) ›"
    scans.session.next()
    scans.session.keeper.wait()
    assert listed(folder)["scan1.png"].state is State.DONE


def test_who_looks_sees_what_the_other_does(qtbot, scans, open_list, tmp_path: Path):
    folder = proposed(tmp_path, 2)
    with Project.open(folder, "Ben") as project:
        project.take_results()
        open_list(folder)
        project.set_state(1, State.FLAGGED)
        scans.session.look()
        qtbot.waitUntil(lambda: scans.model.index(0, 1).data() == "Flagged")


def test_answers_of_a_batch_in_a_terminal_come_into_the_list_that_is_open(
    qtbot, scans, open_list, tmp_path: Path
):
    folder = proposed(tmp_path, 1)
    open_list(folder)
    qtbot.let_threads_end()
    more = picture(tmp_path / "more.png", 7)
    with ResultsTable(folder / "results.csv") as table:
        table.add(answer(more))
    scans.session.look()
    qtbot.waitUntil(lambda: scans.model.rowCount() == 2)


def test_a_scan_without_a_lesion_is_done_with_an_empty_mask(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    scan = pictures(tmp_path / "scans", 1)[0]
    folder = tmp_path / "list"
    results(folder, answer(scan, diagnosis="normal", p_normal="0.97"))
    open_list(folder)
    choose(0)
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE
    assert last_mask(folder, "scan1.png").shape == (24, 32)
    assert not last_mask(folder, "scan1.png").any()


@pytest.mark.parametrize("what", ["future", "text"])
def test_a_list_that_cannot_be_opened_is_one_sentence(qtbot, scans, tmp_path: Path, told, what):
    folder = proposed(tmp_path, 1)
    Project.open(folder).close()
    if what == "text":
        (folder / "project.sqlite").write_text("no list at all, but long enough to be one" * 50)
    else:
        disk = sqlite3.connect(folder / "project.sqlite")
        disk.execute("PRAGMA user_version = 99")
        disk.close()
    scans.ui.out.set_folder(folder)
    assert len(told) == 1
    assert ("newer version" if what == "future" else "is damaged or no project") in told[0]
    assert scans.session.project is None


def test_a_second_persons_review(viewer, scans, open_list, choose, settle, tmp_path: Path, told):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    scans.person.work_as("Ada")
    choose(0)
    for _ in range(3):
        scans.session.next()
        settle()
    scans.session.open(scans.model.scan_at(0).id)
    settle()
    scans.session.decide(State.REVIEWED)
    assert "is your own" in told[-1]
    scans.person.work_as("Ben")
    assert scans.ui.decisions.review.isVisibleTo(scans)
    scans.ui.decisions.approve.click()
    settle()
    scans.ui.decisions.word.setText("the rim is missing")
    scans.ui.decisions.back.click()
    settle()
    scans.ui.decisions.word.setText("which side is this?")
    scans.ui.decisions.flag.click()
    settle()
    known = listed(folder)
    assert [known[f"scan{n}.png"].state for n in (1, 2, 3)] == [
        State.REVIEWED,
        State.IN_WORK,
        State.FLAGGED,
    ]
    assert {known[f"scan{n}.png"].state_by for n in (1, 2, 3)} == {"Ben"}
    assert known["scan1.png"].done_by == "Ada"
    assert known["scan2.png"].comment == "the rim is missing"


def test_a_blind_outline_begins_empty_and_stands_beside_the_first(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    scans.person.work_as("Ada")
    choose(0)
    scans.session.next()
    settle()
    scans.person.work_as("Ben")
    scans.person.blind.setChecked(True)
    choose(0)
    assert not mask_in(viewer).data.any()
    mask_in(viewer).paint((3, 3), 1)
    scans.session.next()
    settle()
    with Project.open(folder, read_only=True) as project:
        scan = project.find(tmp_path / "scans/scan1.png")
        newest = project.versions(scan.id)[-1]
    assert (newest.kind, newest.maker) == (VersionKind.SECOND, "Ben")
    assert (scan.state, scan.done_by) == (State.DONE, "Ada")
    scans.person.blind.setChecked(False)
    choose(0)
    assert mask_in(viewer).data[12, 12] == 1


def test_who_is_asked_for_a_blind_outline_sees_none(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 1)
    open_list(folder)
    scans.person.work_as("Ada")
    choose(0)
    scans.session.next()
    settle()
    number = scans.session.at
    scans.session.project.ask_second([number], "Ben")
    scans.session.close()
    scans.person.work_as("Ben")
    scans.session.open_list(folder)
    scans.session.open(number)
    settle()
    assert not mask_in(viewer).data.any()
    mask_in(viewer).paint((1, 1), 1)
    scans.session.next()
    settle()
    assert scans.session.project.versions(number)[-1].kind is VersionKind.SECOND
    assert scans.session.project.asked() == []


@pytest.mark.parametrize("paints", [True, False])
def test_who_is_asked_for_a_second_outline_in_sight_of_the_first_keeps_it_beside_that(
    viewer, scans, open_list, choose, settle, tmp_path: Path, paints: bool
):
    folder = proposed(tmp_path, 1)
    open_list(folder)
    scans.person.work_as("Ada")
    choose(0)
    scans.session.next()
    settle()
    number = scans.session.at
    first = scans.session.project.versions(number)[-1]
    scans.session.project.ask_second([number], "Ben", blind=False)
    scans.session.close()
    scans.person.work_as("Ben")
    scans.session.open_list(folder)
    scans.session.open(number)
    settle()
    assert mask_in(viewer).data.any(), "the first mask is in sight"
    if paints:
        mask_in(viewer).paint((1, 1), 1)
    scans.session.next()
    settle()
    versions = scans.session.project.versions(number)
    assert [(one.kind, one.maker) for one in versions[-2:]] == [
        (first.kind, "Ada"),
        (VersionKind.SECOND, "Ben"),
    ]
    assert scans.session.project.asked() == []
    scan = scans.session.project.scan(number)
    assert (scan.state, scan.done_by) == (State.DONE, "Ada")
    assert final_version(versions) == first


def test_a_scan_is_treated_as_what_a_person_says(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path
):
    scan = picture(tmp_path / "scans/scan1.png")
    folder = tmp_path / "list"
    other = picture(tmp_path / "scans/scan2.png", 2)
    results(folder, *(answer(one, organ="other", diagnosis="") for one in (scan, other)))
    open_list(folder)
    choose(0)
    assert not mask_in(viewer).data.any()
    scans.ui.detail.organ.setCurrentIndex(scans.ui.detail.organ.findData("breast"))
    scans.ui.detail.organ_chosen.emit("breast")
    qtbot.waitUntil(lambda: listed(folder)["scan1.png"].organ == "breast")
    known = listed(folder)
    assert known["scan1.png"].treated_as == "breast"
    assert known["scan1.png"].finding != ""
    assert (known["scan2.png"].treated_as, known["scan2.png"].organ) == ("", "other")
