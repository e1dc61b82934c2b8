"""Scan after scan by keys alone, on a real viewer and with real key events."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QLabel

from napari_multicancer.project import Project, State
from napari_multicancer.widgets.scans import keys
from napari_multicancer.widgets.scans.panel import ScansPanel
from napari_multicancer.widgets.scans.session import Session
from napari_multicancer.widgets.scans.verdicts import FIRST, LAST_OF_ALL
from tests.project.scans import answer, failure, pictures, results

from .labeler import NEXT, PREVIOUS, KeyCount
from .lists import last_mask, listed, mask_in, press, proposed, with_broken


@pytest.fixture
def viewer(shown: Viewer) -> Viewer:
    return shown


@pytest.fixture
def go(qtbot, shown: Viewer, scans: ScansPanel) -> Callable[[Qt.Key], None]:
    """Press a key, and wait until the scan that it asks for is open and the next one read."""

    def pressed(key: Qt.Key) -> None:
        press(shown, key)
        qtbot.waitUntil(lambda: settled(scans.session))

    return pressed


def settled(session: Session) -> bool:
    session.keeper.wait()
    QApplication.processEvents()
    return session.scan is not None and not session.reader.is_reading_ahead


def test_a_scan_costs_one_key_and_one_with_a_stroke_the_stroke_and_one_key(
    shown, scans, open_list, go, tmp_path: Path
):
    folder = proposed(tmp_path, 10)
    open_list(folder)
    go(NEXT)
    counter = KeyCount()
    canvas = shown.window._qt_viewer.canvas.native
    canvas.installEventFilter(counter)
    for number in range(1, 10):
        assert scans.session.scan.name == f"scan{number}.png"
        if number % 3 == 0:
            mask_in(shown).paint((2, number), 1)
        go(NEXT)
    canvas.removeEventFilter(counter)
    assert counter.keys == 9
    assert scans.session.scan.name == "scan10.png"
    known = listed(folder)
    assert [known[f"scan{n}.png"].state for n in range(1, 11)] == [State.DONE] * 9 + [
        State.PROPOSED
    ]
    assert [last_mask(folder, f"scan{n}.png")[2, n] for n in (3, 6, 9)] == [1, 1, 1]
    assert [known[f"scan{n}.png"].work.strokes for n in range(1, 7)] == [0, 0, 1, 0, 0, 1]


def test_a_scan_opens_alone_with_its_mask_and_the_brush(
    shown, scans, open_list, go, tmp_path: Path
):
    folder = proposed(tmp_path, 3)
    shown.add_image(np.zeros((8, 8)), name="mine")
    open_list(folder)
    go(NEXT)
    go(NEXT)
    visible = [layer for layer in shown.layers if layer.visible]
    assert [layer.name for layer in visible] == ["scan2", "scan2 lesion"]
    assert [layer.name for layer in shown.layers] == ["mine", "scan2", "scan2 lesion"]
    assert mask_in(shown).mode == "paint"
    np.testing.assert_array_equal(mask_in(shown).data, last_mask(folder, "scan2.png"))


def test_previous_is_as_safe_as_next(shown, scans, open_list, go, tmp_path: Path):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    go(NEXT)
    go(NEXT)
    mask_in(shown).paint((1, 1), 1)
    go(PREVIOUS)
    assert scans.session.scan.name == "scan1.png"
    known = listed(folder)
    assert known["scan1.png"].state is State.DONE
    assert known["scan2.png"].state is State.IN_WORK
    assert last_mask(folder, "scan2.png")[1, 1] == 1
    go(NEXT)
    assert mask_in(shown).data[1, 1] == 1
    assert listed(folder)["scan1.png"].state is State.DONE


def test_the_last_and_the_first_scan_say_so(scans, open_list, go, tmp_path: Path, told):
    folder = proposed(tmp_path, 2)
    open_list(folder)
    go(NEXT)
    go(PREVIOUS)
    assert told == [FIRST]
    go(NEXT)
    go(NEXT)
    assert told == [FIRST, LAST_OF_ALL]
    assert scans.session.scan.name == "scan2.png"
    assert scans.ui.state.text() == LAST_OF_ALL
    go(PREVIOUS)
    assert scans.ui.state.text() == "", "no longer true, no longer said"
    assert [scan.state for scan in listed(folder).values()] == [State.DONE] * 2


def test_the_next_scan_is_ready_before_it_is_asked_for(shown, scans, open_list, go, tmp_path: Path):
    open_list(proposed(tmp_path, 3))
    go(NEXT)
    press(shown, NEXT)
    assert scans.session.scan.name == "scan2.png"


def test_keys_that_are_typed_into_the_search_are_letters(
    qtbot, scans, open_list, go, tmp_path: Path
):
    open_list(proposed(tmp_path, 3))
    go(NEXT)
    scans.ui.filters.search.setFocus()
    qtbot.keyClicks(scans.ui.filters.search, "scan3")
    assert scans.session.scan.name == "scan1.png"
    assert scans.ui.filters.search.text() == "scan3"
    qtbot.waitUntil(lambda: scans.model.rowCount() == 1)


def test_contrast_is_remembered(shown, scans, open_list, go, tmp_path: Path):
    open_list(proposed(tmp_path, 2))
    go(NEXT)
    shown.layers[0].contrast_limits = (30, 90)
    go(NEXT)
    assert tuple(shown.layers[0].contrast_limits) == (0, 255)
    go(PREVIOUS)
    assert tuple(shown.layers[0].contrast_limits) == (30, 90)


def test_the_first_key_opens_the_first_scan_that_is_still_to_be_done(
    shown, scans, open_list, go, tmp_path: Path
):
    folder = proposed(tmp_path, 4)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        for scan in project.scans()[:2]:
            project.set_state(scan.id, State.DONE)
    open_list(folder)
    go(NEXT)
    assert scans.session.scan.name == "scan3.png"
    scans.session.close()
    scans.ui.filters.choice.setCurrentText("Done")
    scans.session.open_list(folder)
    go(NEXT)
    assert scans.session.scan.name == "scan1.png"


def test_masks_among_the_scans_are_passed_over_unless_they_are_asked_for(
    scans, open_list, go, tmp_path: Path
):
    paths = pictures(tmp_path / "scans", 3)
    reason = "scan2.png is a mask, not a scan: name the scan that it lies on."
    results(tmp_path / "list", answer(paths[0]), failure(paths[1], reason), answer(paths[2]))
    open_list(tmp_path / "list")
    for name in ("scan1.png", "scan3.png"):
        go(NEXT)
        assert scans.session.scan.name == name
    scans.ui.filters.choice.setCurrentText("Skipped")
    go(PREVIOUS)
    scans.session.way.forget()
    go(NEXT)
    assert scans.session.scan.name == "scan2.png"


def test_previous_goes_back_to_what_was_just_left_whatever_is_filtered(
    scans, open_list, go, tmp_path: Path
):
    open_list(proposed(tmp_path, 3))
    scans.ui.filters.choice.setCurrentText("Proposed")
    go(NEXT)
    go(NEXT)
    go(PREVIOUS)
    assert scans.session.scan.name == "scan1.png"
    assert scans.session.scan.state is State.DONE


def test_a_scan_that_went_is_not_held_in_memory_though_all_before_it_is_set_aside(
    shown, scans, open_list, go, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    asked = []
    monkeypatch.setattr(gc, "unfreeze", lambda: asked.append("unfreeze"))
    open_list(proposed(tmp_path, 4))
    went = []
    for _ in range(3):
        go(NEXT)
        went += [weakref.ref(scans.session.stage.image), weakref.ref(scans.session.stage.labels)]
    assert gc.get_freeze_count() > 100_000
    gc.collect()
    assert [one() is None for one in went] == [True] * 4 + [False] * 2
    scans.cancel()
    assert asked == ["unfreeze"]


def test_what_was_said_of_a_scan_that_cannot_be_opened_goes_with_it(
    qtbot, scans, open_list, choose, settle, tmp_path: Path, told
):
    folder = with_broken(tmp_path)
    open_list(folder)
    choose(1)
    why = told[-1]
    assert "scan2.png" in why

    def is_said() -> bool:
        labels = scans.window().findChildren(QLabel)
        return any(label.text() == why and not label.isHidden() for label in labels)

    qtbot.waitUntil(is_said)
    scans.session.next()
    settle()
    assert not is_said()
    scans.session.decide(State.DONE)
    settle()
    choose(1)
    scans.session.decide(State.DONE)
    assert told[-1] == "scan2.png cannot be opened: it can be flagged or skipped, but not done."
    assert listed(folder)["scan2.png"].state is State.NEW


def test_a_key_that_bounces_accepts_no_scan_that_nobody_can_have_looked_at(
    shown, scans, open_list, go, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    go(NEXT)
    monkeypatch.setattr(keys, "LOOKED_S", 3600.0)
    go(NEXT)
    assert scans.session.scan.name == "scan1.png"
    assert listed(folder)["scan1.png"].state is State.PROPOSED
    mask_in(shown).paint((1, 1), 1)
    go(NEXT)
    assert scans.session.scan.name == "scan2.png", "who has painted has looked"
    assert listed(folder)["scan1.png"].state is State.DONE
