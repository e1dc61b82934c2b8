"""Runs a correction, at once or in a thread, and writes it as one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.made import Made
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.correct.part import Changes, Mask, Part, find_changes, write
from napari_multicancer.widgets.correct.tools import Action

AT_ONCE = 1_500_000
"""Pixels; larger masks are corrected in a thread."""

Correct = Callable[[Mask, Progress, Cancelled], Mask]
"""From a mask to a new one."""


@dataclass(frozen=True, eq=False)
class _Correction:
    """What is being done, and what to do once it is written."""

    part: Part
    action: Action
    written: Callable[[], None] | None
    cut: float | None


@dataclass(frozen=True, eq=False)
class _Result:
    """What a tool has changed, whether there was anything, and which planes are not by hand."""

    changes: Changes
    was_outlined: bool
    made: Mapping[Made, float | None]


class CorrectionRunner(QObject):
    """Runs one correction at a time; deleting its layer stops it and changes nothing.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    working : Signal(bool)
        A thread has begun, or ended.
    progressed : Signal(int, int)
        Steps done and in all.
    corrected : Signal(object, object, int)
        The `Labels`, the `Action`, and how many pixels it changed, 0 for none.
    begun : Signal(str)
        The title of what a thread has begun.
    said : Signal(str)
        What the user was told.
    """

    begun = Signal(str)
    said = Signal(str)
    working = Signal(bool)
    progressed = Signal(int, int)
    corrected = Signal(object, object, int)

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._task: _Correction | None = None
        self._job = BackgroundJob(self)
        self._job.progressed.connect(self.progressed)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)
        viewer.layers.events.removed.connect(self._on_layer_removed)

    @property
    def is_working(self) -> bool:
        """Whether a thread is at work."""
        return self._job.is_running

    def run(
        self,
        part: Part,
        action: Action,
        correct: Correct,
        *,
        slow: bool = False,
        written: Callable[[], None] | None = None,
        cut: float | None = None,
    ) -> None:
        """Correct a part of a layer; work under way is stopped.

        Parameters
        ----------
        part : Part
        action : Action
            What is being done.
        correct : callable
            Called with a copy of the part's mask, `progress` and `cancelled`.
        slow : bool
            Use a thread, however small the mask is.
        written : callable, optional
            Called once the result stands in the layer, in the window's thread.
        cut : float, optional
            At which probability the label is cut anew, 0..1.
        """
        self.cancel()
        task = self._task = _Correction(part, action, written, cut)
        work = partial(_corrected, task, correct)
        if slow or part.mask.size > AT_ONCE:
            self._job.start(work)
            self.working.emit(True)
            self.begun.emit(action.title)
            return
        try:
            result = work(_no_progress, _never)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self._on_failed(error)
        else:
            self._on_returned(result)

    def cancel(self) -> None:
        """Stop the work, if there is any; nothing that was there changes."""
        if self.is_working:
            self._job.cancel()
            self._end()

    def _end(self) -> None:
        self._task = None
        self.working.emit(False)

    def _on_returned(self, result: _Result) -> None:
        task = self._task
        if task is None:
            return
        self._end()
        labels = task.part.labels
        try:
            pixels = write(task.part, result.changes, task.action.word)
            if not pixels and not result.was_outlined:
                raise MaskError(_nothing_here(task.part))
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self.said.emit(tell(error, tr("correcting {name}", name=labels.name)))
            return
        record_of(labels).made.add(result.made)
        if task.written is not None:
            task.written()
        self.corrected.emit(labels, task.action, pixels)

    def _on_failed(self, error: Exception) -> None:
        name = tr("the mask") if self._task is None else self._task.part.labels.name
        self._end()
        self.said.emit(tell(error, tr("correcting {name}", name=name)))

    def _on_layer_removed(self, event: Any) -> None:
        if self._task is not None and event.value is self._task.part.labels:
            self.cancel()


def _corrected(
    task: _Correction,
    correct: Correct,
    progress: Progress,
    cancelled: Cancelled,
) -> _Result:
    part = task.part
    before = part.mask.copy()
    after = correct(before, progress, cancelled)
    is_outlined = bool(np.equal(before, part.label).any())
    return _Result(find_changes(before, after), is_outlined, _made(task, before, after))


def _made(task: _Correction, before: Mask, after: Mask) -> dict[Made, float | None]:
    """Find the planes that are as the program made them, in the order of the layer's own."""
    part, record = task.part, record_of(task.part.labels)
    if task.action.is_hand or not part.is_stack:
        return {}
    was, now = (np.moveaxis(mask, 0, part.normal) for mask in (before, after))
    first = None if record.first is None else record.first[part.index]
    return record.made.made_by(was, now, first, cut=task.cut)


def _nothing_here(part: Part) -> str:
    if part.plane is None or part.is_stack:
        return tr(
            "Nothing is outlined with label {label}: paint something first, or choose another "
            "label.",
            label=part.label,
        )
    return tr(
        "Nothing is outlined with label {label} on plane {plane}: paint something first, or choose "
        "another label.",
        label=part.label,
        plane=part.plane,
    )


def _no_progress(done: int, total: int) -> None:
    """Show nothing of work that is done at once."""


def _never() -> bool:
    return False
