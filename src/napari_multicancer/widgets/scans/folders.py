"""A line that takes a folder by name, by dialog or dropped on it."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import name_clear_button


class FolderLine(QWidget):
    """Takes a folder by name, by dialog or dropped on it.

    Parameters
    ----------
    name : str
        What the folder is: the dialog's title, and what a screen reader says.
    hint : str
        Shown while the line is empty.

    Attributes
    ----------
    files : str
        Where a file is to be named in place of a folder: which, as Qt's dialogs write it.
    changed : Signal()
        Another folder is named, a letter at a time where it is typed.
    settled : Signal()
        It is chosen in the dialog, or the user has typed it and goes on.
    """

    changed = Signal()
    settled = Signal()

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.files = ""
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(name)
        self.line.setClearButtonEnabled(True)
        name_clear_button(self.line)
        self.button = QToolButton()
        self.button.setText("...")
        self.button.setToolTip(tr("Choose: {what}", what=name))
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)
        row.addWidget(self.button)
        self.line.textChanged.connect(lambda _: self.changed.emit())
        self.line.editingFinished.connect(self.settled)
        self.button.clicked.connect(self._ask)

    @property
    def folder(self) -> Path | None:
        """The folder that is named, whether it exists or not."""
        text = self.line.text().strip().removeprefix("file://")
        return Path(text).expanduser() if text else None

    def set_folder(self, folder: Path) -> None:
        """Name a folder."""
        self.line.setText(str(folder))

    def _ask(self) -> None:
        start = "" if self.folder is None else str(self.folder)
        if self.files:
            chosen, _ = QFileDialog.getOpenFileName(self, self._name, start, self.files)
        else:
            chosen = QFileDialog.getExistingDirectory(self, self._name, start)
        if chosen:
            self.set_folder(Path(chosen))
            self.settled.emit()
