"""Keeps the lesion's size up to date while it is being corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from napari.utils.events import EventEmitter
from qtpy.QtCore import QObject, QTimer, Signal
from superqt.utils import create_worker

from napari_multicancer.widgets import lesions

if TYPE_CHECKING:
    from napari_multicancer.core.measurements import LesionSize

WAIT_MS = 200
LARGEST_AT_ONCE = 4_000_000
"""Voxels; larger masks are measured in a thread."""


@dataclass(frozen=True)
class Measured:
    """How large a lesion is now.

    Attributes
    ----------
    size : LesionSize or None
        None where nothing is outlined.
    planes : int
        Of the scan; 1 for a picture.
    edited : bool
        Whether the user has changed it.
    """

    size: LesionSize | None
    planes: int
    edited: bool


class LesionWatch(QObject):
    """Measures one Labels layer whenever its pixels have changed.

    Attributes
    ----------
    measured : Signal(object)
        A `Measured`, or None where no layer is watched.
    """

    measured = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._asked = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.measure)

    @property
    def labels(self) -> Labels | None:
        """The layer that is watched."""
        return self._labels

    def watch(self, labels: Labels | None) -> None:
        """Watch another layer from now on, or none, and measure it."""
        if labels is not self._labels:
            for emitter in _emitters(self._labels):
                emitter.disconnect(self._on_changed)
            for emitter in _emitters(labels):
                emitter.connect(self._on_changed)
            self._labels = labels
        self.measure()

    def measure(self) -> None:
        """Measure now; of several answers under way only the last one counts."""
        self._later.stop()
        self._asked += 1
        if self._labels is None:
            self.measured.emit(None)
        elif self._labels.data.size <= LARGEST_AT_ONCE:
            self.measured.emit(_measure(self._labels))
        else:
            worker = create_worker(_measure_numbered, self._labels, self._asked)
            worker.returned.connect(self._on_measured)
            worker.start()

    def _on_measured(self, numbered: tuple[int, Measured]) -> None:
        if numbered[0] == self._asked:
            self.measured.emit(numbered[1])

    def _on_changed(self, event: object = None) -> None:
        self._later.start()


def _emitters(labels: Labels | None) -> list[EventEmitter]:
    """List what tells of a change: strokes, other data, and, for undo, redrawing."""
    if labels is None:
        return []
    return [labels.events.paint, labels.events.data, labels.events.set_data]


def _measure(labels: Labels) -> Measured:
    planes = int(np.prod(labels.data.shape[:-2], dtype=int))
    return Measured(lesions.measure(labels), planes, lesions.is_edited(labels))


def _measure_numbered(labels: Labels, number: int) -> tuple[int, Measured]:
    return number, _measure(labels)
