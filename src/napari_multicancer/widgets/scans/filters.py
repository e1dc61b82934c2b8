"""Which scans of the list are shown: by a search, and by a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import LEFT, State
from napari_multicancer.widgets.common.parts import name_clear_button

TYPING_MS = 250
"""So long after the last letter the search begins."""
CHOICES = {
    "All": ScanFilter(),
    "To do": ScanFilter(states=LEFT),
    **{str(state).capitalize(): ScanFilter(states=frozenset({state})) for state in State},
    "Failed": ScanFilter(failed=True),
    "Not sure": ScanFilter(unsure=True),
}
OWN: Mapping[str, Callable[[str], ScanFilter]] = {
    "My tasks": lambda who: ScanFilter(assigned=who),
    "To outline again": lambda who: ScanFilter(asked_of=who),
}
"""Choices that depend on who works."""


class FilterLine(QWidget):
    """A search, a choice, and how many scans are shown.

    Attributes
    ----------
    changed : Signal(object)
        The `ScanFilter`.
    who : str
        Who works on the list.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search names, folders, comments")
        self.search.setAccessibleName("Search the list")
        self.search.setClearButtonEnabled(True)
        name_clear_button(self.search)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Scans that are shown")
        self.choice.addItems([*CHOICES, *OWN])
        self.who = ""
        self.number = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search, 1)
        row.addWidget(self.choice)
        row.addWidget(self.number)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._tell)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.choice.currentIndexChanged.connect(lambda _: self._tell())

    @property
    def wanted(self) -> ScanFilter:
        """What is chosen and searched for."""
        choice = self.choice.currentText()
        chosen = OWN[choice](self.who) if choice in OWN else CHOICES[choice]
        return replace(chosen, text=self.search.text().strip())

    def work_as(self, who: str) -> None:
        """Show, where it depends on who works, what is somebody else's from now on."""
        if who != self.who:
            self.who = who
            if self.choice.currentText() in OWN:
                self._tell()

    def count(self, shown: int, total: int) -> None:
        """Say how many scans are shown."""
        self.number.setText(f"{shown:,}" if shown == total else f"{shown:,} of {total:,}")

    def _tell(self) -> None:
        self._typing.stop()
        self.changed.emit(self.wanted)
