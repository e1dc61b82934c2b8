"""The buttons with which one goes through the list, and says what becomes of a scan."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.project.records import FINISHED, ListedScan, State
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import BUTTON_HEIGHT
from napari_multicancer.widgets.scans.way import NEXT_KEYS, PREVIOUS_KEYS

WAITING = frozenset({State.NEW, State.FLAGGED, State.SKIPPED})
"""States of scans that going on alone does not make done."""


DONE_NEXT = tr("Done, next ({key}) ›", key=NEXT_KEYS[0])


class Decisions(QWidget):
    """Previous and next; flag and skip with a word; a second person's approval.

    Attributes
    ----------
    approves : State
        Which state the button for approval means: of the open scan done, or reviewed.
    is_own : bool
        Whether the person who works has done the open scan.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.previous = _button(
            tr("‹ Previous ({key})", key=PREVIOUS_KEYS[0]),
            tr(
                "Save, and go back to the scan before ({key} or {other_key})",
                key=PREVIOUS_KEYS[0],
                other_key=PREVIOUS_KEYS[1],
            ),
        )
        self.next = _button(
            DONE_NEXT,
            tr(
                "Save the mask as it is, and go on to the next scan ({key} or {other_key})",
                key=NEXT_KEYS[0],
                other_key=NEXT_KEYS[1],
            ),
        )
        self.word = QLineEdit()
        self.word.setPlaceholderText(tr("A word on this scan"))
        self.word.setAccessibleName(tr("Comment, or why the scan is flagged or sent back"))
        self.word.setToolTip(
            tr("Enter keeps it as a comment; Flag and Send back keep it as the reason")
        )
        self.flag = _button(tr("Fl&ag"), tr("To be looked at; with the word on why"))
        self.skip = _button(tr("S&kip"), tr("Leave this scan out"))
        self.approves, self.is_own = State.REVIEWED, False
        self._said: tuple[int, str] | None = None
        self.approve, self.back = _button("", ""), _button("", "")
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

    def show_scan(
        self,
        scan: ListedScan | None,
        *,
        who: str,
        changeable: bool,
        is_open: bool = True,
        second: bool = False,
        blind: bool = False,
    ) -> None:
        """Offer what can be done with a scan.

        Parameters
        ----------
        scan : ListedScan or None
            That is open, or cannot be opened.
        who : str
            Who works.
        changeable : bool
            Whether the list may be changed.
        is_open : bool
        second : bool
            What is drawn is a second outline, which changes nothing of the scan.
        blind : bool
            Others' masks are left out.
        """
        self.word.setEnabled(scan is not None and changeable)
        for widget in (self.flag, self.skip):
            widget.setEnabled(scan is not None and changeable and not second)
        is_done = scan is not None and scan.state in FINISHED and not second
        waits = (
            second
            or blind
            or (scan is not None and (scan.state in WAITING or (scan.is_refused and not is_done)))
        )
        self.is_own = is_done and scan is not None and scan.done_by == who
        self.approves = State.DONE if waits else State.REVIEWED
        self.approve.setText(tr("D&one as it is") if waits else tr("Appr&ove"))
        self.approve.setToolTip(
            tr("Stand for the mask, or for there being no lesion where nothing is outlined")
            if waits
            else tr("As a second person: reviewed")
        )
        self.back.setText(tr("&Back to work") if self.is_own else tr("Send &back"))
        self.back.setToolTip(
            tr("It is not done yet: it stays open, and is in work again")
            if self.is_own
            else tr("As a second person: to be worked on again")
        )
        self.approve.setVisible(waits or not self.is_own)
        self.back.setVisible(is_done)
        self.review.setVisible(is_open and changeable and (is_done or waits))
        said = None if scan is None else (scan.id, scan.comment)
        if said != self._said:
            self._said = said  # else what is being typed would go with each look at the list
            self.word.setText("" if scan is None else scan.comment)

    def look_only(self, looks: bool) -> None:
        """Say on the way onward whether going on makes a scan done."""
        title = tr("Next ({key}) ›", key=NEXT_KEYS[0]) if looks else DONE_NEXT
        self.next.setText(title)


def _button(title: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setToolTip(tip)
    return button
