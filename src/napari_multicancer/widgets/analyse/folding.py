"""The panel folds where it would leave too little of a small window to the scan."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QProgressBar, QWidget

from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.making_room import NARROW, MakingRoom
from napari_multicancer.widgets.common.settings import keep_narrow_window, preferences
from napari_multicancer.widgets.common.tabs import LazyTabs

FOLDED, OPEN = "folded", "open"
"""What the preferences say of the panel in a narrow window."""


class Folding(MakingRoom):
    """Folds the panel when its window becomes narrow, and unfolds it when it is wide again.

    In between, it is as the user wants it, and so it is in the next narrow window. It is never
    folded while the user works in it. Open in a window that has no room for both, it takes the
    place of napari's own docks.

    Parameters
    ----------
    panel : QWidget
    tabs : LazyTabs
        All of the panel that is left when it is folded.
    foot : QWidget
        Of the panel, below the tabs.
    hint : Hint
        Says how napari's own docks come back.
    """

    def __init__(self, panel: QWidget, tabs: LazyTabs, foot: QWidget, hint: Hint) -> None:
        super().__init__(panel, hint)
        self._tabs, self._foot = tabs, foot
        self._is_narrow = False
        tabs.folded.connect(self._on_folded)
        tabs.names.fold.clicked.connect(self._keep)
        tabs.names.chosen.connect(self._keep)

    @property
    def is_folded(self) -> bool:
        """Whether the tabs' names alone are in sight."""
        return self._tabs.is_folded

    def _on_width(self) -> None:
        was_narrow, self._is_narrow = self._is_narrow, self._width() < NARROW
        if self._is_narrow != was_narrow:
            self._tabs.fold(self._is_narrow and not self._stays_open())

    def _stays_open(self) -> bool:
        """Say whether the user wants the panel open in narrow windows, or works in it."""
        return self._is_worked_in() or preferences().narrow_window == OPEN

    def _is_worked_in(self) -> bool:
        """Say whether the focus is in the page or the foot, or something is under way there."""
        focus = QApplication.focusWidget()
        parts = (self._tabs.stack, self._foot)
        is_there = focus is not None and any(part.isAncestorOf(focus) for part in parts)
        return is_there or any(bar.isVisible() for bar in self._panel.findChildren(QProgressBar))

    def _keep(self) -> None:
        """Keep for the next narrow window what the user wants in this one."""
        if self._is_narrow:
            keep_narrow_window(FOLDED if self.is_folded else OPEN)

    def _on_folded(self, folded: bool) -> None:
        self._foot.setVisible(not folded)
        if folded:
            self._fold_to(self._tabs.names.minimumSizeHint().width())
        else:
            self._unfold()
