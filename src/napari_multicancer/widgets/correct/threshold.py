"""A slider that cuts a label anew from its probability map while it moves."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.correct.part import Part, find_changes, part_of, set_changed, write
from napari_multicancer.widgets.correct.tools import THRESHOLD

LOWEST, HIGHEST = 5, 95
"""Per cent."""
USUAL = 0.5
"""Where a map is cut whose model nobody knows."""


class ThresholdSlider(QWidget):
    """A slider in per cent, or, as long as there is no map, a button to get one.

    Attributes
    ----------
    pressed, released : Signal()
        A drag begins, and ends.
    moved : Signal(float)
        The threshold, 0..1, in a drag or by keys or wheel.
    map_wanted : Signal()
    """

    pressed = Signal()
    released = Signal()
    moved = Signal(float)
    map_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(LOWEST, HIGHEST)
        self.slider.setValue(round(USUAL * 100))
        self.slider.setAccessibleName(tr("Threshold in per cent"))
        self.value = QLabel()
        self.button = QPushButton(tr("Get probability map"))
        self.button.setToolTip(tr("Ask the model how probable the lesion is at every pixel"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.slider, 1), (self.value, 0), (self.button, 1)):
            row.addWidget(widget, stretch)
        self._show_value(self.slider.value())
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("100 %"))
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderPressed.connect(self.pressed)
        self.slider.sliderReleased.connect(self.released)
        self.button.clicked.connect(self.map_wanted)
        self.show_map(False)

    def show_map(self, known: bool) -> None:
        """Offer the slider where a map is known, else the button."""
        self.slider.setVisible(known)
        self.value.setVisible(known)
        self.button.setVisible(not known)

    @property
    def threshold(self) -> float:
        """0..1."""
        return float(self.slider.value() / 100)

    def show_threshold(self, threshold: float) -> None:
        """Put the slider at a threshold, 0..1, without a word to anybody."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(threshold * 100))
        self.slider.blockSignals(blocked)
        self._show_value(self.slider.value())

    def _on_moved(self, percent: int) -> None:
        self._show_value(percent)
        self.moved.emit(self.threshold)

    def _show_value(self, percent: int) -> None:
        self.value.setText(f"{percent} %")


class Recut(QObject):
    """Cuts the plane in view anew, live; a drag is one step of undo.

    The pixels change within the layer's own `block_history`, which is held for as
    long as the drag lasts.
    """

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._drag = ExitStack()
        self._part: Part | None = None
        self._before: NDArray[np.integer] | None = None
        self._threshold = USUAL
        self._changed = 0

    @property
    def is_dragging(self) -> bool:
        """Whether a drag is under way."""
        return self._part is not None

    def begin(self, labels: Labels) -> None:
        """Begin a drag.

        Raises
        ------
        MaskError
            No single plane is in view, or the layer cannot be corrected.
        """
        self.end()
        self._part, self._changed = part_of(self._viewer, labels, whole_stack=False), 0
        self._before = self._part.mask.copy()
        self._drag.enter_context(labels.block_history())

    def cut(self, labels: Labels, threshold: float) -> int:
        """Cut at a threshold, in a drag or at once; gives how many pixels have changed.

        Raises
        ------
        MaskError
            No single plane is in view, or the layer cannot be corrected.
        """
        dragged = self._part
        part = dragged or part_of(self._viewer, labels, whole_stack=False)
        probability = record_of(part.labels).probability
        if probability is None:
            return 0
        before = part.mask.copy()
        after = cut_part(before, np.asarray(part.of(probability)), threshold, part.label)
        changes = find_changes(before, after)
        changed = set_changed(part, changes) if dragged else write(part, changes, THRESHOLD.word)
        self._changed += changed
        self._threshold = threshold
        if not dragged:
            _note_made(part, before, threshold)
        return changed

    def end(self) -> int:
        """End the drag: what it changed is one step of undo; gives how many pixels changed."""
        changed = 0
        if self._part is not None:
            record_of(self._part.labels).note_tool(THRESHOLD.word)
            changed, self._changed = self._changed, 0
            if changed and self._before is not None:
                _note_made(self._part, self._before, self._threshold)
        self._part = self._before = None
        self._drag.close()
        return changed

    def take_back(self) -> None:
        """End the drag, and leave the layer as it was before."""
        labels = None if self._part is None else self._part.labels
        if self.end() and labels is not None:
            labels.undo()


def _note_made(part: Part, before: NDArray[np.integer], threshold: float) -> None:
    """Remember that a plane which nobody had drawn on is as the program cut it."""
    if part.plane is None or part.normal:
        return
    record = record_of(part.labels)
    first = None if record.first is None else record.first[part.index][None]
    made = record.made.made_by(
        before[None], part.mask[None], first, start=part.plane, cut=threshold
    )
    record.made.add(made)


def cut_part(
    mask: NDArray[np.integer], probability: NDArray[np.floating], threshold: float, label: int
) -> NDArray[np.integer]:
    """Cut a label of a mask anew: see `core.masks.outline.recut`."""
    from napari_multicancer.core.masks.outline import recut

    return recut(mask, probability, threshold, label)
