"""The line of a panel that says what would else pop up over the scan."""

from __future__ import annotations

from napari.utils.notifications import NotificationSeverity
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from napari_multicancer.widgets.common.colors import ACCENT, ATTENTION, FAULT
from napari_multicancer.widgets.common.notify import listen

NEWS_MS = 15_000
"""So long stands what is no error; anything else stands until it is dismissed or replaced."""
_COLORS = {NotificationSeverity.WARNING: ATTENTION, NotificationSeverity.ERROR: FAULT}


class SentenceLine(QFrame):
    """Says one sentence at a time; hidden until there is one.

    A sentence that the window shows already, in a page's own words, is not said twice.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sentence")
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.dismiss = QToolButton()
        self.dismiss.setText("\N{MULTIPLICATION SIGN}")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dismiss.setAccessibleName("Dismiss the message")
        self.dismiss.setToolTip("Dismiss the message")
        self.dismiss.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 0, 2)
        row.addWidget(self.text, 1)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(NEWS_MS)
        self._end.timeout.connect(self.clear)
        self.hide()
        listen(self)

    def is_seen(self) -> bool:
        """Say whether the panel around the line is in sight."""
        try:
            panel, window = self.parentWidget(), self.window()
        except RuntimeError:
            # Qt has deleted the line before Python has.
            return False
        return panel is not None and panel.isVisible() and not window.isMinimized()

    def hear(self, sentence: str, severity: NotificationSeverity) -> None:
        """Say a sentence in place of the one before, once the window has said its own."""
        self.clear()
        self.text.setText(sentence)
        color = _COLORS.get(severity, ACCENT).name()
        self.setStyleSheet(f"QFrame#sentence {{ border-left: 3px solid {color}; }}")
        if severity < NotificationSeverity.WARNING:
            self._end.start()
        QTimer.singleShot(0, self._appear)

    def clear(self) -> None:
        """Say nothing any more."""
        self._end.stop()
        self.text.clear()
        self.hide()

    def _appear(self) -> None:
        sentence = self.text.text()
        self.setVisible(bool(sentence) and not self._is_said_elsewhere(sentence))

    def _is_said_elsewhere(self, sentence: str) -> bool:
        labels = self.window().findChildren(QLabel)
        return any(
            label is not self.text
            and label.text() == sentence
            and not label.visibleRegion().isEmpty()
            for label in labels
        )
