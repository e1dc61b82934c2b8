"""The ways by which a file comes into the window, each ending with the layers that it gave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from napari._qt.dialogs.qt_reader_dialog import QtReaderDialog
from napari.layers import Layer
from napari.viewer import Viewer
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_multicancer.widgets.analyse.panel import MultiCancerPanel
from napari_multicancer.widgets.files.default_reader import become_default
from napari_multicancer.widgets.files.foreign.watch import watch_readings
from napari_multicancer.widgets.files.open_scans import add_scans, choose_files, opener_of

OURS = "napari-multicancer"
WAYS = ("terminal", "button", "drop", "reader", "file_open", "file_open_by_ours")
"""Methods of `Ways`."""


class Ways:
    """Opens files in a viewer with the panel.

    Parameters
    ----------
    viewer, panel, qtbot, monkeypatch
        The fixtures of these names.
    """

    def __init__(
        self, viewer: Viewer, panel: MultiCancerPanel, qtbot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.viewer, self.panel, self._qtbot = viewer, panel, qtbot
        self._monkeypatch = monkeypatch
        self.was_noticed = self.gave_up = False

    def open_by(self, way: str, path: Path) -> list[Layer]:
        """Open a file in the viewer, which is empty before, and give all that it holds then."""
        self.viewer.layers.clear()
        self.was_noticed = self.gave_up = False
        by: Callable[[Path], object] = getattr(self, way)
        by(path)
        return list(self.viewer.layers)

    def open_over(self, way: str, scan: Path, mask: Path) -> list[Layer]:
        """Open a mask in the viewer, which has its scan alone before, and give what was added."""
        (image,) = self.open_by("terminal", scan)
        by: Callable[[Path], object] = getattr(self, way)
        by(mask)
        return [layer for layer in self.viewer.layers if layer is not image]

    def terminal(self, path: Path) -> None:
        """As `napari-multicancer open PATH` does."""
        add_scans(self.viewer, [path])

    def button(self, path: Path) -> None:
        """By "Open scan..."."""
        self._monkeypatch.setattr(
            QFileDialog, "getOpenFileNames", lambda *args: ([str(path)], args[-1])
        )
        with self._qtbot.waitSignal(opener_of(self.viewer).opened):
            choose_files(self.viewer)

    def drop(self, *paths: Path) -> None:
        """Let go over the panel."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        shared = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.NoModifier)
        enter = QDragEnterEvent(QPointF(5, 5).toPoint(), *shared)
        QApplication.sendEvent(self.panel, enter)
        assert enter.isAccepted()
        with self._qtbot.waitSignal(opener_of(self.viewer).opened):
            QApplication.sendEvent(self.panel, QDropEvent(QPointF(5, 5), *shared))

    def reader(self, path: Path) -> None:
        """By napari, where our reader is the one that napari takes; else as from the terminal."""
        from napari.plugins import _npe2

        if OURS not in _npe2.get_readers(path):
            self.terminal(path)
        else:
            self.viewer.open(path, plugin=OURS)

    def file_open(self, path: Path) -> None:
        """By napari's own reader where it can, then as the panel offers to put it right."""
        self._file_open(path, OURS if ".nii" in path.name else "napari builtins")

    def file_open_by_ours(self, path: Path) -> None:
        """As after the offer to open the medical formats by our reader was accepted.

        napari asks for folders alone then, and reads pictures and TIFF by its own reader.
        """
        become_default()
        self._file_open(path, OURS)

    def _file_open(self, path: Path, chosen: str) -> None:
        self._monkeypatch.setattr(QtReaderDialog, "get_user_choices", lambda _: (chosen, False))
        try:
            self.viewer.window._qt_viewer._qt_open([str(path)], stack=False)
        except Exception:  # noqa: BLE001  where napari's reader fails, it says so in its own words
            self.gave_up = True
        readings = watch_readings(self.viewer)
        self._qtbot.waitUntil(lambda: not any(map(readings.is_looking_at, self.viewer.layers)))
        notice = self.panel.ui.reading
        self.was_noticed = not notice.isHidden()
        if self.was_noticed and not notice.yes.isHidden():
            notice.yes.click()
