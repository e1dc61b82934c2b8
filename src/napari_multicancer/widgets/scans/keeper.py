"""Writes into the list, in a thread, what is left behind; what cannot be written waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.project import Project
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import WorkQueue
from napari_multicancer.widgets.scans.saving import ToKeep, keep

RETRY_MS = 10_000
"""After something could not be written."""
CLOSING_S = 30
"""So long at most the end of the program waits for what is being written."""


class Keeper(QObject):
    """Writes one thing after another; the user is told once where that fails, until it succeeds.

    Attributes
    ----------
    kept : Signal(object, object)
        The `ToKeep` that was written, and the digests of its masks by layer.
    lost_its_list : Signal(object)
        A `ToKeep` could not be written, and its list is closed: its layers are all there is.
    changed : Signal()
        Something of the list has changed.
    """

    kept = Signal(object, object)
    lost_its_list = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = WorkQueue("scans", self)
        self._project: Project | None = None
        self._unsaved: dict[int, ToKeep] = {}
        self._is_told = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(RETRY_MS)
        self._again.timeout.connect(self.try_again)

    def work_on(self, project: Project | None) -> None:
        """Write into another list from now on; wait until the one before is written."""
        self.try_again()
        self.wait()
        self._project = project

    def wait(self) -> None:
        """Wait until all is written, or was tried; from any thread."""
        self._queue.wait(CLOSING_S)

    def waiting(self, number: int) -> ToKeep | None:
        """Give what of a scan could not be written yet."""
        return self._unsaved.get(number)

    def send(self, order: ToKeep) -> None:
        """Write what is to be kept of a scan."""
        project = self._project
        assert project is not None
        self._queue.add(partial(keep, project, order), partial(self._on_kept, project, order))

    def do(self, change: Callable[[], Any]) -> None:
        """Make another change of the list, after those before."""
        self._queue.add(change, self._on_done)

    def ask(self, question: Callable[[], Any], heard: Callable[[Any], None]) -> None:
        """Ask the list something when all before is written."""
        self._queue.add(question, partial(self._on_answer, heard))

    def try_again(self) -> None:
        """Write what could not be written before."""
        waiting, self._unsaved = self._unsaved, {}
        for order in waiting.values():
            self.send(order)

    def _on_kept(
        self,
        project: Project,
        order: ToKeep,
        written: Mapping[Labels, str] | None,
        error: Exception | None,
    ) -> None:
        if error is not None:
            self._on_failed(project, order, error)
            return
        self._unsaved.pop(order.shown.scan.id, None)
        self._is_told = bool(self._unsaved)
        for labels, known in (written or {}).items():
            record = record_of(labels)
            record.exported_digest = known
            record.exported()
        self.kept.emit(order, written or {})
        self.changed.emit()

    def _on_failed(self, project: Project, order: ToKeep, error: Exception) -> None:
        self._tell(error, tr("saving {name}", name=order.shown.scan.name))
        if project is not self._project:
            self.lost_its_list.emit(order)
            return
        self._unsaved[order.shown.scan.id] = order
        self._again.start()

    def _on_done(self, _: object, error: Exception | None) -> None:
        if error is None:
            self.changed.emit()
        else:
            self._tell(error, tr("changing the list"))

    def _on_answer(
        self, heard: Callable[[Any], None], answer: Any, error: Exception | None
    ) -> None:
        if error is None:
            heard(answer)
        else:
            self._tell(error, tr("reading the list"))

    def _tell(self, error: Exception, doing: str) -> None:
        if not self._is_told:
            self._is_told = True
            tell(error, doing)
