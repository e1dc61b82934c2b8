"""Which mask of a scan counts, and who stands for it: several models', second ones, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io import save_mask
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.project import Project, ScanFilter, State, VersionKind
from napari_multicancer.project.final import final_version
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.scans.heeded import BLIND
from napari_multicancer.widgets.scans.panel import ScansPanel
from napari_multicancer.widgets.scans.table.model import IS_OPEN
from napari_multicancer.widgets.scans.table.words import SCAN
from tests.project.scans import answer, mask, pictures, results

from .lists import last_mask, listed, mask_in, proposed

OTHER = mask(left=2, width=20)


def outlined_by_another_model(viewer, scans: ScansPanel):
    """Lay another model's mask beside the one that is there, as the tab Analyze does."""
    told = {"models": ["recognizer 2", "breast_sk_unet 1.0.0"], "model": "breast_sk_unet 1.0.0"}
    record = MaskRecord.of(told, digest(OTHER))
    analysis = Analysis(organ=Prediction({"breast": 1.0}), mask=OTHER)
    return lesions.add_lesion(viewer, scans.session.stage.image, analysis, record)


def counting(folder: Path, number: int = 1):
    with Project.open(folder, read_only=True) as project:
        return final_version(project.versions(number))


@pytest.mark.parametrize("chosen", ["the first", "the other"])
@pytest.mark.parametrize("before", [State.PROPOSED, State.DONE])
def test_of_two_models_masks_the_selected_one_is_accepted_and_opens_again(
    viewer, scans, open_list, choose, settle, tmp_path: Path, chosen: str, before: State
):
    folder = proposed(tmp_path, 2)
    first_model = {"models": ["recognizer 2.0.0", "breast 2.2.0"], "model": "breast 2.2.0"}
    first_model |= {"diagnosis": {"label": "malignant", "probabilities": {"malignant": 0.9}}}
    save_mask(folder / "masks/scan1_mask.tif", mask(), provenance=first_model)
    if before is State.DONE:
        with Project.open(folder, "Ada") as project:
            project.take_results()
            project.set_state(1, State.DONE)
    open_list(folder)
    choose(0)
    first = mask_in(viewer)
    other = outlined_by_another_model(viewer, scans)
    assert first.colormap.colors[1].tolist() != other.colormap.colors[1].tolist()
    viewer.layers.selection.active = first if chosen == "the first" else other
    scans._show_list()
    said = scans.ui.detail.words.text()
    assert said.startswith(f"2 masks: Done, next keeps “{viewer.layers.selection.active.name}”")
    scans.session.next()
    settle()
    wanted = mask() if chosen == "the first" else OTHER
    kept = counting(folder)
    assert kept.kind is VersionKind.ACCEPTED
    assert kept.area == np.count_nonzero(wanted)
    if chosen == "the first" and before is State.PROPOSED:
        assert listed(folder)["scan1.png"].shown_finding == "malignant", "as its own model says"
    assert listed(folder)["scan1.png"].state is State.DONE
    choose(0)
    np.testing.assert_array_equal(mask_in(viewer).data, wanted)


def test_a_scan_that_the_models_refuse_is_not_done_by_going_on(
    scans, open_list, choose, settle, tmp_path: Path, told
):
    paths = pictures(tmp_path / "scans", 2)
    refused = answer(paths[0], organ="other", diagnosis="", lesion_area="", confident="false")
    results(tmp_path / "list", refused, answer(paths[1]))
    open_list(tmp_path / "list")
    choose(0)
    assert not scans.ui.decisions.review.isHidden()
    scans.session.next()
    settle()
    assert "take it for none of their organs" in told[-1]
    with Project.open(tmp_path / "list", read_only=True) as project:
        assert (project.scan(1).state, project.versions(1)) == (State.PROPOSED, [])
        assert [scan.id for scan in project.each(ScanFilter(refused=True))] == [1]
    choose(0)
    scans.ui.decisions.approve.click()
    settle()
    assert listed(tmp_path / "list")["scan1.png"].state is State.DONE
    assert not last_mask(tmp_path / "list", "scan1.png").any()


def test_an_answer_of_the_run_in_the_window_is_shown_too(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    paths = pictures(tmp_path / "scans", 1)
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add(paths)
    open_list(tmp_path / "list")
    choose(0)
    scans.session.stop_taking()
    results(tmp_path / "list", answer(paths[0], mask="masks/scan1_mask.tif"))
    scans.session.project.take_results()
    scans.proposals.grown.emit()
    settle()
    assert mask_in(viewer).data[12, 12] == 1


@pytest.mark.parametrize("paints", [False, True])
def test_an_answer_that_comes_while_its_scan_is_open_is_shown_unless_somebody_painted(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, paints: bool
):
    paths = pictures(tmp_path / "scans", 2)
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add(paths)
    open_list(tmp_path / "list")
    choose(0)
    assert not mask_in(viewer).data.any()
    if paints:
        mask_in(viewer).paint((1, 1), 1)
    results(tmp_path / "list", answer(paths[0], mask="masks/scan1_mask.tif"))
    scans.session.take_results()
    qtbot.waitUntil(lambda: listed(tmp_path / "list")["scan1.png"].organ == "breast")
    settle()
    if paints:
        assert (mask_in(viewer).data[1, 1], mask_in(viewer).data[12, 12]) == (1, 0)
    else:
        qtbot.waitUntil(lambda: mask_in(viewer).data[12, 12] == 1)
    scans.session.next()
    settle()
    kept = counting(tmp_path / "list")
    assert kept.kind is (VersionKind.CORRECTED if paints else VersionKind.ACCEPTED)


def asked_of_ben(folder: Path, scans: ScansPanel, open_list) -> None:
    """Let Ada have outlined scans, and ask Ben for blind outlines of them."""
    with Project.open(folder, "Ada") as project:
        project.take_results()
        for number in (1, 2):
            project.save_mask(number, OTHER)
            project.set_state(number, State.DONE)
        project.ask_second([1, 2], "Ben")
    scans.person.work_as("Ben")
    open_list(folder)


def test_who_goes_back_to_a_blind_outline_goes_on_with_their_own(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    asked_of_ben(folder, scans, open_list)
    choose(0)
    assert scans.ui.detail.words.text().startswith(BLIND)
    mask_in(viewer).paint((3, 3), 1)
    scans.session.next()
    settle()
    scans.session.previous()
    settle()
    assert mask_in(viewer).data[3, 3] == 1
    assert mask_in(viewer).data[12, 4] == 0, "Ada's is still not to be seen"
    assert "Benign" not in scans.ui.detail.words.text(), "nor what was said of it"
    mask_in(viewer).paint((20, 20), 1)
    scans.session.next()
    settle()
    with Project.open(folder, read_only=True) as project:
        *_, first, one, two = project.versions(1)
    assert [(v.kind, v.maker) for v in (first, one, two)] == [
        (VersionKind.CORRECTED, "Ada"),
        (VersionKind.SECOND, "Ben"),
        (VersionKind.SECOND, "Ben"),
    ]
    assert listed(folder)["scan1.png"].done_by == "Ada"


def test_another_person_sees_what_is_theirs_of_the_scan_that_is_open(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    asked_of_ben(folder, scans, open_list)
    choose(0)
    assert not mask_in(viewer).data.any()
    scans.person.work_as("Ada")
    settle()
    np.testing.assert_array_equal(mask_in(viewer).data, OTHER)
    scans.person.work_as("Ben")
    settle()
    assert not mask_in(viewer).data.any()


def test_a_second_outline_changes_nothing_of_its_scan(
    scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    asked_of_ben(folder, scans, open_list)
    choose(0)
    decisions = scans.ui.decisions
    assert not any(button.isEnabled() for button in (decisions.flag, decisions.skip))
    assert not decisions.back.isVisibleTo(decisions)
    for state in (State.REVIEWED, State.FLAGGED, State.SKIPPED):
        scans.session.decide(state)
        assert told[-1].startswith("You draw a second outline of scan1.png")
    known = listed(folder)["scan1.png"]
    assert (known.state, known.done_by, known.state_by) == (State.DONE, "Ada", "Ada")


def test_a_second_outline_on_which_nothing_is_drawn_is_kept_when_that_is_said(
    scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 2)
    asked_of_ben(folder, scans, open_list)
    choose(0)
    scans.session.next()
    settle()
    assert told[-1].startswith("Your outline of scan1.png is not kept")
    assert len(scans.session.project.asked()) == 2
    choose(0)
    assert scans.ui.decisions.approve.text().replace("&", "") == "Done as it is"
    scans.ui.decisions.approve.click()
    settle()
    assert [one.scan for one in scans.session.project.asked()] == [2]
    assert not last_mask(folder, "scan1.png").any()
    assert listed(folder)["scan1.png"].done_by == "Ada"


def test_buttons_mean_the_open_scan_and_are_off_where_another_row_is_marked(
    scans, open_list, choose, tmp_path: Path
):
    open_list(proposed(tmp_path, 3))
    choose(1)
    model, table, decisions = scans.model, scans.ui.table, scans.ui.decisions
    assert [model.index(row, SCAN).data(IS_OPEN) for row in range(3)] == [False, True, False]
    assert decisions.flag.isEnabled()
    table.setCurrentIndex(model.index(0, SCAN))
    assert scans.ui.detail.words.text().startswith("scan1.png")
    assert not any(b.isEnabled() for b in (decisions.flag, decisions.skip, decisions.word))
    scans.session.listed.emit()
    scans._show_list()
    assert table.currentIndex().row() == 0, "the mark stays where the user put it"
    choose(2)
    assert table.currentIndex().row() == 2
    assert decisions.flag.isEnabled()
