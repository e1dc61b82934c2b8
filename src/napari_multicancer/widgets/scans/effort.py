"""How much work somebody has with the scan that is open."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.project.clock import WorkClock
from napari_multicancer.project.records import Work
from napari_multicancer.widgets.common.record import record_of

_NETWORK = ("click", "segment in box")
"""Words of the history's tools that stand for the network."""


class EffortWatch(QObject):
    """Counts active seconds, strokes and clicks from napari's own events.

    Parameters
    ----------
    viewer : ViewerModel
    now : callable
        Gives seconds that never go back.

    Attributes
    ----------
    painted : Signal(object)
        A mask that is watched was changed by a stroke or a tool.
    """

    painted = Signal(object)

    def __init__(
        self,
        viewer: ViewerModel,
        parent: QObject | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._now, self._clock = now, WorkClock()
        self._labels: Labels | None = None
        self._clicks = self._strokes = 0
        for emitter in (viewer.cursor.events.position, viewer.dims.events.current_step):
            emitter.connect(self._on_active)

    def begin(self, labels: Labels) -> None:
        """Count the work on another mask from now on."""
        self._let_go()
        self._labels = labels
        # After those that write the history, which says which tool it was.
        labels.events.paint.connect(self._on_paint, position="last")
        self._clock.note(self._now())

    def end(self) -> Work:
        """Give what was counted, and stop."""
        self._on_active()
        self._let_go()
        self._clock.stop()
        return self.take()

    def take(self) -> Work:
        """Give what was counted since it was last taken."""
        work = Work(self._clock.take(), self._clicks, self._strokes)
        self._clicks = self._strokes = 0
        return work

    def _let_go(self) -> None:
        if self._labels is not None:
            self._labels.events.paint.disconnect(self._on_paint)
        self._labels = None

    def _on_active(self, event: Any = None) -> None:
        if self._labels is not None:
            self._clock.note(self._now())

    def _on_paint(self, event: Any) -> None:
        history = record_of(event.source).mask.history
        tool = history[-1].tool if history else ""
        is_click = any(word in tool for word in _NETWORK)
        self._clicks += is_click
        self._strokes += not is_click
        self._on_active()
        self.painted.emit(event.source)
