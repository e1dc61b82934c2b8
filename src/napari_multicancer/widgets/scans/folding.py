"""The list in a dock of its own folds to a strip that still goes from scan to scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.giving_way import dock_of
from napari_multicancer.widgets.common.making_room import ROOMY, MakingRoom
from napari_multicancer.widgets.common.tabs import UNFOLD, LazyTabs

if TYPE_CHECKING:
    from napari_multicancer.widgets.scans.layout import ScansLayout

PREVIOUS, NEXT = "‹", "›"
MARGIN = 4
WIDTH = 76
"""So wide are the buttons in the dock's title."""


class Strip(QWidget):
    """All that is left of a folded list: what unfolds it, and what goes through it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unfold = _button(UNFOLD, tr("Unfold the list"))
        self.previous = _button(PREVIOUS, tr("Previous scan"))
        self.next = _button(NEXT, tr("Done, next scan"))
        self.setMinimumWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 8, MARGIN, 4)
        column.addWidget(self.unfold)
        column.addStretch(1)
        column.addWidget(self.previous)
        column.addWidget(self.next)
        self.hide()


class ListOrStrip(QHBoxLayout):
    """Lays out the list and its strip, of which one is in sight.

    Qt takes what a list with words that wrap would like to have for the least that it needs.

    Parameters
    ----------
    panel, whole, strip : QWidget
    """

    def __init__(self, panel: QWidget, whole: QWidget, strip: QWidget) -> None:
        super().__init__(panel)
        self._whole = whole
        self.setContentsMargins(0, 0, 0, 0)
        # Else napari adds a stretch behind what a dock holds, here beside it.
        panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.addWidget(whole)
        self.addWidget(strip)

    def minimumHeightForWidth(self, width: int) -> int:  # noqa: N802
        """Qt's own: what the list needs in that width."""
        return int(self._whole.layout().minimumHeightForWidth(width))


class ListFolding(MakingRoom):
    """Folds the list where its user wants the room; as one tab of many, those fold with it.

    Parameters
    ----------
    panel : QWidget
    ui : ScansLayout
    """

    def __init__(self, panel: QWidget, ui: ScansLayout) -> None:
        super().__init__(panel, ui.in_place)
        self._ui = ui
        ui.fold.clicked.connect(self._on_fold)
        ui.strip.unfold.clicked.connect(self._on_unfold)

    @property
    def is_folded(self) -> bool:
        """Whether the strip alone is in sight."""
        return bool(self._ui.whole.isHidden())

    def fold(self, folded: bool) -> None:
        """Leave the strip alone in sight, or show the whole list again."""
        if folded == self.is_folded:
            return
        pressed = self._ui.fold if folded else self._ui.strip.unfold
        takes_its_place = self._ui.strip.unfold if folded else self._ui.fold
        had_focus = pressed.hasFocus()
        self._ui.whole.setVisible(not folded)
        self._ui.strip.setVisible(folded)
        if had_focus:
            takes_its_place.setFocus()
        if folded:
            self._fold_to(WIDTH)
        else:
            self._unfold()

    def _on_fold(self) -> None:
        self.fold(True)

    def _on_unfold(self) -> None:
        self.fold(False)

    def _on_shown(self) -> None:
        is_own = not _lies_in_tabs(self._panel)
        self._ui.fold.setVisible(is_own)
        if is_own:
            super()._on_shown()
        elif not self._was_shown:
            self._was_shown = True
            self._widen_tabs()

    def _widen_tabs(self) -> None:
        """Give the tabs around the list the width that its table needs, if the window has it."""
        dock, wanted = dock_of(self._panel), self._panel.sizeHint().width()
        if dock is not None and self._width() >= ROOMY and self._panel.width() < wanted:
            self._resize_dock(dock.width() + wanted - self._panel.width())

    def _look(self) -> None:
        was_tight = self._is_tight
        super()._look()
        if was_tight and not self._is_tight and not self.is_folded:
            self._resize_dock(min(self._panel.width(), self._panel.sizeHint().width()))


def _lies_in_tabs(widget: QWidget | None) -> bool:
    while widget is not None:
        if isinstance(widget, LazyTabs):
            return True
        widget = widget.parentWidget()
    return False


def _button(title: str, name: str) -> QPushButton:
    button = QPushButton(title)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the canvas
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button
