"""What moving the threshold slider does to the mask."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.widgets.correct.actions import CorrectionActions
from napari_multicancer.widgets.correct.following import MaskFollower
from napari_multicancer.widgets.correct.layout import CorrectionLayout
from napari_multicancer.widgets.correct.threshold import Recut

Attempt = Callable[[Callable[[Labels], object]], object]
"""Does something to the chosen layer, or says why not."""


class SliderCuts(QObject):
    """Cuts the plane in view while the slider is dragged, and the whole stack when it is let go.

    Parameters
    ----------
    ui : CorrectionLayout
    recut : Recut
    actions : CorrectionActions
    follower : MaskFollower
    attempt : callable
    parent : QObject

    Attributes
    ----------
    cut : Signal(int)
        The plane in view was cut anew; how many pixels that changed.
    """

    cut = Signal(int)

    def __init__(
        self,
        ui: CorrectionLayout,
        recut: Recut,
        actions: CorrectionActions,
        follower: MaskFollower,
        attempt: Attempt,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._ui, self._recut, self._actions = ui, recut, actions
        self._follower, self._attempt = follower, attempt
        ui.threshold.pressed.connect(self._on_drag_begun)
        ui.threshold.moved.connect(self._on_threshold)
        ui.threshold.released.connect(self._on_drag_ended)
        ui.threshold.map_wanted.connect(self._on_map_wanted)

    def _on_drag_begun(self) -> None:
        self._attempt(self._recut.begin)

    def _on_threshold(self, threshold: float) -> None:
        if self._cuts_whole_stack and not self._recut.is_dragging:
            self._attempt(partial(self._actions.recut_stack, threshold=threshold))
        else:
            self._attempt(partial(self._cut, threshold=threshold))

    def _cut(self, labels: Labels, threshold: float) -> None:
        pixels = self._recut.cut(labels, threshold)
        if not self._recut.is_dragging:
            self._on_cut(pixels)

    def _on_cut(self, pixels: int) -> None:
        self._follower.note_cut(self._ui.threshold.threshold, pixels)
        self.cut.emit(pixels)

    def _on_drag_ended(self) -> None:
        """End a drag; it showed the plane in view, and the whole stack follows."""
        if not self._cuts_whole_stack:
            if self._recut.is_dragging:
                self._on_cut(self._recut.end())
            return
        with self._follower.unheard():
            self._recut.take_back()
        self._attempt(partial(self._actions.recut_stack, threshold=self._ui.threshold.threshold))

    @property
    def _cuts_whole_stack(self) -> bool:
        labels = self._ui.labels.layer
        return (
            self._ui.options.value.whole_stack
            and labels is not None
            and max(labels.data.shape[:-2], default=1) > 1
        )

    def _on_map_wanted(self) -> None:
        self._attempt(self._actions.find_map)
