"""What the dialogs share that ask what is to be done with a whole list."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import Choice, plain_label
from napari_multicancer.widgets.scans.whole.work import ListOrder

USUAL_SIZE = QSize(460, 0)


class OrderDialog(QDialog):
    """A form, a sentence on what it comes to, and a button that orders it.

    Parameters
    ----------
    title : str
    button : str
        What the button says that orders.

    Attributes
    ----------
    ordered : Signal(object)
        The `ListOrder`.
    """

    ordered = Signal(object)

    def __init__(self, title: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.form = QFormLayout()
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.sentence = plain_label("")
        self.order = QPushButton(button)
        self.order.setDefault(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.order, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_ordered)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(self.form)
        column.addWidget(self.sentence)
        column.addWidget(buttons)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: wide enough for the names of folders."""
        return super().sizeHint().expandedTo(USUAL_SIZE)

    def what_is_ordered(self) -> ListOrder | None:
        """Give what is asked for; None where something is missing."""
        raise NotImplementedError

    def what_is_asked(self) -> str:
        """Give what is to be confirmed before; empty where nothing is."""
        return ""

    def add_row(self, words: str, widget: QWidget) -> None:
        """Put a field below those before, with words beside it."""
        label = QLabel(words)
        label.setBuddy(widget)
        self.form.addRow(label, widget)

    def _on_ordered(self) -> None:
        order = self.what_is_ordered()
        if order is None:
            return
        if question := self.what_is_asked():
            self._ask(question, order)
        else:
            self._give(order)

    def _ask(self, question: str, order: ListOrder) -> None:
        box = QMessageBox(self)
        box.setWindowTitle(self.windowTitle())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(question)
        box.setStandardButtons(QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(partial(self._give, order))
        box.open()

    def _give(self, order: ListOrder) -> None:
        self.accept()
        self.ordered.emit(order)


def choice_of_forms(titles: Iterable[tuple[str, str]]) -> QComboBox:
    """Make a choice of names by their titles."""
    choice = Choice()
    choice.setAccessibleName(tr("Format"))
    for name, title in titles:
        choice.addItem(title, name)
    return choice


def complete(line: QWidget, names: Iterable[str], nothing: str) -> None:
    """Offer known names for what is typed into a line, and say what an empty one means."""
    assert isinstance(line, QLineEdit)
    line.setPlaceholderText(nothing)
    line.setCompleter(QCompleter([name for name in names if name], line))
