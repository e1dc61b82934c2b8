"""The line of the tab that shows how far the work on a whole list is, and what became of it."""

from __future__ import annotations

from qtpy.QtCore import Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.colors import ACCENT, ATTENTION
from napari_multicancer.widgets.common.parts import plain_label, show_edge, slim_progress_bar
from napari_multicancer.widgets.scans.whole.reasons import ReasonsDialog
from napari_multicancer.widgets.scans.whole.work import Outcome


class WorkLine(QFrame):
    """Words, a bar and a button to stop; then the outcome, with what there is to look at.

    Attributes
    ----------
    stopped : Signal()
        The user wants no more of it.
    """

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("work")
        self.text = plain_label("")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = slim_progress_bar(tr("Progress of the work on the list"))
        self.progress.setStyleSheet(f"QProgressBar::chunk {{ background: {ACCENT.name()}; }}")
        self.cancel = QPushButton(tr("Cancel"))
        self.why = QPushButton(tr("Why..."))
        self.why.setToolTip(tr("Say why some were left out"))
        self.show_it = QPushButton(tr("Open"))
        self.show_it.setToolTip(tr("Show what was written"))
        self.dismiss = QToolButton()
        self.dismiss.setText("\N{MULTIPLICATION SIGN}")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setAccessibleName(tr("Dismiss the outcome"))
        self.dismiss.setToolTip(tr("Dismiss the outcome"))
        self._outcome: Outcome | None = None
        self._arrange()
        self.cancel.clicked.connect(self.stopped)
        self.why.clicked.connect(self._say_why)
        self.show_it.clicked.connect(self._open)
        self.dismiss.clicked.connect(self.hide)
        self.hide()

    def _arrange(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.text, 1)
        first.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTop)
        first.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        second.addWidget(self.show_it)
        second.addWidget(self.why)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 0, 2)
        column.setSpacing(4)
        column.addLayout(first)
        column.addWidget(self.progress)
        column.addLayout(second)

    def show_progress(self, doing: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is; a total that grows with what is done is not known."""
        is_known = total > done
        self.text.setText(_how_far(doing, done, total if is_known else None))
        self.progress.setRange(0, total if is_known else 0)
        self.progress.setValue(done)
        self.cancel.setEnabled(True)
        self._offer(is_over=False)
        show_edge(self, ACCENT)

    def show_stopping(self) -> None:
        """Say that it will end at its next step."""
        self.text.setText(tr("Stopping..."))
        self.cancel.setEnabled(False)

    def show_outcome(self, outcome: Outcome) -> None:
        """Say what became of it, until that is dismissed."""
        self._outcome = outcome
        self.text.setText(outcome.sentence)
        self._offer(is_over=True)
        show_edge(self, ATTENTION if outcome.reasons else ACCENT)

    def _offer(self, *, is_over: bool) -> None:
        outcome = self._outcome
        self.progress.setVisible(not is_over)
        self.cancel.setVisible(not is_over)
        self.dismiss.setVisible(is_over)
        self.why.setVisible(is_over and outcome is not None and bool(outcome.reasons))
        self.show_it.setVisible(is_over and outcome is not None and outcome.where is not None)
        self.show()

    def _say_why(self) -> None:
        if self._outcome is not None:
            dialog = ReasonsDialog(self._outcome.sentence, self._outcome.reasons, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _open(self) -> None:
        if self._outcome is not None and self._outcome.where is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._outcome.where)))


def _how_far(doing: str, done: int, total: int | None) -> str:
    if total is not None:
        return tr("{doing}: {done} of {total}", doing=doing, done=f"{done:,}", total=f"{total:,}")
    return tr("{doing}: {done}", doing=doing, done=f"{done:,}") if done else f"{doing}..."
