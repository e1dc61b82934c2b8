"""Keeps what is measured of a Labels layer up to date while it is being corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import QObject, QTimer, Signal
from superqt.utils import create_worker


class LabelsWatch(QObject):
    """Measures one Labels layer a moment after each change of it.

    Subclasses say by `_measurement` what is measured.

    Parameters
    ----------
    wait_ms : int
        From the last change to the measurement.
    parent : QObject, optional

    Attributes
    ----------
    measured : Signal(object)
        What was measured, or None where no layer is watched.
    """

    measured = Signal(object)

    def __init__(self, wait_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._asked = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(wait_ms)
        self._later.timeout.connect(self.measure)

    @property
    def labels(self) -> Labels | None:
        """The layer that is watched."""
        return self._labels

    def watch(self, labels: Labels | None) -> None:
        """Watch another layer from now on, or none, and measure it."""
        if labels is not self._labels:
            for emitter in self._emitters(self._labels):
                emitter.disconnect(self._on_changed)
            for emitter in self._emitters(labels):
                emitter.connect(self._on_changed)
            self._labels = labels
        self.measure()

    def measure(self) -> None:
        """Measure now; of several answers under way only the last one counts."""
        self._later.stop()
        self._asked += 1
        labels = self._labels
        if labels is None:
            self.measured.emit(None)
            return
        work = self._measurement(labels)
        if self._is_quick(labels):
            self.measured.emit(work())
            return
        worker = create_worker(_numbered, work, self._asked)
        worker.returned.connect(self._on_measured)
        worker.start()

    def _measurement(self, labels: Labels) -> Callable[[], Any]:
        """Give what measures a layer; it may run in another thread."""
        raise NotImplementedError

    def _is_quick(self, labels: Labels) -> bool:
        """Say whether measuring does not hold up the window."""
        return False

    @staticmethod
    def _emitters(labels: Labels | None) -> list[Any]:
        """List what tells of a change: strokes, other data, and, for undo, redrawing."""
        if labels is None:
            return []
        return [labels.events.paint, labels.events.data, labels.events.set_data]

    def _on_measured(self, numbered: tuple[int, Any]) -> None:
        if numbered[0] == self._asked:
            self.measured.emit(numbered[1])

    def _on_changed(self, event: object = None) -> None:
        self._later.start()


def _numbered(work: Callable[[], Any], number: int) -> tuple[int, Any]:
    return number, work()
