"""What a person says that a scan shows: kept in the list, and apart for each rater."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.widgets.scans.panel import ScansPanel
from napari_multicancer.widgets.scans.table.words import DOUBT, FINDING, SIZE

from .lists import listed, mask_in, proposed


def say(scans: ScansPanel, finding: str) -> None:
    """Choose a finding, as a click in the list of the choice does."""
    choice = scans.ui.detail.finding
    index = choice.findData(finding)
    assert index >= 0
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


def test_a_finding_is_said_of_the_scan_and_goes_with_its_mask(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    choice = scans.ui.detail.finding
    offered = [choice.itemData(n) for n in range(choice.count())]
    assert offered == ["", "normal", "benign", "malignant"]
    say(scans, "malignant")
    assert listed(folder)["scan1.png"].said_finding == "malignant"
    scans.model.refresh()
    assert scans.model.index(0, FINDING).data() == "Malignant"
    assert "Malignant (by hand)" in scans.ui.detail.words.text()
    mask_in(viewer).paint((1, 1), 1)
    scans.session.next()
    settle()
    with Project.open(folder, read_only=True) as project:
        newest = project.versions(project.find(tmp_path / "scans/scan1.png").id)[-1]
    assert (newest.kind, newest.finding) == (VersionKind.CORRECTED, "malignant")
    assert scans.session.scan.name == "scan2.png"
    assert choice.currentData() == "", "of this scan nothing was said"


def test_a_blind_rater_sees_nobodys_finding_and_says_their_own(
    scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 1)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        project.set_state(1, State.DONE)
        project.say_finding(1, "malignant")
        project.comment(1, "malignant, surely")
        project.ask_second([1], "Ben")
    scans.person.work_as("Ben")
    open_list(folder)
    choose(0)
    for column in (FINDING, SIZE, DOUBT):
        assert scans.model.index(0, column).data() == ""
    words = scans.ui.detail.words.text().lower()
    assert "malignant" not in words + scans.ui.decisions.word.text()
    assert scans.ui.detail.finding.currentData() == ""
    say(scans, "benign")
    assert scans.ui.detail.finding.currentData() == "benign"
    scans.session.next()
    settle()
    with Project.open(folder, read_only=True) as project:
        first, second = project.versions(1)[-2:]
        assert (first.maker, first.finding) == ("Ada", "malignant")
        assert (second.maker, second.kind, second.finding) == (
            "Ben",
            VersionKind.SECOND,
            "benign",
        )
        assert project.scan(1).said_finding == "malignant", "the first rater's word stays"


def test_the_choice_of_a_finding_makes_the_panel_no_wider(scans):
    assert scans.ui.detail.minimumSizeHint().width() <= scans.ui.table.minimumWidth()


def test_size_and_finding_in_the_table_follow_what_is_outlined(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2, diagnosis="normal", lesion_area="0", p_normal="0.9")
    open_list(folder)
    choose(0)
    pixels = mask_in(viewer).data.copy()
    mask_in(viewer).brush_size = 1
    mask_in(viewer).paint((1, 1), 1)
    drawn = np.count_nonzero(mask_in(viewer).data)
    assert drawn != np.count_nonzero(pixels)
    scans.session.next()
    settle()
    scans.model.refresh()
    assert scans.model.index(0, SIZE).data() == f"{drawn} px"
    assert scans.model.index(0, FINDING).data() == "Benign / Malignant?"
    assert scans.model.index(1, FINDING).data() == "Normal", "of that one the models alone speak"
    choose(0)
    assert "Benign / Malignant? (by the mask)" in scans.ui.detail.words.text()
    say(scans, "benign")
    scans.model.refresh()
    assert scans.model.index(0, FINDING).data() == "Benign"
