"""Which of a viewer's layers is meant: an image, or a mask."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from napari.components import ViewerModel
from napari.layers import Labels, Layer
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QPaintEvent
from qtpy.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.elide import shortened
from napari_multicancer.widgets.common.layers import is_scan

NO_IMAGE = tr("Open a scan first")
NO_LABELS = tr("No Labels layer yet")
MARGIN = 4
"""Pixels that styles keep free around a combo box's text."""


class LayerChoice(QComboBox):
    """Layers of one kind, the topmost first as in napari's own list.

    It holds on to the layer itself, never to its name, so that a layer that is
    renamed or moved stays chosen, and one that is deleted gives way to another.

    Parameters
    ----------
    viewer : ViewerModel
    accepts : callable
        Says of a layer whether it is of that kind.
    empty : str
        Shown where there is none.
    follows : bool
        Whether the layer that becomes active is chosen.
    extra : str, optional
        An entry before the layers, for which `layer` is None.

    Attributes
    ----------
    layer_changed : Signal(object)
        The layer that is chosen now, or None.
    """

    layer_changed = Signal(object)

    def __init__(
        self,
        viewer: ViewerModel,
        *,
        accepts: Callable[[Layer], bool],
        empty: str,
        follows: bool = False,
        extra: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._accepts = accepts
        self._empty = empty
        self._follows = follows
        self._extra = [] if extra is None else [extra]
        self._layer: Layer | None = None
        self._listed: list[Layer] = []
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
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

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: a name that is too long is cut so that it differs from the others'."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        place = QStyle.SubControl.SC_ComboBoxEditField
        kind = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(kind, option, place, self).width()
        option.currentText = self.shown_text(room - MARGIN)
        painter = QStylePainter(self)
        painter.drawComplexControl(kind, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def shown_text(self, room: int) -> str:
        """Give the chosen name, cut to so many pixels."""
        names = [self.itemText(index) for index in range(self.count())]
        width_of = self.fontMetrics().horizontalAdvance
        short = shortened(names, lambda text: width_of(text) <= room)
        return short[self.currentIndex()] if 0 <= self.currentIndex() < len(short) else ""

    @property
    def layer(self) -> Layer | None:
        """The chosen layer; None for the extra entry and where there is no layer."""
        return self._layer

    def choose(self, layer: Layer | None) -> None:
        """Choose a layer of the viewer, or the extra entry."""
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
        if self._follows and active is not None and self._accepts(active):
            self.choose(active)

    def _refresh(self, event: object = None) -> None:
        for layer in self._listed:
            layer.events.name.disconnect(self._show_names)
        self._listed = [layer for layer in reversed(self._viewer.layers) if self._accepts(layer)]
        for layer in self._listed:
            layer.events.name.connect(self._show_names)
        self._show_names()
        if not any(layer is self._layer for layer in self._listed):
            self.choose(self._listed[0] if self._listed and not self._extra else None)

    def _show_names(self, event: object = None) -> None:
        names = self._extra + [layer.name for layer in self._listed]
        self.clear()
        self.addItems(names or [self._empty])
        self.setEnabled(bool(names))
        self._show_current()

    def _show_current(self) -> None:
        listed: list[Layer | None] = [None] * len(self._extra) + self._listed
        for index, layer in enumerate(listed):
            if layer is self._layer:
                self.setCurrentIndex(index)
                self.setToolTip(f"<span>{escape(self.itemText(index))}</span>")


class ImageChoice(LayerChoice):
    """The viewer's image layers; follows the active one and keeps it when others are active.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(viewer, accepts=is_scan, empty=NO_IMAGE, follows=True, parent=parent)
        self.setAccessibleName(tr("Image layer"))


class LabelsChoice(LayerChoice):
    """The viewer's Labels layers.

    Parameters
    ----------
    viewer : ViewerModel
    follows : bool
        Whether the layer that becomes active is chosen.
    extra : str, optional
        An entry before the layers, for which `layer` is None.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        *,
        follows: bool = False,
        extra: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            viewer,
            accepts=_is_labels,
            empty=NO_LABELS,
            follows=follows,
            extra=extra,
            parent=parent,
        )
        self.setAccessibleName(tr("Mask layer"))


def _is_labels(layer: Layer) -> bool:
    return isinstance(layer, Labels)
