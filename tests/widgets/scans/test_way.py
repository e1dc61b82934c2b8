"""The way through a list: in any order, past scans that cannot be opened, to its end."""

from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtCore import Qt

from napari_multicancer.project import Project, State, Work
from napari_multicancer.project.query import SortBy, Sorting
from napari_multicancer.widgets.scans.panel import ScansPanel
from napari_multicancer.widgets.scans.table.words import SECONDS, STATE
from napari_multicancer.widgets.scans.verdicts import LAST_OF_ALL
from tests.project.scans import pictures

from .lists import last_mask, listed, mask_in, proposed, with_broken

TO_DO, PROPOSED = "To do", "Proposed"


def show_only(scans: ScansPanel, title: str) -> None:
    choice = scans.ui.filters.choice
    choice.setCurrentIndex(choice.findText(title))


@pytest.mark.parametrize("shown", [PROPOSED, TO_DO, "All"])
def test_a_stroke_that_moves_a_scan_in_the_order_changes_nothing_of_the_way(
    viewer, scans, open_list, choose, settle, tmp_path: Path, shown: str
):
    folder = proposed(tmp_path, 4)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        project.set_state(4, State.DONE)
    open_list(folder)
    show_only(scans, shown)
    scans.ui.table.sort_by(STATE)
    choose(0)
    for name in ("scan1.png", "scan2.png", "scan3.png"):
        assert scans.session.scan.name == name
        mask_in(viewer).paint((1, 1), 1)
        settle()
        scans.session.next()
        settle()
    assert [one.state for one in listed(folder).values()] == [State.DONE] * 4


def test_time_spent_on_a_scan_changes_nothing_of_the_way(
    scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 3)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        project.note_work(2, Work(19.0))
    open_list(folder)
    scans.ui.table.sort_by(SECONDS)
    scans.ui.table.sort_by(SECONDS)
    assert scans.model.sorting == Sorting(SortBy.SECONDS), "the unworked ones first"
    choose(0)
    scans.session.project.note_work(1, Work(30.0))
    scans.session.next()
    settle()
    assert scans.session.scan.name == "scan3.png"
    scans.session.next()
    settle()
    assert scans.session.scan.name == "scan2.png"


def test_the_end_says_what_is_left(scans, open_list, choose, settle, tmp_path: Path, told):
    folder = proposed(tmp_path, 4)
    open_list(folder)
    choose(2)
    for _ in range(2):
        scans.session.next()
        settle()
    assert told[-1] == "This is the last scan of the list; 2 others are still to be done (N again)."
    assert scans.ui.state.text() == told[-1]
    choose(1)
    assert scans.ui.state.text() == ""
    with Project.open(folder, read_only=True) as project:
        assert project.scan(4).state is State.DONE
    scans.session.decide(State.SKIPPED)
    settle()
    choose(0)
    for _ in range(4):
        scans.session.next()
        settle()
    assert told[-1] == LAST_OF_ALL


@pytest.mark.parametrize(("button", "state"), [("flag", State.FLAGGED), ("skip", State.SKIPPED)])
def test_a_scan_that_cannot_be_opened_can_be_flagged_or_skipped(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, button, state
):
    folder = with_broken(tmp_path)
    open_list(folder)
    choose(1)
    assert scans.session.scan is None
    decisions = scans.ui.decisions
    assert decisions.review.isHidden(), "nobody can stand for what cannot be seen"
    decisions.word.setText("damaged")
    qtbot.mouseClick(getattr(decisions, button), Qt.MouseButton.LeftButton)
    settle()
    known = listed(folder)["scan2.png"]
    assert (known.state, known.comment) == (state, "damaged")
    assert scans.session.scan.name == "scan3.png"


def test_a_list_that_was_closed_takes_no_more_scans(qtbot, scans, open_list, tmp_path: Path):
    folder = proposed(tmp_path / "before", 2)
    open_list(folder)
    scans.list.close.trigger()
    assert scans.ui.out.folder is None
    others = pictures(tmp_path / "others", 3)[0].parent
    with qtbot.waitSignal(scans.finished, timeout=60_000):
        scans.take([others])
    assert scans.session.project.folder == tmp_path / "others_results"
    assert len(listed(folder)) == 2


@pytest.mark.parametrize("how", ["next", "a row", "the list is closed"])
def test_a_word_is_kept_when_its_scan_is_left(
    scans, open_list, choose, settle, tmp_path: Path, how: str
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    scans.ui.decisions.word.setText("margin unclear")
    scans.session.listed.emit()
    scans._show_list()
    assert scans.ui.decisions.word.text() == "margin unclear", "a look at the list takes nothing"
    if how == "next":
        scans.session.next()
    elif how == "a row":
        choose(1)
    else:
        scans.session.close()
    scans.session.keeper.wait()
    known = listed(folder)
    assert [known[f"scan{n}.png"].comment for n in (1, 2)] == ["margin unclear", ""]


def test_from_a_scan_that_the_filter_leaves_out_the_way_begins_with_the_first_that_is_left(
    scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 4)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        project.assign([1, 2], "Ben")
    open_list(folder)
    choose(3)
    scans.person.work_as("Ben")
    scans._show_list()
    show_only(scans, "My tasks")
    scans.session.next()
    settle()
    assert scans.session.scan.name == "scan1.png"
    assert listed(folder)["scan4.png"].state is State.PROPOSED, "it was on another one's screen"


def test_after_the_end_the_key_goes_on_with_the_first_that_is_left(
    scans, open_list, choose, settle, tmp_path: Path
):
    open_list(proposed(tmp_path, 3))
    choose(2)
    for name in ("scan3.png", "scan1.png"):
        scans.session.next()
        settle()
        assert scans.session.scan.name == name


def test_the_end_of_a_search_is_not_that_of_the_list(
    scans, open_list, choose, settle, tmp_path: Path, told
):
    open_list(proposed(tmp_path, 3))
    choose(1)
    scans.ui.filters.search.setText("scan2")
    scans.ui.filters._tell()
    scans.session.next()
    settle()
    assert told[-1] == "No other scan that is shown is left to be done; 2 of the list are."


def test_a_mask_that_was_removed_is_not_accepted(
    viewer, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    viewer.layers.remove(mask_in(viewer))
    scans.session.next()
    settle()
    assert told[-1].startswith(
        "The mask of scan1.png was removed, and an empty one is in its place"
    )
    assert scans.session.scan.name == "scan1.png"
    assert not mask_in(viewer).data.any()
    assert listed(folder)["scan1.png"].state is State.PROPOSED
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE
    assert not last_mask(folder, "scan1.png").any()


def test_strokes_on_a_scan_whose_picture_was_removed_are_kept(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    viewer.layers.remove(scans.session.stage.image)
    scans.session.next()
    settle()
    assert last_mask(folder, "scan1.png")[1, 1] == 1
    assert [layer.name for layer in viewer.layers] == ["scan2", "scan2 lesion"]
