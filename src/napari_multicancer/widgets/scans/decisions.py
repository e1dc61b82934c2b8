"""The buttons with which one goes through the list, and says what becomes of a scan."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.project.records import FINISHED, ListedScan
from napari_multicancer.widgets.common.parts import BUTTON_HEIGHT
from napari_multicancer.widgets.scans.keys import NEXT_KEYS, PREVIOUS_KEYS


class Decisions(QWidget):
    """Previous and next; flag and skip with a word; a second person's approval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.previous = _button(
            f"‹ Previous ({PREVIOUS_KEYS[0]})",
            f"Save, and go back to the scan before ({' or '.join(PREVIOUS_KEYS)})",
        )
        self.next = _button(
            f"Done, next ({NEXT_KEYS[0]}) ›",
            f"Save the mask as it is, and go on to the next scan ({' or '.join(NEXT_KEYS)})",
        )
        self.word = QLineEdit()
        self.word.setPlaceholderText("A word on this scan")
        self.word.setAccessibleName("Comment, or why the scan is flagged or sent back")
        self.word.setToolTip(
            "Enter keeps it as a comment; Flag and Send back keep it as the reason"
        )
        self.flag = _button("Fl&ag", "To be looked at; with the word on why")
        self.skip = _button("S&kip", "Leave this scan out")
        self.approve = _button("Appr&ove", "As a second person: reviewed")
        self.back = _button("Send &back", "As a second person: to be worked on again")
        self._arrange()
        self.show_scan(None, who="", changeable=False)

    def _arrange(self) -> None:
        for button in (self.previous, self.next):
            button.setMinimumHeight(BUTTON_HEIGHT)
        font = self.next.font()
        font.setBold(True)
        self.next.setFont(font)
        self.review = QWidget()
        rows = [QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self.review)]
        for row, widgets in zip(
            rows,
            (
                (self.previous, self.next),
                (self.word, self.flag, self.skip),
                (self.approve, self.back),
            ),
            strict=True,
        ):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget, 2 if widget in (self.next, self.word) else 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.review)
        column.addLayout(rows[1])
        column.addLayout(rows[0])

    def show_scan(self, scan: ListedScan | None, *, who: str, changeable: bool) -> None:
        """Offer what can be done with the scan that is open."""
        for widget in (self.word, self.flag, self.skip):
            widget.setEnabled(scan is not None and changeable)
        is_others = scan is not None and scan.state in FINISHED and scan.done_by != who
        self.review.setVisible(is_others and changeable)
        self.word.setText("" if scan is None else scan.comment)


def _button(title: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setToolTip(tip)
    return button
