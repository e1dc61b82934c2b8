"""Keeps the lesion's size up to date while it is being corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.widgets import lesions

if TYPE_CHECKING:
    from napari_multicancer.core.measurements import LesionSize

WAIT_MS = 200
LARGEST_AT_ONCE = 30_000_000
"""Voxels; larger masks are measured in a thread, and only after strokes of the brush."""


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
        """Measure now."""
        self._later.stop()
        if self._labels is None:
            self.measured.emit(None)
        elif self._labels.data.size <= LARGEST_AT_ONCE:
            self.measured.emit(_measure(self._labels))
        else:
            worker = create_worker(_measure, self._labels, _start_thread=False)
            worker.returned.connect(self.measured)
            worker.start()

    def _on_changed(self, event: object = None) -> None:
        self._later.start()


def _emitters(labels: Labels | None) -> list:
    """List the events of a change: strokes and, for undo, redrawing, unless that is too often."""
    if labels is None:
        return []
    small = labels.data.size <= LARGEST_AT_ONCE
    return [labels.events.paint, labels.events.data] + [labels.events.set_data] * small


def _measure(labels: Labels) -> Measured:
    planes = int(np.prod(labels.data.shape[:-2], dtype=int))
    return Measured(lesions.measure(labels), planes, lesions.is_edited(labels))
