"""Buttons beside a refusal: the user knows better what this one scan is."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_multicancer.core.models.organs import a_scan_of, organs
from napari_multicancer.translation import tr


class TreatAs(QWidget):
    """A button an organ; hidden until there is reason to ask.

    Attributes
    ----------
    wanted : Signal(str)
        The organ as whose scan the one shown is to be analyzed.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for organ in organs():
            button = QPushButton(tr("Treat as {scan}", scan=a_scan_of(organ).partition(" ")[2]))
            button.setToolTip(tr("Analyze this scan as one, and no other"))
            button.clicked.connect(partial(self._on_clicked, organ))
            column.addWidget(button)
            self.buttons[organ] = button
        self.hide()

    def offer(self, without: str | None) -> None:
        """Offer all organs but one; None offers none at all."""
        for organ, button in self.buttons.items():
            button.setVisible(organ != without)
        self.setVisible(without is not None)

    def _on_clicked(self, organ: str, _: bool = False) -> None:
        self.wanted.emit(organ)
