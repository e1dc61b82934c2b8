"""A hint for whoever does something for the first time; put away once, it does not come back."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.colors import ACCENT
from napari_multicancer.widgets.common.parts import plain_label, show_edge
from napari_multicancer.widgets.common.settings import hints_seen, keep_hint_seen


class Hint(QFrame):
    """Words beside a button that puts them away for good, in all windows to come.

    Parameters
    ----------
    name : str
        Under which it is kept that the hint was seen; one word.
    words : str
    """

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setObjectName("hint")
        show_edge(self, ACCENT)
        self.text = plain_label(words)
        self.seen = QPushButton(tr("Got it"))
        self.seen.setToolTip(tr("Put this hint away for good"))
        self.seen.clicked.connect(self._on_seen)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 0, 2)
        row.addWidget(self.text, 1)
        row.addWidget(self.seen, 0, Qt.AlignmentFlag.AlignBottom)
        self.hide()

    def offer(self, fits: bool = True) -> None:
        """Show the hint where it fits and nobody has put it away; hide it elsewhere."""
        self.setVisible(fits and self._name not in hints_seen())

    def _on_seen(self) -> None:
        keep_hint_seen(self._name)
        self.hide()
