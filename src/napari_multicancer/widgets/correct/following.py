"""What happens to a mask while the panel shows it: its map, its thresholds, undo and redo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.masks.history import UNDONE
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.record import LayerRecord, record_of
from napari_multicancer.widgets.correct.threshold import USUAL
from napari_multicancer.widgets.correct.tools import ACTIONS, THRESHOLD

_TITLES = {action.word: action.title for action in ACTIONS}


@dataclass
class Cuts:
    """At which threshold a mask is cut now, and was before each cut that can be undone.

    Attributes
    ----------
    now : float
        0..1.
    """

    now: float = USUAL
    _done: list[tuple[float, float]] = field(default_factory=list)
    _undone: list[tuple[float, float]] = field(default_factory=list)

    def cut(self, threshold: float, pixels: int) -> None:
        """Take note of a cut; one that changed no pixel is no step of undo."""
        if pixels:
            self._done.append((self.now, threshold))
            self._undone.clear()
        self.now = threshold

    def step(self, way: str) -> None:
        """Follow one cut that was undone, or done again."""
        source, to = (self._done, self._undone)[:: 1 if way == UNDONE else -1]
        if source:
            to.append(source.pop())
            self.now = to[-1][0 if way == UNDONE else 1]


class MaskFollower(QObject):
    """Follows the layer that is shown, and remembers of each at which threshold it is cut.

    Attributes
    ----------
    mapped : Signal()
        The layer's probability map is another one.
    stepped : Signal(str)
        A step was undone or done again; what to say of it.
    """

    mapped = Signal()
    stepped = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._record: LayerRecord | None = None
        self._cuts: WeakKeyDictionary[Labels, Cuts] = WeakKeyDictionary()

    @property
    def threshold(self) -> float:
        """At which threshold the layer is cut, 0..1."""
        return USUAL if self._labels is None else self._cuts_now().now

    @property
    def is_mapped(self) -> bool:
        """Whether the layer's probability map is known."""
        return self._record is not None and self._record.probability is not None

    def follow(self, labels: Labels | None) -> None:
        """Follow another layer from now on, or none."""
        if self._record is not None:
            self._record.mapped.disconnect(self._on_mapped)
            self._record.stepped.disconnect(self._on_stepped)
        self._labels = labels
        self._record = None if labels is None else record_of(labels)
        if self._record is not None:
            self._record.mapped.connect(self._on_mapped)
            self._record.stepped.connect(self._on_stepped)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Take no note of what happens meanwhile."""
        labels = self._labels
        self.follow(None)
        try:
            yield
        finally:
            self.follow(labels)

    def note_cut(self, threshold: float, pixels: int) -> None:
        """Take note that the layer was cut at a threshold, and how many pixels that changed."""
        if self._labels is not None:
            self._cuts_now().cut(threshold, pixels)

    def _cuts_now(self) -> Cuts:
        assert self._labels is not None
        known = None if self._record is None else self._record.cut_at
        start = USUAL if known is None else known
        return self._cuts.setdefault(self._labels, Cuts(start))

    def _on_mapped(self, event: object = None) -> None:
        """Begin anew with another map, where its model cuts it."""
        if self._labels is not None:
            self._cuts.pop(self._labels, None)
        self.mapped.emit()

    def _on_stepped(self, event: Any) -> None:
        if self._labels is not None and event.tool == THRESHOLD.word:
            self._cuts_now().step(event.way)
        title = _TITLES.get(event.tool, event.tool.capitalize())
        if event.way == UNDONE:
            self.stepped.emit(tr("Undone: {title}.", title=title))
        else:
            self.stepped.emit(tr("Done again: {title}.", title=title))
