"""Which image layer is meant."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QSizePolicy, QWidget

from napari_multicancer.widgets.layers import is_scan

NO_IMAGE = "Open a scan first"


class LayerChoice(QComboBox):
    """The viewer's image layers; follows the active one and keeps it when others are active.

    It holds on to the layer itself, never to its name, so that a layer that is
    renamed or moved stays chosen, and one that is deleted gives way to another.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    layer_changed : Signal(object)
        The `Image` that is chosen now, or None.
    """

    layer_changed = Signal(object)

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._layer: Image | None = None
        self._listed: list[Image] = []
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Image layer")
        self.activated.connect(self._on_activated)
        viewer.layers.events.inserted.connect(self._refresh)
        viewer.layers.events.removed.connect(self._refresh)
        viewer.layers.events.reordered.connect(self._refresh)
        viewer.layers.selection.events.active.connect(self._follow_active)
        self._refresh()
        self._follow_active()

    @property
    def layer(self) -> Image | None:
        """The chosen image layer."""
        return self._layer

    def choose(self, layer: Image | None) -> None:
        """Choose an image layer of the viewer."""
        if layer is self._layer:
            return
        self._layer = layer
        self._show_current()
        self.layer_changed.emit(layer)

    def _on_activated(self, index: int) -> None:
        if 0 <= index < len(self._listed):
            self.choose(self._listed[index])

    def _follow_active(self, event: object = None) -> None:
        active = self._viewer.layers.selection.active
        if active is not None and is_scan(active):
            self.choose(active)

    def _refresh(self, event: object = None) -> None:
        """List the image layers anew, the topmost first as in napari's own list."""
        for layer in self._listed:
            layer.events.name.disconnect(self._show_names)
        self._listed = [layer for layer in reversed(self._viewer.layers) if is_scan(layer)]
        for layer in self._listed:
            layer.events.name.connect(self._show_names)
        self._show_names()
        if not any(layer is self._layer for layer in self._listed):
            self.choose(self._listed[0] if self._listed else None)

    def _show_names(self, event: object = None) -> None:
        self.clear()
        self.addItems([layer.name for layer in self._listed] or [NO_IMAGE])
        self.setEnabled(bool(self._listed))
        self._show_current()

    def _show_current(self) -> None:
        for index, layer in enumerate(self._listed):
            if layer is self._layer:
                self.setCurrentIndex(index)
                self.setToolTip(layer.name)
