"""The comparison panel: what the machine outlined against what it has become."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QWidget

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.focus import FocusRing
from napari_multicancer.widgets.common.layers import bare, voxel_size
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.compare.difference import show_difference
from napari_multicancer.widgets.compare.layout import ComparisonLayout

if TYPE_CHECKING:
    from napari_multicancer.core.masks.comparison import Comparison

Mask = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class _Compared:
    """The layers that are being compared; `before` is None for the first prediction."""

    before: Labels | None
    after: Labels


class ComparisonPanel(QWidget):
    """Compares two Labels layers of the viewer, or one with its first prediction.

    Closing the panel or deleting one of the layers stops the work.

    Parameters
    ----------
    napari_viewer : Viewer
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__()
        self._viewer: Viewer = bare(napari_viewer)
        self._task: _Compared | None = None
        self._compared: tuple[_Compared, Comparison] | None = None
        self.ui = ComparisonLayout(self._viewer, self)
        self._job = BackgroundJob(self)
        FocusRing(self._viewer, self)
        self._connect()
        self._clear()
        if parent is not None:
            self.setParent(parent)

    def _connect(self) -> None:
        self.ui.compare.clicked.connect(self._on_button)
        self.ui.difference.clicked.connect(self._on_difference)
        self.ui.before.layer_changed.connect(self._clear)
        self.ui.after.layer_changed.connect(self._clear)
        self.ui.label.valueChanged.connect(self._clear)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)
        self._viewer.layers.events.removed.connect(self._on_layer_removed)

    @property
    def is_working(self) -> bool:
        """Whether a comparison is under way."""
        return self._job.is_running

    def compare(self) -> None:
        """Compare the chosen layers, in a thread."""
        self.cancel()
        try:
            task = self._chosen()
            before, after = _pixels_before(task), _pixels(task.after)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, tr("comparing masks"))
            return
        self._task = task
        self.ui.show_working(True)
        label = self.ui.label.value() or None
        self._job.start(partial(_compare, before, after, label, voxel_size(task.after)))

    def cancel(self) -> None:
        """Stop the comparison, if there is one."""
        self._job.cancel()
        self._end()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    def _chosen(self) -> _Compared:
        before, after = self.ui.before.layer, self.ui.after.layer
        if after is None:
            raise MaskError(
                tr("There is no mask to compare: segment a scan or add a Labels layer.")
            )
        if before is after:
            raise MaskError(
                tr("Both choices are the same layer: choose another one to compare with.")
            )
        return _Compared(before, after)

    def _on_button(self) -> None:
        if self.is_working:
            self.cancel()
        else:
            self.compare()

    def _on_returned(self, comparison: Comparison) -> None:
        task = self._task
        self._end()
        if task is not None:
            self._compared = (task, comparison)
            self.ui.show_comparison(comparison)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        self._clear()
        tell(error, tr("comparing masks"))

    def _on_difference(self) -> None:
        if self._compared is None:
            return
        task, comparison = self._compared
        try:
            show_difference(self._viewer, task.after, comparison)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, tr("showing the difference"))
            return
        self.ui.after.choose(task.after)  # napari made the new layer active for a moment
        self._compared = (task, comparison)
        self.ui.show_comparison(comparison)

    def _on_layer_removed(self, event: Any) -> None:
        if self._task is not None and event.value in (self._task.before, self._task.after):
            self.cancel()

    def _end(self) -> None:
        self._task = None
        self.ui.show_working(False)

    def _clear(self, event: object = None) -> None:
        """Take away figures that are not those of what is chosen now."""
        self.cancel()
        self._compared = None
        self.ui.show_comparison(None)


def _pixels(labels: Labels) -> Mask:
    """Copy a layer's pixels, so that painting does not disturb the comparison.

    Leading axes of length 1 do not count.
    """
    pixels = np.array(labels.data[0] if labels.multiscale else labels.data)
    return _without_leading(pixels)


def _pixels_before(task: _Compared) -> Mask:
    if task.before is not None:
        return _pixels(task.before)
    first = record_of(task.after).first
    if first is None:
        raise MaskError(
            tr(
                "The first prediction of {name} is not known: choose another layer to "
                "compare with.",
                name=task.after.name,
            )
        )
    return _without_leading(first)


def _without_leading(pixels: Mask) -> Mask:
    while pixels.ndim > 2 and len(pixels) == 1:
        pixels = pixels[0]
    return pixels


def _compare(
    before: Mask, after: Mask, label: int | None, size: tuple[float, ...] | None, *_: object
) -> Comparison:
    from napari_multicancer.core.masks.comparison import compare_masks

    spacing = None if size is None else size[-after.ndim :]
    known = spacing is not None and not np.isnan(spacing).any()
    return compare_masks(before, after, label, spacing=spacing if known else None)
