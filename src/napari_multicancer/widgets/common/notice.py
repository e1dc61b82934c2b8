"""A sentence that waits for an answer: beside it what may be done, and no dialog."""

from __future__ import annotations

from qtpy.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.widgets.common.colors import ACCENT
from napari_multicancer.widgets.common.parts import plain_label, show_edge


class Notice(QFrame):
    """Words above two buttons; hidden until there is something to say.

    Parameters
    ----------
    yes, no : str
        What the buttons say.
    """

    def __init__(self, yes: str, no: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        show_edge(self, ACCENT)
        self.text = plain_label("")
        self.yes, self.no = QPushButton(yes), QPushButton(no)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.yes)
        buttons.addWidget(self.no)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 0, 2)
        layout.addWidget(self.text)
        layout.addLayout(buttons)
        self.hide()

    def say(self, words: str) -> None:
        """Show words; hide where there are none."""
        self.text.setText(words)
        self.setVisible(bool(words))
