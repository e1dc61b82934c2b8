"""Measurements of a mask, live while it is being corrected: a table, a file, lines on the scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
from napari.layers import Labels, Shapes
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.core.masks.measurement_table import Value, record, to_csv
from napari_multicancer.core.words import number
from napari_multicancer.io.files import replacing
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import LabelsChoice
from napari_multicancer.widgets.common.layers import bare, voxel_size
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.files.save_mask import file_stem
from napari_multicancer.widgets.measure.diameter_lines import draw_diameters
from napari_multicancer.widgets.measure.watch import Measurements, MeasurementsWatch

EMPTY = tr("Nothing is outlined on this layer.")
NO_MASK = tr("Classify and segment a scan, or choose a Labels layer, to see its measurements.")
BY_HAND = tr("The size of a pixel was entered by hand.")
IN_PIXELS = tr("In pixels: nothing says how large they are.")
COPY, SAVE, DRAW = tr("&Copy"), tr("Save as CSV..."), tr("&Draw diameters")


class MeasurementsPanel(QWidget):
    """Measures the chosen Labels layer and keeps its `features` and the table up to date.

    Parameters
    ----------
    napari_viewer : Viewer
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = bare(napari_viewer)
        self._shown: Measurements | None = None
        self._lines: WeakKeyDictionary[Labels, Shapes] = WeakKeyDictionary()
        self.layer = LabelsChoice(self._viewer, follows=True)
        self.table = _table()
        self.note = QLabel()
        self.copy, self.save, self.draw = QPushButton(COPY), QPushButton(SAVE), QPushButton(DRAW)
        self._watch = MeasurementsWatch(self._viewer, self)
        self._arrange()
        self._connect()
        self._watch.watch(self.layer.layer)

    def cancel(self) -> None:
        """Stop measuring."""
        self._watch.watch(None)

    def _arrange(self) -> None:
        self.draw.setCheckable(True)
        self.draw.setToolTip(tr("Draw the longest diameter and its perpendicular over the mask"))
        self.note.setWordWrap(True)
        buttons = QHBoxLayout()
        for button in (self.copy, self.save):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.layer)
        column.addWidget(self.note)
        column.addWidget(self.table, stretch=1)
        column.addWidget(self.draw)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.layer.layer_changed.connect(self._watch.watch)
        self._watch.measured.connect(self._on_measured)
        self.copy.clicked.connect(self._on_copy)
        self.save.clicked.connect(self._on_save)
        self.draw.clicked.connect(self._on_draw)
        self._viewer.layers.events.removed.connect(self._on_removed)

    def _on_measured(self, measurements: Measurements | None) -> None:
        self._shown = measurements
        measured = () if measurements is None else measurements.measured
        records = [record(one) for one in measured]
        _fill(self.table, records)
        self._say(measurements)
        for button in (self.copy, self.save):
            button.setEnabled(bool(records))
        if measurements is not None:
            _set_features(measurements.labels, records)
        self._redraw()

    def _say(self, measurements: Measurements | None) -> None:
        if measurements is None:
            text = NO_MASK
        elif measurements.problem or not measurements.measured:
            text = measurements.problem or EMPTY
        elif voxel_size(measurements.labels) is None:
            text = IN_PIXELS
        else:
            text = BY_HAND if measurements.size_by_hand else ""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _redraw(self) -> None:
        """Bring the lines up to date where they are shown, and the button with them."""
        shown = self._shown
        layer = None if shown is None else self._lines.get(shown.labels)
        self.draw.setChecked(layer is not None)
        self.draw.setEnabled(layer is not None or bool(shown is not None and shown.measured))
        if shown is not None and layer is not None:
            draw_diameters(self._viewer, shown.labels, shown.measured, layer)

    def _on_draw(self, checked: bool) -> None:
        shown = self._shown
        if shown is None:
            return
        if checked:
            self._lines[shown.labels] = draw_diameters(self._viewer, shown.labels, shown.measured)
        elif (layer := self._lines.pop(shown.labels, None)) is not None:
            self._viewer.layers.remove(layer)

    def _on_removed(self, event: Any) -> None:
        for labels, layer in list(self._lines.items()):
            if layer is event.value or labels is event.value:
                del self._lines[labels]
        self.draw.setChecked(self._shown is not None and self._shown.labels in self._lines)

    def _on_copy(self) -> None:
        if self._shown is not None:
            QApplication.clipboard().setText(_csv(self._shown, "\t"))

    def _on_save(self) -> None:
        shown = self._shown
        if shown is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save measurements"), f"{file_stem(shown.labels.name)}.csv", "CSV (*.csv)"
        )
        if name:
            try:
                self.write(Path(name))
            except Exception as error:  # noqa: BLE001  shown to the user and logged
                tell(error, f"saving {name}")

    def write(self, path: Path) -> None:
        """Write what the table shows as CSV.

        Raises
        ------
        OutputError
            The file cannot be written; one that is there stays as it is.
        """
        text = "" if self._shown is None else _csv(self._shown, ",")
        with replacing(path) as part:
            part.write_text(text, "utf-8")


def _csv(shown: Measurements, separator: str) -> str:
    return to_csv(shown.measured, separator, size_by_hand=shown.size_by_hand)


def _table() -> QTableWidget:
    table = QTableWidget()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    table.setAccessibleName(tr("Measurements"))
    # The themes leave the corner between the headings white.
    table.setStyleSheet("QTableCornerButton::section { background: transparent; border: none; }")
    # The arrows go from cell to cell; Tab goes on to the buttons.
    table.setTabKeyNavigation(False)
    return table


def _fill(table: QTableWidget, records: list[dict[str, Value]]) -> None:
    """Show a row a measure and a column a label."""
    names = list(records[0])[1:] if records else []
    table.setRowCount(len(names))
    table.setColumnCount(len(records))
    table.setVerticalHeaderLabels(names)
    table.setHorizontalHeaderLabels([f"label {one['label']}" for one in records])
    for column, one in enumerate(records):
        for row, name in enumerate(names):
            item = QTableWidgetItem(number(one[name]))
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(row, column, item)


def _set_features(labels: Labels, records: list[dict[str, Value]]) -> None:
    """Hand the measurements to napari's own features table; the index is the label."""
    table = pd.DataFrame(records)
    labels.features = table.rename(columns={"label": "index"}) if records else None
