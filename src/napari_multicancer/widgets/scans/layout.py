"""The parts of the batch panel."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.widgets.common.bars import ACCENT
from napari_multicancer.widgets.common.parts import BUTTON_HEIGHT, slim_progress_bar
from napari_multicancer.widgets.scans.table import (
    AREA,
    DIAGNOSIS,
    ORGAN,
    PROBABILITY,
    SCAN,
    BatchTableModel,
)

START, RESUME, PAUSE, CONTINUE, CANCEL = (
    "&Analyse the folder",
    "&Go on",
    "&Pause",
    "&Continue",
    "&Cancel",
)
WIDTHS = {SCAN: 136, ORGAN: 54, DIAGNOSIS: 84, PROBABILITY: 72, AREA: 80}
ROW_HEIGHT = 24
LEAST_ROWS = 4


class BatchLayout:
    """Folders, buttons and progress above, the table below.

    Parameters
    ----------
    panel : QWidget
        Gets the parts laid out in it.
    model : BatchTableModel
    """

    def __init__(self, panel: QWidget, model: BatchTableModel) -> None:
        self.folder = FolderLine("Folder of scans", "where the scans are")
        self.out = FolderLine("Folder for results", "for results.csv and the masks")
        self.recursive = QCheckBox("Look into the &folders inside, too")
        self.button = QPushButton(START)
        self.cancel = QPushButton(CANCEL)
        self.progress = slim_progress_bar("Files analysed")
        self.state = QLabel()
        self.table = ResultsView(model)
        self._style()
        self._arrange(panel)

    def _style(self) -> None:
        self.button.setMinimumHeight(BUTTON_HEIGHT)
        self.cancel.setMinimumHeight(BUTTON_HEIGHT)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.button.setToolTip("With the models that are chosen in the Multi-Cancer panel, if any")
        self.progress.setStyleSheet(f"QProgressBar::chunk {{ background: {ACCENT.name()}; }}")
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.state.setWordWrap(True)

    def _arrange(self, panel: QWidget) -> None:
        form = QFormLayout()
        form.setSpacing(6)
        form.addRow("&Scans", self.folder)
        form.addRow("&Results", self.out)
        form.addRow(self.recursive)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button, stretch=2)
        buttons.addWidget(self.cancel, stretch=1)
        footer = QLabel(RESEARCH_USE)
        footer.setWordWrap(True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addWidget(self.progress)
        column.addWidget(self.state)
        column.addWidget(self.table, stretch=1)
        column.addWidget(footer)

    def allow_changes(self, allowed: bool) -> None:
        """Let folders be named, or not while a batch is under way."""
        for widget in (self.folder, self.out, self.recursive):
            widget.setEnabled(allowed)


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
    changed : Signal()
        Another folder is named.
    """

    changed = Signal()

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        self.line.setAccessibleName(name)
        self.line.setClearButtonEnabled(True)
        self.button = QToolButton()
        self.button.setText("...")
        self.button.setToolTip(f"Choose the {name.lower()}")
        self.setFocusProxy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)
        row.addWidget(self.button)
        self.line.textChanged.connect(lambda _: self.changed.emit())
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
        chosen = QFileDialog.getExistingDirectory(self, self._name, start)
        if chosen:
            self.set_folder(Path(chosen))


class _MiddleElided(QStyledItemDelegate):
    """Leaves out the middle of a path that is too long: its end tells scans apart."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: N802
        """Qt's own."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class ResultsView(QTableView):
    """A table of which a row can be chosen by click or Enter; new rows are followed at its end.

    Parameters
    ----------
    model : BatchTableModel

    Attributes
    ----------
    row_chosen : Signal(int)
    """

    row_chosen = Signal(int)

    def __init__(self, model: BatchTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName("Results of the batch")
        self.setToolTip("Click a row, or press Enter, to open its scan and mask")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegateForColumn(SCAN, _MiddleElided(self))
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self._set_sizes()
        self._follows = True
        model.rowsAboutToBeInserted.connect(self._note_place)
        model.rowsInserted.connect(self._follow)
        self.clicked.connect(lambda index: self.row_chosen.emit(index.row()))
        self.installEventFilter(self)

    def _set_sizes(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns.setStretchLastSection(True)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, width)
        self.setMinimumHeight((LEAST_ROWS + 1) * ROW_HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: Enter chooses the row that the arrow keys are on."""
        enter = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.KeyPress and event.key() in enter:
            if self.currentIndex().isValid():
                self.row_chosen.emit(self.currentIndex().row())
            return True
        return bool(super().eventFilter(watched, event))

    def _note_place(self) -> None:
        bar = self.verticalScrollBar()
        self._follows = bar.value() >= bar.maximum() - 1 and not self.currentIndex().isValid()

    def _follow(self) -> None:
        if self._follows:
            self.scrollToBottom()
