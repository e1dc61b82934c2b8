"""The tool of clicks: what the user points at is asked of the network, in one other thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.errors import MaskError, MulticancerError
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import DOUBTFUL, PROPOSED
from napari_multicancer.widgets.correct.clicks.asking import (
    Answer,
    Question,
    ask,
    require_network,
    scan_of,
    sentence_of,
)
from napari_multicancer.widgets.correct.clicks.book import ClickBook
from napari_multicancer.widgets.correct.clicks.marks import MarksView
from napari_multicancer.widgets.correct.clicks.planes import Found, PlaneWork
from napari_multicancer.widgets.correct.clicks.state import ClickPlace, Row
from napari_multicancer.widgets.correct.clicks.tasks import ClickTask, ClickWorker
from napari_multicancer.widgets.correct.gestures import Gestures, World
from napari_multicancer.widgets.correct.part import Part, part_of
from napari_multicancer.widgets.correct.tools import CLICK, PROPAGATE, TAKE_BACK, Action

ON = tr(
    "Click what is missing or too much; a right click on a mark takes it back. "
    "Space pans, Escape leaves."
)
IN_3D = tr("Clicks need a plane: go back to 2-D with the button below the layer list.")


class ClickTool(QObject):
    """Adds and removes what the user clicks on, until Escape.

    One thread works at a time. Clicks that come meanwhile wait; when it is free the newest is
    asked about, and the others count as earlier ones. Each answer is one step of napari's
    undo, which takes its marks along.

    Parameters
    ----------
    viewer : ViewerModel
    models : callable, optional
        Gives the models to ask, task to name, where not the default ones.

    Attributes
    ----------
    said : Signal(str)
        What to tell the user, in the panel's own line.
    working : Signal(bool)
        A long piece of work has begun in a thread, or ended.
    progressed : Signal(int, int)
        Steps done and in all.
    corrected : Signal(object, object, int)
        The `Labels`, the `Action`, and how many pixels it changed.
    ended : Signal()
        The tool is off.
    """

    said = Signal(str)
    working = Signal(bool)
    progressed = Signal(int, int)
    corrected = Signal(object, object, int)
    ended = Signal()

    def __init__(
        self,
        viewer: ViewerModel,
        parent: QObject | None = None,
        *,
        models: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._models = viewer, models
        self._book = ClickBook(self)
        self._book.noted.connect(self._show_marks)
        self._book.written.connect(self.corrected)
        self._waiting: list[tuple[Part, Click]] = []
        self._view = MarksView(viewer)
        self.planes = PlaneWork(viewer, self)
        self._gestures = Gestures(viewer, self)
        self._gestures.moved.connect(self._view.show_trail)
        self._gestures.drawn.connect(self._on_drawn)
        self._gestures.right_clicked.connect(self._on_right_click)
        self._gestures.ended.connect(self._on_ended)
        self._worker = ClickWorker(self)
        self._worker.working.connect(self.working)
        self._worker.progressed.connect(self.progressed)
        self._worker.returned.connect(self._on_returned)
        self._worker.failed.connect(self._on_failed)
        viewer.layers.events.removed.connect(self._on_layer_removed)
        for name in ("current_step", "order", "ndisplay", "ndim"):
            getattr(viewer.dims.events, name).connect(self._show_marks)

    @property
    def is_on(self) -> bool:
        """Whether clicks are heard."""
        return self._gestures.labels is not None

    @property
    def is_resting(self) -> bool:
        """Whether it is on, and waits while napari's own pan mode is on."""
        return self._gestures.is_resting

    @property
    def is_working(self) -> bool:
        """Whether a thread is at work."""
        return self._worker.task is not None

    def start(self, labels: Labels) -> None:
        """Hear clicks over a layer from now on; wake up where it rests.

        Raises
        ------
        MaskError
            There is no network of clicks, no image, or no single plane in view.
        """
        if self._gestures.labels is labels and self._gestures.go_on():
            return
        require_network(self._models())
        scan_of(self._part(labels))
        self._gestures.start(labels, ON)
        labels.events.selected_label.connect(self._show_marks)
        labels.events.set_data.connect(self._show_marks)
        self._book.of(labels)
        self._show_marks()
        self.said.emit(ON)

    def leave(self) -> None:
        """Hear no more clicks; what is asked already is still answered."""
        self._gestures.leave()

    def cancel(self) -> None:
        """Drop what waits or is asked; nothing that was there changes."""
        self._waiting.clear()
        self._worker.cancel()

    def marks(self, labels: Labels) -> Row:
        """Give the clicks that are marked on the plane in view."""
        return self._book.of(labels).marks.row(ClickPlace.of(self._part(labels)))

    def propagate(self, labels: Labels, near: int | None = None) -> None:
        """Carry the outline from the planes that are settled to the others.

        Parameters
        ----------
        labels : Labels
        near : int, optional
            A plane whose proposed neighbors alone are to be renewed.

        Raises
        ------
        MaskError
            There is no stack, no settled plane, or no network of clicks.
        """
        require_network(self._models())
        part = part_of(self._viewer, labels, whole_stack=True)
        work = self.planes.work(part, self._book.of(labels), self._models(), near)
        if self.is_working:
            raise MaskError(tr("The network is still at work: propagate when it is done."))
        self._worker.run(ClickTask(PROPAGATE, labels, work, partial(self._on_propagated, part)))

    def settle(self, labels: Labels) -> str:
        """Count the plane in view as right; give what to say."""
        after, sentence = self.planes.settle(labels, self._book.of(labels).marks)
        self._book.set_marks(labels, after)
        return sentence

    def go_to_next(self, labels: Labels) -> str:
        """Show the next plane whose outline is doubtful; give what to say."""
        return self.planes.go_to_next(labels, self._book.of(labels).marks)

    def _part(self, labels: Labels) -> Part:
        if self._viewer.dims.ndisplay != 2:
            raise MaskError(IN_3D)
        return part_of(self._viewer, labels, whole_stack=False)

    def _on_drawn(self, points: list[World], held: frozenset[str]) -> None:
        self._attempt(lambda labels: self._point(labels, points, held))

    def _point(self, labels: Labels, points: list[World], held: frozenset[str]) -> None:
        """Let a click or stroke wait for its turn."""
        part = self._part(labels)
        places = tuple(part.place(labels.world_to_data(p[-labels.ndim :]))[-2:] for p in points)
        click = Click(tuple((float(row), float(column)) for row, column in places))
        if not click.is_inside((part.mask.shape[0], part.mask.shape[1])):
            raise MaskError(tr("The click lies outside the picture: click on the scan."))
        row, column = np.rint(places[0]).astype(int)
        inside = bool(part.mask[row, column] == part.label)
        positive = "Shift" in held or not (inside or "Alt" in held)
        self._waiting.append((part, replace(click, positive=positive)))
        self._ask_next()

    def _ask_next(self) -> None:
        """Ask about all clicks that wait on the plane of the oldest, as one."""
        if self.is_working or not self._waiting:
            return
        part = self._waiting[0][0]
        place = ClickPlace.of(part)
        mine = [one for one in self._waiting if self._is_at(one[0], part)]
        self._waiting = [one for one in self._waiting if not self._is_at(one[0], part)]
        row = self._book.of(part.labels).marks.row(place) + tuple(click for _, click in mine)
        self._ask(CLICK, part, row)

    def _is_at(self, part: Part, other: Part) -> bool:
        return part.labels is other.labels and ClickPlace.of(part) == ClickPlace.of(other)

    def _ask(self, action: Action, part: Part, row: Row) -> None:
        known, place = self._book.of(part.labels), ClickPlace.of(part)
        try:
            question = Question(
                part,
                scan_of(part),
                row,
                known.first.get(place),
                known.changes_at(place),
                self._models(),
                again=action is TAKE_BACK,
            )
        except MulticancerError as error:
            self.said.emit(str(error))
            self._ask_next()
            return
        work = partial(_answer, question)
        written = partial(self._on_answer, action, part, row)
        self._worker.run(ClickTask(action, part.labels, work, written))

    def _on_right_click(self, position: World) -> None:
        self._attempt(lambda labels: self._take_back(labels, position))

    def _take_back(self, labels: Labels, position: World) -> None:
        """Take the mark under the pointer back, where there is one."""
        part = self._part(labels)
        row = self._book.of(labels).marks.row(ClickPlace.of(part))
        chosen = self._view.nearest(part, row, position)
        if chosen is None:
            return
        if self.is_working or self._waiting:
            raise MaskError(
                tr("The network is still at work: take the click back when it is done.")
            )
        self._ask(TAKE_BACK, part, row[:chosen] + row[chosen + 1 :])

    def _on_answer(self, action: Action, part: Part, row: Row, answer: Answer) -> None:
        self._book.require_same(part)
        known, place = self._book.of(part.labels), ClickPlace.of(part)
        known.first[place] = answer.first
        known.seconds += answer.seconds
        known.network = answer.model or known.network
        changes = {place: (part, answer.changes)}
        was_proposed = known.marks.planes.get(place) in (PROPOSED, DOUBTFUL)
        count = self._book.write(action, part.labels, changes, known.marks.with_row(place, row))
        if action is TAKE_BACK:
            changed = tr_n("{n} pixel changed", "{n} pixels changed", count)
            self.said.emit(f"{action.title}: {changed}.")
        else:
            self.said.emit(sentence_of(answer, count, positive=row[-1].positive))
        if count and was_proposed and not self._waiting:
            self.propagate(part.labels, near=place.plane)

    def _on_propagated(self, part: Part, found: Found) -> None:
        self._book.require_same(part)
        known = self._book.of(part.labels)
        known.seconds += found.seconds
        known.network = found.network or known.network
        changes = self.planes.changes(part, found)
        self._book.write(PROPAGATE, part.labels, changes, known.marks.with_planes(found.planes))
        self.said.emit(found.sentence)

    def _on_returned(self, task: ClickTask | None, result: Any) -> None:
        if task is not None:
            self._attempt(lambda _: task.written(result), task.labels)
        self._ask_next()

    def _on_failed(self, error: Exception) -> None:
        self._say(error)
        self._ask_next()

    def _attempt(self, action: Callable[[Labels], None], labels: Labels | None = None) -> None:
        """Do something to the layer; say in the panel's line why not."""
        labels = labels or self._gestures.labels
        try:
            if labels is not None:
                action(labels)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self._say(error)

    def _say(self, error: Exception) -> None:
        if isinstance(error, MulticancerError):
            self.said.emit(str(error))
        else:
            self.said.emit(tell(error, tr("following a click")))

    def _on_layer_removed(self, event: Any) -> None:
        self._waiting = [one for one in self._waiting if one[0].labels is not event.value]
        task = self._worker.task
        if task is not None and event.value is task.labels:
            self.cancel()
        if event.value is self._gestures.labels:
            self.leave()

    def _on_ended(self) -> None:
        self._view.clear()
        self.ended.emit()

    def _show_marks(self, event: object = None) -> None:
        """Draw the marks of the plane in view."""
        labels = self._gestures.labels
        if labels is None:
            return
        try:
            part = self._part(labels)
        except MaskError:
            self._view.clear()
        else:
            self._view.show(part, self._book.of(labels).marks.row(ClickPlace.of(part)))


def _answer(question: Question, *_: object) -> Answer:
    return ask(question)
