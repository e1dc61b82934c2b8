"""What a user of the list does by mistake, or in passing, changes no scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QComboBox

from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.final import final_version
from napari_multicancer.widgets.scans.heeded import FIRST_BLIND
from napari_multicancer.widgets.scans.person import LONGEST_NAME
from tests.project.scans import answer, picture, pictures, results

from .lists import listed, mask_in, proposed


def wheel(choice: QComboBox) -> None:
    """Turn the mouse wheel a notch down over a choice."""
    place = QPointF(choice.rect().center())
    turned = QPoint(0, -120)
    event = QWheelEvent(
        place,
        QPointF(choice.mapToGlobal(choice.rect().center())),
        QPoint(),
        turned,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(choice, event)


def test_the_wheel_over_a_choice_changes_nothing(scans, open_list, choose, tmp_path: Path):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    before = listed(folder)["scan1.png"]
    for choice in (scans.ui.detail.finding, scans.ui.detail.organ, scans.ui.filters.choice):
        assert choice.isEnabled()
        wheel(choice)
        assert choice.currentIndex() == 0
    after = listed(folder)["scan1.png"]
    assert (after.said_finding, after.treated_as) == (before.said_finding, before.treated_as)


def test_the_key_brings_a_covered_scan_back_to_sight_first(
    viewer, scans, open_list, choose, settle, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    choose(0)
    other = viewer.add_image(np.random.default_rng(9).integers(0, 256, (24, 32), np.uint8))
    for layer in viewer.layers:
        layer.visible = layer is other
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.PROPOSED
    assert scans.session.scan.name == "scan1.png"
    assert [layer.visible for layer in viewer.layers if layer is not other] == [True, True]
    assert not other.visible
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE


def test_a_long_name_of_a_file_or_a_person_leaves_the_panel_its_width(
    qtbot, viewer, scans, open_list, choose, tmp_path: Path
):
    names = ["short.png", "x" * 120 + ".png", "1.2.840." + "113619.2.5." * 9 + "png"]
    paths = [picture(tmp_path / "scans" / name, n) for n, name in enumerate(names)]
    results(tmp_path / "list", *(answer(path) for path in paths))
    open_list(tmp_path / "list")
    widths = []
    for row in range(3):
        choose(row)
        scans.ui.whole.layout().activate()
        widths.append(scans.ui.whole.minimumSizeHint().width())
    assert len(set(widths)) == 1
    scans.person.work_as("Prof. Dr. Maximiliane von und zu Hohenstein")
    assert len(scans.ui.person.text().strip()) == LONGEST_NAME
    assert "Hohenstein" in scans.ui.person.toolTip()


def test_tags_in_a_name_stay_letters_in_a_tip(scans, open_list, tmp_path: Path):
    path = picture(tmp_path / "scans" / "a <b>bold.png")
    results(tmp_path / "list", answer(path))
    open_list(tmp_path / "list")
    tip = scans.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "a &lt;b&gt;bold.png" in tip


def test_a_lists_own_folder_named_as_that_of_scans_is_opened(scans, tmp_path: Path):
    folder = proposed(tmp_path, 2)
    scans.ui.folder.set_folder(folder)
    assert scans.session.project.folder == folder
    assert (scans.ui.folder.folder, scans.ui.out.folder) == (None, folder)


def test_what_a_person_says_that_a_scan_is_counts_before_an_answer_under_way(tmp_path: Path):
    path = pictures(tmp_path / "scans", 1)[0]
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add([path])
        project.treat_as(1, "breast")
        brain = {"organ": "brain", "diagnosis": "tumor", "mask": "masks/scan1_mask.tif"}
        results(tmp_path / "list", answer(path, **brain))
        project.take_results()
        scan = project.scan(1)
        assert (scan.organ, scan.finding, project.versions(1)) == ("", "", [])
        assert project.take_results() == 0, "it is not looked at again and again"


def test_a_blind_outline_where_nobody_has_drawn_is_the_first(
    viewer, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    scans.person.blind.setChecked(True)
    choose(0)
    assert scans.ui.detail.words.text().startswith(FIRST_BLIND)
    assert not mask_in(viewer).data.any()
    scans.session.next()
    settle()
    assert told[-1].startswith("Your outline of scan1.png is not kept")
    assert listed(folder)["scan1.png"].state is State.PROPOSED
    mask_in(viewer).paint((3, 3), 1)
    scans.session.next()
    settle()
    known = listed(folder)
    assert [known[f"scan{n}.png"].state for n in (1, 2)] == [State.PROPOSED, State.DONE]
    with Project.open(folder, read_only=True) as project:
        assert final_version(project.versions(2)).kind is VersionKind.CORRECTED
    scans.ui.decisions.approve.click()
    settle()
    assert listed(folder)["scan3.png"].state is State.DONE
    with Project.open(folder, read_only=True) as project:
        assert final_version(project.versions(3)).area == 0


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_in_the_table_opens_its_row(qtbot, scans, open_list, settle, tmp_path: Path, key):
    open_list(proposed(tmp_path, 2))
    scans.ui.table.setCurrentIndex(scans.model.index(1, 0))
    qtbot.keyClick(scans.ui.table, key)
    settle()
    assert scans.session.scan.name == "scan2.png"
