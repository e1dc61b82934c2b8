"""The offer: corrections with a picture each, to be restored or left for later."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.widgets.autosave.restore_find import Found
from napari_multicancer.widgets.autosave.restore_list import last_words

_WIDTH, _LARGEST_HEIGHT = 480, 500
_ROW_HEIGHT, _REST = 126, 140


class RestoreDialog(QDialog):
    """Shows corrections of one scan, newest first; does not block the window.

    Parameters
    ----------
    scan_name : str
    found : list of Found
    parent : QWidget, optional

    Attributes
    ----------
    chosen : Signal(object)
        The snapshots, newest first, that the user wants back.
    """

    chosen = Signal(object)

    def __init__(self, scan_name: str, found: list[Found], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Restore corrections")
        self._found = found
        self.boxes = [QCheckBox() for _ in found]
        self.boxes[0].setChecked(True)
        layout = QVBoxLayout(self)
        layout.addWidget(_text(f"Corrections of {scan_name} that were not saved to a file:"))
        layout.addWidget(self._rows())
        layout.addWidget(
            _text("“Not now” keeps them: they are offered when the scan is next opened.")
        )
        layout.addWidget(self._buttons())
        self.resize(_WIDTH, min(_REST + _ROW_HEIGHT * len(found), _LARGEST_HEIGHT))

    def _rows(self) -> QScrollArea:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        for box, one in zip(self.boxes, self._found, strict=True):
            rows.addLayout(_row(box, one))
            box.toggled.connect(self._on_toggled)
        rows.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        return area

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.restore = buttons.addButton("Restore", QDialogButtonBox.ButtonRole.AcceptRole)
        self.later = buttons.addButton("Not now", QDialogButtonBox.ButtonRole.RejectRole)
        self.restore.setDefault(True)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_toggled(self) -> None:
        self.restore.setEnabled(any(box.isChecked() for box in self.boxes))

    def _on_accepted(self) -> None:
        boxes = zip(self.boxes, self._found, strict=True)
        self.chosen.emit([one.snapshot for box, one in boxes if box.isChecked()])
        self.accept()


def _row(box: QCheckBox, one: Found) -> QHBoxLayout:
    snapshot = one.snapshot
    saved = snapshot.saved.astimezone()
    words = _text(
        f"{snapshot.layer_name}\n{saved:%d %B %Y, %H:%M:%S}\n{last_words(snapshot.history)}"
    )
    box.setAccessibleName(f"Restore {snapshot.layer_name}, {saved:%H:%M:%S}")
    picture = QLabel()
    picture.setPixmap(pixmap(one.picture))
    row = QHBoxLayout()
    row.addWidget(box)
    row.addWidget(picture)
    row.addWidget(words, 1)
    return row


def _text(words: str) -> QLabel:
    """Show words as they stand: names from files are no markup."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def pixmap(picture: NDArray[np.uint8]) -> QPixmap:
    """Turn an RGB picture, shape (row, column, 3), into one that Qt shows."""
    height, width, _ = picture.shape
    image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())
