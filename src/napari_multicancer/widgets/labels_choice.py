"""Which Labels layer is meant."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QSizePolicy, QWidget

NO_LABELS = "No Labels layer yet"


class LabelsChoice(QComboBox):
    """The viewer's Labels layers, the topmost first; holds on to the layer, not to its name.

    Parameters
    ----------
    viewer : ViewerModel
    follows : bool
        Whether the layer that becomes active is chosen.
    extra : str, optional
        An entry before the layers, for which `layer` is None.

    Attributes
    ----------
    layer_changed : Signal(object)
        The `Labels` that is chosen now, or None.
    """

    layer_changed = Signal(object)

    def __init__(
        self,
        viewer: ViewerModel,
        *,
        follows: bool = False,
        extra: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._follows = follows
        self._extra = [] if extra is None else [extra]
        self._layer: Labels | None = None
        self._listed: list[Labels] = []
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.activated.connect(self._on_activated)
        for emitter in (
            viewer.layers.events.inserted,
            viewer.layers.events.removed,
            viewer.layers.events.reordered,
        ):
            emitter.connect(self._refresh)
        viewer.layers.selection.events.active.connect(self._on_active)
        self._refresh()
        self._on_active()

    @property
    def layer(self) -> Labels | None:
        """The chosen layer; None for the extra entry and where there is no layer."""
        return self._layer

    def choose(self, layer: Labels | None) -> None:
        """Choose a Labels layer of the viewer, or the extra entry."""
        if layer is self._layer:
            return
        self._layer = layer
        self._show_current()
        self.layer_changed.emit(layer)

    def _on_activated(self, index: int) -> None:
        choices = [None] * len(self._extra) + self._listed
        if 0 <= index < len(choices):
            self.choose(choices[index])

    def _on_active(self, event: object = None) -> None:
        active = self._viewer.layers.selection.active
        if self._follows and isinstance(active, Labels):
            self.choose(active)

    def _refresh(self, event: object = None) -> None:
        for layer in self._listed:
            layer.events.name.disconnect(self._show_names)
        self._listed = [
            layer for layer in reversed(self._viewer.layers) if isinstance(layer, Labels)
        ]
        for layer in self._listed:
            layer.events.name.connect(self._show_names)
        self._show_names()
        if not any(layer is self._layer for layer in self._listed):
            self.choose(self._listed[0] if self._listed and not self._extra else None)

    def _show_names(self, event: object = None) -> None:
        names = self._extra + [layer.name for layer in self._listed]
        self.clear()
        self.addItems(names or [NO_LABELS])
        self.setEnabled(bool(names))
        self._show_current()

    def _show_current(self) -> None:
        listed: list[Labels | None] = [None] * len(self._extra) + self._listed
        for index, layer in enumerate(listed):
            if layer is self._layer:
                self.setCurrentIndex(index)
                self.setToolTip(self.itemText(index))
