"""The line of a panel that says what would else pop up over the scan."""

from __future__ import annotations

from napari.utils.notifications import NotificationSeverity
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.colors import ACCENT, ATTENTION, FAULT
from napari_multicancer.widgets.common.notify import listen
from napari_multicancer.widgets.common.parts import plain_label, show_edge

NEWS_MS = 15_000
"""So long stands a note; a warning or an error stands until it is dismissed."""
COPY, COPIED = tr("Copy all"), tr("Copied")
_COLORS = {NotificationSeverity.WARNING: ATTENTION, NotificationSeverity.ERROR: FAULT}


class SentenceLine(QFrame):
    """Says one sentence at a time, the newest first; hidden until there is one.

    Warnings and errors wait until each is dismissed; where several wait, all can be dismissed
    or copied at once. While one of them stands, notes are left to napari's notifications. A
    sentence that the window shows already, in a page's own words, is not said twice.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sentence")
        self._waiting: list[tuple[str, NotificationSeverity]] = []
        self.text = plain_label("")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.count = QLabel()
        self.dismiss = QToolButton()
        self.dismiss.setText("\N{MULTIPLICATION SIGN}")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dismiss.setAccessibleName(tr("Dismiss the message"))
        self.dismiss.setToolTip(tr("Dismiss the message"))
        self.dismiss.clicked.connect(self.go_on)
        self.copy_all = QPushButton(COPY)
        self.copy_all.setToolTip(tr("Copy all messages, the newest first"))
        self.copy_all.clicked.connect(self.copy)
        self.dismiss_all = QPushButton(tr("Dismiss all"))
        self.dismiss_all.setToolTip(tr("Dismiss all messages"))
        self.dismiss_all.clicked.connect(self.clear)
        self.all = QWidget()
        self._arrange()
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(NEWS_MS)
        self._end.timeout.connect(self.go_on)
        self.hide()
        listen(self)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.text, 1)
        row.addWidget(self.count, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout(self.all)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(6)
        buttons.addWidget(self.copy_all)
        buttons.addWidget(self.dismiss_all)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 0, 2)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.all)

    def is_seen(self) -> bool:
        """Say whether the panel around the line is in sight."""
        try:
            panel, window = self.parentWidget(), self.window()
        except RuntimeError:
            # Qt has deleted the line before Python has.
            return False
        return panel is not None and panel.isVisible() and not window.isMinimized()

    def hear(self, sentence: str, severity: NotificationSeverity) -> None:
        """Say a sentence, once the window has said its own, unless it is a note beside an error."""
        is_note = severity < NotificationSeverity.WARNING
        if is_note and any(kind >= NotificationSeverity.WARNING for _, kind in self._waiting):
            return
        self._waiting = [
            (words, kind)
            for words, kind in self._waiting
            if kind >= NotificationSeverity.WARNING and words != sentence
        ]
        self._waiting.append((sentence, severity))
        self._end.stop()
        if is_note:
            self._end.start()
        QTimer.singleShot(0, self._appear)

    def go_on(self) -> None:
        """Dismiss what is said, and say what came before it and was not dismissed."""
        self._end.stop()
        del self._waiting[-1:]
        self._appear()

    def forget(self, sentence: str) -> None:
        """Dismiss one of the sentences, if it waits."""
        kept = [(words, kind) for words, kind in self._waiting if words != sentence]
        if len(kept) < len(self._waiting):
            self._waiting = kept
            self._appear()

    def clear(self) -> None:
        """Dismiss all that waits; napari keeps it among its notifications."""
        self._end.stop()
        self._waiting.clear()
        self._appear()

    def copy(self) -> None:
        """Put all that waits on the clipboard, a line a sentence, the newest first."""
        newest_first = [words for words, _ in reversed(self._waiting)]
        QApplication.clipboard().setText("\n".join(newest_first))
        self.copy_all.setText(COPIED)

    def _appear(self) -> None:
        while self._waiting and self._is_said_elsewhere(self._waiting[-1][0]):
            self._waiting.pop()
        if not self._waiting:
            self.text.clear()
            self.hide()
            return
        sentence, severity = self._waiting[-1]
        self.text.setText(sentence)
        self.count.setText(tr("1 of {several}", several=len(self._waiting)))
        self.copy_all.setText(COPY)
        for part in (self.count, self.all):
            part.setVisible(len(self._waiting) > 1)
        show_edge(self, _COLORS.get(severity, ACCENT))
        self.show()

    def _is_said_elsewhere(self, sentence: str) -> bool:
        labels = self.window().findChildren(QLabel)
        return any(
            label is not self.text
            and label.text() == sentence
            and not label.visibleRegion().isEmpty()
            for label in labels
        )
