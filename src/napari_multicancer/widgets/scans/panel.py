"""The batch panel: a folder of scans in, a folder of results out, a live table of them."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QSize, QTimer, Signal
from qtpy.QtWidgets import QWidget

from napari_multicancer.batch.results import FILE_NAME
from napari_multicancer.core.errors import CancelledError, OutputError
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common.layers import bare
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.settings import heed_threads
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.scans.layout import CONTINUE, PAUSE, RESUME, START, BatchLayout
from napari_multicancer.widgets.scans.open import BatchOpener
from napari_multicancer.widgets.scans.pace import BatchPace, counted, progress
from napari_multicancer.widgets.scans.run import BatchOrder, Counts, analyze_folder
from napari_multicancer.widgets.scans.table import BatchTableModel

if TYPE_CHECKING:
    from napari_multicancer.batch.run import BatchSummary

REFRESH_MS = 200
RESULTS_SUFFIX = "_results"
USUAL_SIZE = QSize(500, 480)
WIDEST_SHARE = 0.4


class BatchPanel(QWidget):
    """Analyses all scans of a folder, as `napari-multicancer analyze` does.

    What the folder of results holds is shown as soon as it is named, and a batch
    always goes on with it; nothing is overwritten. Closing the panel stops the
    batch with all rows so far kept.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    finished : Signal(object)
        A batch is over: its `BatchSummary`, or the exception that ended it.
    """

    finished = Signal(object)

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        viewer = bare(napari_viewer)
        heed_threads()
        watch_viewer(viewer)
        self.model = BatchTableModel(self)
        self.ui = BatchLayout(self, self.model)
        self.run = BackgroundJob(self)
        self.counts = Counts()
        self.opener = BatchOpener(viewer, self)
        self._pace = BatchPace()
        self._out: Path | None = None
        self._suggested: Path | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._connect()
        self._show_idle()

    def _connect(self) -> None:
        self.ui.folder.changed.connect(self._on_folder)
        self.ui.out.changed.connect(self._on_out)
        self.ui.button.clicked.connect(self._on_button)
        self.ui.cancel.clicked.connect(self._on_cancel)
        self.ui.table.row_chosen.connect(self._on_row_chosen)
        self.run.returned.connect(self._on_ended)
        self.run.failed.connect(self._on_ended)
        self._timer.timeout.connect(self._refresh)

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.run.stop()
            self.opener.cancel()
        return bool(super().event(event))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: as wide as the table, unless that leaves too little of a small window."""
        share = int(WIDEST_SHARE * self.window().width())
        return QSize(min(USUAL_SIZE.width(), share), USUAL_SIZE.height())

    def _on_folder(self) -> None:
        """Suggest a folder for results beside that of the scans, until one is named."""
        folder = self.ui.folder.folder
        self.model.set_root(folder)
        if folder is not None and self.ui.out.folder in (None, self._suggested):
            self._suggested = folder.parent / f"{folder.name}{RESULTS_SUFFIX}"
            self.ui.out.set_folder(self._suggested)

    def _on_out(self) -> None:
        """Show the table that the folder holds."""
        self._out = self.ui.out.folder
        self.model.show_table(None if self._out is None else self._out / FILE_NAME)
        self._show_idle()
        self._grow()

    def _on_button(self) -> None:
        if self.run.is_paused:
            self._pace.forget()
            self.run.go_on()
        elif self.run.is_running:
            self.run.pause()
        else:
            self._start()
        self._refresh()

    def _on_cancel(self) -> None:
        self.run.stop()
        self._refresh()

    def _start(self) -> None:
        folder, out = self.ui.folder.folder, self.ui.out.folder
        if folder is None:
            warn("No folder of scans is named: choose one.")
            return
        if out is None:
            warn("No folder for results is named: choose one.")
            return
        self._pace = BatchPace()
        # On Windows, a table that is being read could not be replaced by the one to go on with.
        self.model.show_table(None)
        self.counts = Counts()
        order = BatchOrder(folder, out, self.ui.recursive.isChecked(), chosen_models(self))
        self.run.start(partial(analyze_folder, order, self.counts))
        self._timer.start()

    def _on_ended(self, outcome: BatchSummary | Exception) -> None:
        self._timer.stop()
        self._show_table()
        self._show_idle()
        if isinstance(outcome, CancelledError):
            rows = counted(self.counts.rows, "new row")
            self.ui.state.setText(f"Stopped; {rows} kept.")
        elif isinstance(outcome, Exception):
            tell(outcome, "analysing a folder")
            self.ui.state.setText("Stopped; the rows so far are kept.")
        else:
            self.ui.state.setText(
                f"{outcome.ok:,} analysed, {outcome.failed:,} failed, "
                f"{outcome.skipped:,} done before."
            )
        self.finished.emit(outcome)

    def _on_row_chosen(self, number: int) -> None:
        row = self.model.row_at(number)
        if row is None or self._out is None:
            warn("This row cannot be read any more: choose the folder of results again.")
        else:
            self.opener.open(row, self._out)

    def _refresh(self) -> None:
        if self.run.is_running:
            if self.counts.rows and not self.model.rowCount():
                self._show_table()
            self._grow()
            self._show_progress()

    def _show_table(self) -> None:
        if self._out is not None:
            self.model.show_table(self._out / FILE_NAME)
            self._grow()

    def _grow(self) -> None:
        """Bring in new rows, a piece at a time."""
        try:
            more = self.model.grow()
        except OutputError as error:
            self.model.show_table(None)
            self.ui.state.setText(str(error))
            return
        if more:
            QTimer.singleShot(0, self._grow)
        elif not self.run.is_running:
            self._show_button()

    def _show_idle(self) -> None:
        self.ui.allow_changes(True)
        self.ui.cancel.setVisible(False)
        self.ui.progress.setVisible(False)
        self.ui.state.setText("")
        self._show_button()

    def _show_button(self) -> None:
        rows = self.model.rowCount()
        self.ui.button.setEnabled(True)
        self.ui.button.setText(f"{RESUME} after {counted(rows, 'row')}" if rows else START)

    def _show_progress(self) -> None:
        run, ui = self.run, self.ui
        if not run.is_paused:
            self._pace.note(time.monotonic(), self.counts.rows)
        ui.allow_changes(False)
        ui.button.setEnabled(not run.is_stopping)
        ui.button.setText(CONTINUE if run.is_paused else PAUSE)
        ui.cancel.setVisible(True)
        ui.cancel.setEnabled(not run.is_stopping)
        ui.progress.setVisible(True)
        ui.progress.setRange(0, self.counts.total or 0)
        ui.progress.setValue(self.counts.done)
        if run.is_stopping:
            ui.state.setText("Stopping...")
        else:
            ui.state.setText(
                ("Paused: " if run.is_paused else "") + progress(self.counts, self._pace)
            )
