"""Tabs whose pages are made when they are first looked at, so that the panel opens at once."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget


class LazyTabs(QTabWidget):
    """A row of pages; `add` them, and they are made when they are first looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._makers: dict[int, Callable[[], QWidget]] = {}
        self._pages: dict[int, QWidget] = {}
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.currentChanged.connect(self._make)

    def add(self, title: str, tip: str, make: Callable[[], QWidget]) -> int:
        """Add a page that `make` gives once it is needed, and return its index."""
        holder = QWidget()
        QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
        index = self.count()
        self._makers[index] = make
        self.addTab(holder, title)
        self.setTabToolTip(index, tip)
        return index

    def page(self, index: int) -> QWidget:
        """Give a page, made if it was not there yet."""
        self._make(index)
        return self._pages[index]

    def made(self) -> list[QWidget]:
        """List the pages that have been looked at."""
        return list(self._pages.values())

    def _make(self, index: int) -> None:
        maker = self._makers.pop(index, None)
        if maker is None:
            return
        page = maker()
        self._pages[index] = page
        self.widget(index).layout().addWidget(page)
