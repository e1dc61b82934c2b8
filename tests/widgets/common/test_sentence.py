"""What the plugin says stands in a panel of its own, not in a pop-up over the scan."""

from __future__ import annotations

import pytest
from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from napari_multicancer.core.errors import CancelledError, MaskError, OutputError
from napari_multicancer.widgets.common.notify import say, tell, warn
from napari_multicancer.widgets.common.sentence import SentenceLine

PLUGIN = "napari-multicancer"


@pytest.fixture
def popped(monkeypatch) -> list[str]:
    """What pops up; nothing is drawn."""
    shown: list[str] = []
    monkeypatch.setattr(
        NapariQtNotification, "show", lambda self: shown.append(self.message.text())
    )
    return shown


@pytest.fixture
def open_panel(make_napari_viewer, qtbot, popped):
    """A panel of a window that is seen."""

    def opened(name):
        viewer = make_napari_viewer(show=True)
        panel = viewer.window.add_plugin_dock_widget(PLUGIN, name)[1]
        viewer.window._qt_window.resize(1280, 800)
        qtbot.waitUntil(panel.isVisible)
        return panel

    return opened


def logged() -> list[str]:
    return [record.message for record in notification_manager.records]


def test_sentences_stand_in_the_panel_that_is_seen_and_in_naparis_log(qtbot, open_panel, popped):
    line = open_panel("Multi-Cancer").ui.sentence
    for tells in (
        lambda: say("It is saved."),
        lambda: warn("Choose a scan."),
        lambda: tell(OutputError("The disk is full: free some space."), "saving"),
    ):
        tells()
        qtbot.waitUntil(lambda: line.isVisible() and line.text.text() == logged()[-1])
    assert popped == []
    for _ in range(2):
        assert line.isVisible()
        qtbot.mouseClick(line.dismiss, Qt.MouseButton.LeftButton)
    assert not line.isVisible()
    assert tell(CancelledError("Stopped."), "saving") == ""
    assert not line.isVisible()


def test_errors_wait_for_one_another_and_no_note_takes_their_place(qtbot, open_panel, popped):
    line = open_panel("Multi-Cancer").ui.sentence

    def shown():
        qtbot.wait(20)
        return line.isVisible(), line.text.text(), line.count.isVisible() and line.count.text()

    say("It is saved.")
    tell(OutputError("a.nii is torn."), "opening")
    warn("b.png is empty.")
    tell(OutputError("c.dcm is no scan."), "opening")
    warn("b.png is empty.")
    say("brain is shown alone.")
    for words, place in (
        ("b.png is empty.", "1 of 3"),
        ("c.dcm is no scan.", "1 of 2"),
        ("a.nii is torn.", False),
    ):
        assert shown() == (True, words, place)
        assert not line._end.isActive()
        qtbot.mouseClick(line.dismiss, Qt.MouseButton.LeftButton)
    assert not shown()[0]
    assert "brain is shown alone." in logged()
    say("It is saved.")
    say("It is saved again.")
    assert shown() == (True, "It is saved again.", False)
    assert line._end.isActive()
    line._end.timeout.emit()
    assert not shown()[0]
    assert popped == []


def test_many_errors_are_copied_and_dismissed_at_once(qtbot, open_panel, popped):
    line = open_panel("Multi-Cancer").ui.sentence
    sentences = [f"scan {number}.nii is torn: copy it again." for number in range(30)]
    tell(OutputError(sentences[0]), "opening")
    qtbot.waitUntil(line.isVisible)
    assert not line.copy_all.isVisible()
    assert not line.dismiss_all.isVisible()
    for sentence in sentences[1:]:
        tell(OutputError(sentence), "opening")
    qtbot.waitUntil(line.copy_all.isVisible)
    qtbot.keyClick(line.copy_all, Qt.Key.Key_Space)
    assert QApplication.clipboard().text().splitlines() == sentences[::-1]
    assert line.copy_all.text() == "Copied"
    warn("Choose a scan.")
    qtbot.waitUntil(lambda: line.text.text() == "Choose a scan.")
    assert line.count.text() == "1 of 31"
    assert line.copy_all.text() == "Copy all"
    qtbot.mouseClick(line.dismiss_all, Qt.MouseButton.LeftButton)
    assert not line.isVisible()
    assert logged()[-31:] == [*sentences, "Choose a scan."]
    warn("Choose a mask.")
    qtbot.waitUntil(line.isVisible)
    assert not line.count.isVisible()
    assert popped == []


def test_a_folded_panel_leaves_sentences_to_napari(qtbot, open_panel, popped):
    panel = open_panel("Multi-Cancer")
    panel.ui.tabs.fold(True)
    warn("Choose a scan.")
    assert popped == ["Choose a scan."]
    assert not panel.ui.sentence.isVisible()


def test_every_panel_has_a_line_for_them(qtbot, open_panel, popped):
    first = open_panel("Compare masks")
    viewer, dock = first._viewer, first.parentWidget()
    for name in ("Compare masks", "Correct a mask", "Restore masks", "Scans"):
        dock.hide()
        dock, panel = viewer.window.add_plugin_dock_widget(PLUGIN, name)
        dock.show()
        qtbot.waitUntil(panel.isVisible, timeout=9000)
        (line,) = panel.findChildren(SentenceLine)
        warn("Choose a scan.")
        qtbot.waitUntil(line.isVisible, timeout=9000)
        assert line.text.text() == "Choose a scan."
    assert popped == []


def test_what_a_page_says_itself_is_not_said_twice(qtbot, open_panel, popped):
    panel = open_panel("Multi-Cancer")
    page = panel.ui.tabs.open("Correct")
    error = MaskError("There is no region at this point: click inside an outline.")
    page.ui.say(tell(error, "correcting a mask"))
    qtbot.wait(50)
    assert page.ui.message.text() == str(error)
    assert not panel.ui.sentence.isVisible()
    assert popped == []
    page.ui.say("")
    tell(error, "correcting a mask")
    qtbot.waitUntil(panel.ui.sentence.isVisible)


def test_a_window_that_is_closed_hears_nothing(open_panel, qtbot):
    panel = open_panel("Compare masks")
    panel._viewer.window.remove_dock_widget(panel)
    panel.deleteLater()
    qtbot.wait(50)
    say("It is saved.")
    assert logged()[-1] == "It is saved."
