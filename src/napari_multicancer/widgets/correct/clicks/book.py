"""Keeps what was clicked on each layer, and writes it: pixels, undo, marks, the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.correct.clicks.state import (
    ClickPlace,
    ClickStep,
    LayerClicks,
    Marks,
)
from napari_multicancer.widgets.correct.part import Changes, Part, set_changed
from napari_multicancer.widgets.correct.tools import CLICK, PROPAGATE, TAKE_BACK, Action

WORDS = (CLICK.word, TAKE_BACK.word, PROPAGATE.word)


class ClickBook(QObject):
    """Knows of each layer what was clicked on it, through undo and redo.

    Attributes
    ----------
    noted : Signal(object)
        The `Labels` whose marks may be others now.
    written : Signal(object, object, int)
        The `Labels`, the `Action`, and how many pixels it changed.
    """

    noted = Signal(object)
    written = Signal(object, object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: WeakKeyDictionary[Labels, LayerClicks] = WeakKeyDictionary()

    def of(self, labels: Labels) -> LayerClicks:
        """Give what was clicked on a layer; anew where it was given other data."""
        known = self._known.get(labels)
        if known is None:
            record_of(labels).stepped.connect(self._on_stepped)
        if known is None or known.data is not labels.data:
            known = LayerClicks(labels.data, record_of(labels).mask.clicks)
            self._known[labels] = known
        return known

    def require_same(self, part: Part) -> None:
        """Refuse an answer about data that its layer holds no more.

        Raises
        ------
        MaskError
        """
        if part.data is not part.labels.data:
            raise MaskError(
                tr("{name} was given other data meanwhile: click again.", name=part.labels.name)
            )

    def write(
        self,
        action: Action,
        labels: Labels,
        changes: Mapping[ClickPlace, tuple[Part, Changes]],
        after: Marks,
    ) -> int:
        """Put changes into a layer as one step of its undo, which takes the marks along.

        Pixels that were painted since the network was asked stay. A click that changes
        nothing leaves no mark.

        Returns
        -------
        int
            How many pixels have changed.

        Raises
        ------
        MaskError
            The layer holds other data by now.
        """
        known = self.of(labels)
        for part, _ in changes.values():
            self.require_same(part)
        left = {at: (part, one.still_there(part.mask)) for at, (part, one) in changes.items()}
        left = {at: (part, one) for at, (part, one) in left.items() if len(one)}
        step = ClickStep({at: one for at, (_, one) in left.items()}, known.marks, after)
        if left:
            record_of(labels).note_tool(action.word)
            with labels.block_history():
                for part, one in left.values():
                    set_changed(part, one)
            known.add(step)
        elif action is not CLICK:
            known.marks = after
        self._note(labels)
        count = sum(map(len, step.changes.values()))
        self.written.emit(labels, action, count)
        return count

    def set_marks(self, labels: Labels, marks: Marks) -> None:
        """Let other marks count, without a step of undo."""
        self.of(labels).marks = marks
        self._note(labels)

    def _note(self, labels: Labels) -> None:
        """Bring the record up to date."""
        record, known = record_of(labels), self.of(labels)
        tally = known.tally()
        if tally != record.mask.clicks:
            record.mask = replace(record.mask, clicks=tally)
        record.planes = {
            place.plane: what
            for place, what in known.marks.planes.items()
            if place.plane is not None and place.normal == 0
        }
        self.noted.emit(labels)

    def _on_stepped(self, event: Any) -> None:
        labels = event.source.labels
        if event.tool in WORDS and labels in self._known:
            self.of(labels).follow(event.way)
            self._note(labels)
