"""Why something was left out of work on a whole list, one reason apart from the other."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.parts import plain_label

MOST_REASONS = 20
"""So many are shown; the others are counted."""
USUAL_SIZE = QSize(460, 320)


class ReasonsDialog(QDialog):
    """Shows reasons that can be scrolled and copied.

    Parameters
    ----------
    sentence : str
        What became of the work.
    reasons : sequence of str
    """

    def __init__(
        self, sentence: str, reasons: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Why"))
        self.heading = plain_label(sentence)
        self.reasons = QPlainTextEdit(listed(reasons))
        self.reasons.setReadOnly(True)
        self.reasons.setAccessibleName(tr("Reasons"))
        self.reasons.setTabChangesFocus(True)
        buttons = QDialogButtonBox()
        self.close_it = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.heading)
        column.addWidget(self.reasons, 1)
        column.addWidget(buttons)
        self.resize(USUAL_SIZE)


def listed(reasons: Sequence[str]) -> str:
    """Write reasons below each other, with a bullet and a blank line between."""
    more = len(reasons) - MOST_REASONS
    others = [tr_n("and {n} more.", "and {n} more.", more)] if more > 0 else []
    shown = [f"\N{BULLET} {reason}" for reason in reasons[:MOST_REASONS]]
    return "\n\n".join([*shown, *others])
