"""Where everything in the correction panel sits."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import LabelsChoice
from napari_multicancer.widgets.common.options import OptionsForm
from napari_multicancer.widgets.common.parts import VerticalScrollArea, slim_progress_bar
from napari_multicancer.widgets.common.sentence import SentenceLine
from napari_multicancer.widgets.correct.canvas import shown
from napari_multicancer.widgets.correct.functions import ToolOptions
from napari_multicancer.widgets.correct.threshold import ThresholdSlider
from napari_multicancer.widgets.correct.tools import (
    CLICK,
    KEEP_CLICKED,
    NEXT_DOUBTFUL,
    OUTLINE_TOOLS,
    PLANE_TOOLS,
    PROPAGATE,
    REMOVE_CLICKED,
    SEGMENT_BOX,
    SETTLE,
    THRESHOLD,
    Action,
    Tool,
)
from napari_multicancer.widgets.files.foreign.notice import MaskReadingNotice

UNDO = tr("Every tool is one step of undo: Ctrl+Z, Ctrl+Shift+Z.")
READY = tr("Choose a tool; it works on the mask's selected label.")


class CorrectionLayout:
    """The parts of the correction panel, from top to bottom, inside a scroll area.

    Parameters
    ----------
    viewer : ViewerModel
    panel : QWidget
        Gets the parts laid out in it.

    Attributes
    ----------
    options : OptionsForm of ToolOptions
    buttons : dict of str to ToolButton
        By the tool's name.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self.labels = LabelsChoice(viewer, follows=True)
        self.reading = MaskReadingNotice(viewer, self.labels)
        self.restore = QPushButton(tr("Restor&e..."))
        self.restore.setToolTip(tr("List the automatic copies of all masks, newest first"))
        self.options = OptionsForm(ToolOptions())
        self.scope = self.options.widget("whole_stack")
        self.amount = self.options.widget("amount")
        self.amount.setDecimals(1)
        self.unit = self.options.widget("in_mm")
        self.buttons = {tool.name: ToolButton(tool) for tool in OUTLINE_TOOLS + PLANE_TOOLS}
        self.keep_clicked, self.remove_clicked = button(KEEP_CLICKED), button(REMOVE_CLICKED)
        for clicked in (self.keep_clicked, self.remove_clicked):
            clicked.setCheckable(True)
        self.click = button(CLICK)
        self.box = button(SEGMENT_BOX)
        for canvas_tool in (self.click, self.box):
            canvas_tool.setCheckable(True)
        self.propagate, self.settle = button(PROPAGATE), button(SETTLE)
        self.next_doubtful = button(NEXT_DOUBTFUL)
        self.threshold = ThresholdSlider()
        self.progress = slim_progress_bar(tr("Steps done"))
        self.cancel = QPushButton(tr("&Cancel"))
        self.message = QLabel(READY)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._arrange(panel)
        self.show_working(False)

    def _arrange(self, panel: QWidget) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addLayout(self._choices())
        column.addWidget(self.reading)
        for title, rows in self._groups():
            column.addWidget(heading(title))
            column.addLayout(rows)
        column.addStretch(1)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalScrollArea(content), 1)
        outer.addLayout(self._foot())

    def _choices(self) -> QFormLayout:
        distance = QHBoxLayout()
        distance.addWidget(self.amount, 1)
        distance.addWidget(self.unit)
        form = QFormLayout()
        form.setSpacing(6)
        form.addRow(tr("&Mask"), self.labels)
        form.addRow(self.options.label("whole_stack"), self.scope)
        form.addRow(self.options.label("amount"), distance)
        form.labelForField(distance).setBuddy(self.amount)
        return form

    def _groups(self) -> list[tuple[str, QGridLayout]]:
        outline = in_pairs([self.buttons[tool.name] for tool in OUTLINE_TOOLS])
        regions = in_pairs([self.keep_clicked, self.remove_clicked])
        by_clicks = [self.propagate, self.settle, self.next_doubtful]
        planes = in_pairs([*(self.buttons[tool.name] for tool in PLANE_TOOLS), *by_clicks])
        model = in_pairs([self.click, self.box])
        model.addWidget(QLabel(THRESHOLD.title), 1, 0)
        model.addWidget(self.threshold, 1, 1)
        return [
            (tr("Model"), model),
            (tr("Outline"), outline),
            (tr("Regions"), regions),
            (tr("Planes of a stack"), planes),
        ]

    def _foot(self) -> QVBoxLayout:
        undo = QLabel(UNDO)
        undo.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message.setMinimumHeight(2 * self.message.fontMetrics().lineSpacing())
        undo.setMaximumHeight(2 * undo.fontMetrics().lineSpacing() + 4)
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 4, 10, 8)
        foot.addWidget(self.message)
        foot.addWidget(SentenceLine())
        foot.addLayout(row)
        back = QHBoxLayout()
        back.addWidget(undo, 1)
        back.addWidget(self.restore)
        foot.addLayout(back)
        return foot

    def show_working(self, working: bool) -> None:
        """Show the progress bar and Cancel while a thread is at work."""
        self.progress.setRange(0, 0)
        self.progress.setVisible(working)
        self.cancel.setVisible(working)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many planes are done."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def say(self, sentence: str) -> None:
        """Put a sentence in the panel's line, in place of the one before."""
        self.message.setText(sentence)

    def allow(self, mask: bool, stack: bool, in_mm: bool) -> None:
        """Enable what can be used: with a mask at all, with a stack, with a voxel size."""
        for widget in (*self.buttons.values(), self.keep_clicked, self.remove_clicked):
            widget.setEnabled(mask)
        self.threshold.setEnabled(mask)
        self.scope.setEnabled(stack)
        for tool in PLANE_TOOLS:
            self.buttons[tool.name].setEnabled(stack)
        for widget in (self.propagate, self.settle, self.next_doubtful):
            widget.setEnabled(stack)
        self.unit.setEnabled(in_mm)
        self.unit.setToolTip("" if in_mm else tr("The voxel size of this mask is not known"))
        if not in_mm:
            self.unit.setCurrentIndex(0)


class ToolButton(QPushButton):
    """Asks for its tool when it is pressed.

    Attributes
    ----------
    wanted : Signal(object)
        The `Tool`.
    """

    wanted = Signal(object)

    def __init__(self, tool: Tool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool = tool
        label(self, tool)
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        self.wanted.emit(self._tool)


def button(action: Action) -> QPushButton:
    """Make a button that shows its shortcut."""
    made = QPushButton()
    label(made, action)
    return made


def label(unlabelled: QPushButton, action: Action) -> None:
    """Write title and shortcut on a button, and what it does into its tooltip."""
    key = shown(action.key)
    unlabelled.setText(f"{action.title}  {key.replace('Shift+', '⇧')}")
    unlabelled.setToolTip(f"{action.help} ({key})")
    unlabelled.setAccessibleName(action.title)


def heading(title: str) -> QLabel:
    """Make a group's heading."""
    made = QLabel(title)
    font = made.font()
    font.setBold(True)
    made.setFont(font)
    made.setContentsMargins(0, 6, 0, 0)
    return made


def in_pairs(widgets: list[QPushButton]) -> QGridLayout:
    """Lay widgets out in two columns of one width."""
    grid = QGridLayout()
    grid.setSpacing(6)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    wide = len(widgets) == 1
    for place, widget in enumerate(widgets):
        grid.addWidget(widget, place // 2, place % 2, 1, 2 if wide else 1)
    return grid
