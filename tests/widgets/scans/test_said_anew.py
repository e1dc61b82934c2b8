"""What is said of the open scan on the tab Analyze is in the list, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.common.answers import treated_as
from tests.project.scans import answer, failure, results

from .lists import listed

BREAST = next(sample.path for sample in SAMPLES if sample.file == "breast_malignant.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a list of a breast that is taken for something else, and of one that failed."""
    paths = [tmp_path / "scans/scan1.png", tmp_path / "scans/scan2.png"]
    paths[0].parent.mkdir()
    for path in paths:
        shutil.copy(BREAST, path)
    refused = answer(paths[0], organ="other", diagnosis="", lesion_area="")
    results(tmp_path / "list", refused, failure(paths[1], "It did not fit into the memory."))
    return tmp_path / "list"


def test_a_scan_treated_as_an_organ_is_so_in_the_list_with_the_new_answer(
    qtbot, viewer, panel, scans, open_list, choose, settle, folder: Path
):
    open_list(folder)
    choose(0)
    assert panel.ui.layer.layer.name == "scan1"
    with qtbot.waitSignal(panel.finished):
        panel.ui.findings.treat.buttons["breast"].click()
    scans.session.next()
    settle()
    known = listed(folder)["scan1.png"]
    assert (known.treated_as, known.organ, known.state) == ("breast", "breast", State.DONE)
    assert known.finding in ("benign", "malignant")
    assert known.area > 0
    with Project.open(folder, read_only=True) as project:
        kinds = [version.kind for version in project.versions(known.id)]
    assert kinds == [VersionKind.PROPOSAL, VersionKind.ACCEPTED]
    assert listed(folder)["scan2.png"].treated_as == ""
    choose(0)
    image = scans.session.stage.image
    assert treated_as(image) == "breast"
    assert panel.organ_of(image) == "breast"


def test_a_scan_without_an_answer_that_gets_one_is_done_by_going_on(
    qtbot, panel, scans, open_list, choose, settle, folder: Path
):
    open_list(folder)
    choose(1)
    with qtbot.waitSignal(panel.finished):
        panel.run(scans.session.stage.image)
    scans.session.save()
    settle()
    known = listed(folder)["scan2.png"]
    assert (known.organ, known.state, known.error) == ("breast", State.PROPOSED, "")
    scans.session.next()
    settle()
    assert listed(folder)["scan2.png"].state is State.DONE


def test_what_is_said_on_the_tab_scans_is_not_taken_back_by_painting(
    qtbot, viewer, scans, open_list, choose, settle, folder: Path
):
    open_list(folder)
    choose(0)
    viewer.layers.selection.active.paint((1, 1), 1)
    scans.treating.treat_as(scans.session.at, "breast", {})
    qtbot.waitUntil(lambda: listed(folder)["scan1.png"].organ == "breast")
    scans.session.save()
    settle()
    choose(1)
    assert listed(folder)["scan1.png"].treated_as == "breast"
