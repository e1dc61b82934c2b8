"""Which scans of the list are shown: by a search, and by a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import LEFT, State
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import Choice, name_clear_button
from napari_multicancer.widgets.scans.table.words import FAILED, NOT_SURE, STATES

TYPING_MS = 250
"""So long after the last letter the search begins."""
CHOICES: tuple[tuple[str, ScanFilter], ...] = (
    (tr("All"), ScanFilter()),
    (tr("To do"), ScanFilter(states=LEFT)),
    *((STATES[state], ScanFilter(states=frozenset({state}))) for state in State),
    (FAILED, ScanFilter(failed=True)),
    (NOT_SURE, ScanFilter(unsure=True)),
    (tr("Neither organ"), ScanFilter(refused=True)),
)
OWN: tuple[tuple[str, Callable[[str], ScanFilter]], ...] = (
    (tr("My tasks"), lambda who: ScanFilter(assigned=who)),
    (tr("To outline again"), lambda who: ScanFilter(asked_of=who)),
)
"""Choices that depend on who works; they stand below the others."""


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
        self.search.setPlaceholderText(tr("Search names, folders, comments"))
        self.search.setAccessibleName(tr("Search the list"))
        self.search.setClearButtonEnabled(True)
        name_clear_button(self.search)
        self.choice = Choice()
        self.choice.setAccessibleName(tr("Scans that are shown"))
        self.choice.addItems([title for title, _ in (*CHOICES, *OWN)])
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
        return replace(self._chosen, text=self.search.text().strip())

    @property
    def _chosen(self) -> ScanFilter:
        place: int = self.choice.currentIndex()
        if self._is_own:
            _, make = OWN[place - len(CHOICES)]
            return make(self.who)
        _, chosen = CHOICES[place]
        return chosen

    @property
    def _is_own(self) -> bool:
        return bool(self.choice.currentIndex() >= len(CHOICES))

    def work_as(self, who: str) -> None:
        """Show, where it depends on who works, what is somebody else's from now on."""
        if who != self.who:
            self.who = who
            if self._is_own:
                self._tell()

    def count(self, shown: int, total: int) -> None:
        """Say how many scans are shown."""
        part = tr("{shown} of {total}", shown=f"{shown:,}", total=f"{total:,}")
        self.number.setText(f"{shown:,}" if shown == total else part)

    def _tell(self) -> None:
        self._typing.stop()
        self.changed.emit(self.wanted)
