"""What there is for a volume alone: its other sections, its lesion in 3-D, planes that agree."""

from __future__ import annotations

from collections.abc import Callable

from napari.layers import Image, Labels
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.core.errors import MaskError, MulticancerError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.commands import PLUGIN
from napari_multicancer.widgets.analyse.consistent import CONSISTENT, ConsistentPlanes
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.lesions import masks_on
from napari_multicancer.widgets.common.notify import say
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.volumes.crosshair import is_volume
from napari_multicancer.widgets.volumes.surface import LesionSurface

SECTIONS = "Sections"
NO_MASK = tr("There is no mask on this volume: outline its lesion first.")
FIRST_VOLUME = tr(
    "The model looks at each plane alone; Consistent planes lets neighboring outlines agree."
)
CANCELLED = tr("Cancelled: nothing has changed.")
DRAWING = tr("The surface is being drawn: press again to cancel.")


class VolumeRow(QWidget):
    """Three buttons and a line; hidden where the scan is no volume.

    Parameters
    ----------
    viewer : Viewer
    mask : callable
        Gives the mask of the scan that is chosen, or None.
    """

    def __init__(
        self, viewer: Viewer, mask: Callable[[], Labels | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer, self._mask = viewer, mask
        self._is_new = False
        self._of_surface = ""
        self._consistent_words = ""
        self._labels: Labels | None = None
        self.drawing = LesionSurface(viewer, self)
        self.sections = QPushButton(tr("Other sections"))
        self.sections.setToolTip(tr("Show the volume across its planes too, through the pointer"))
        self.surface = QPushButton(tr("Lesion in 3-D"))
        self.surface.setCheckable(True)
        self.surface.setToolTip(tr("Show the mask as a surface, true to it while you correct it"))
        self.consistency = ConsistentPlanes(viewer, self)
        self.consistent = QPushButton(CONSISTENT.title)
        self.consistent.setCheckable(True)
        self.consistent.setToolTip(CONSISTENT.help)
        self.hint = Hint("volume", FIRST_VOLUME)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self._arrange()
        self.sections.clicked.connect(self._on_sections)
        self.surface.clicked.connect(self._on_surface)
        self.drawing.said.connect(self._on_said)
        self.drawing.ended.connect(self._on_ended)
        self.consistent.clicked.connect(self._on_consistent)
        self.consistency.said.connect(self._say_consistent)
        self.consistency.ended.connect(self._on_consistent_ended)
        self._say("")
        self.hide()

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.sections)
        buttons.addWidget(self.surface)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(buttons)
        column.addWidget(self.consistent)
        column.addWidget(self.message)
        column.addWidget(self.hint)

    def show_layer(self, image: Image | None) -> None:
        """Offer what there is for an image; the surface of another one's lesion ends."""
        shown = self.drawing.labels
        if shown is not None and not any(mask is shown for mask in masks_on(self._viewer, image)):
            self.drawing.end()
            self._on_ended()
        fits = image is not None and is_volume(image)
        self.hint.offer(fits)
        self.setVisible(fits)

    def show_mask(self, labels: Labels | None) -> None:
        """Follow the mask that is chosen now; what was said of another one goes."""
        if labels is self._labels:
            return
        for mask, follow in ((self._labels, False), (labels, True)):
            if mask is not None:
                for emitter in (record_of(mask).stepped, mask.events.paint):
                    (emitter.connect if follow else emitter.disconnect)(self._forget_consistent)
        self._labels = labels
        self._forget_consistent()

    def _on_sections(self) -> None:
        """Open the sections below the canvas, where they take no height from the other docks."""
        dock, _ = self._viewer.window.add_plugin_dock_widget(PLUGIN, SECTIONS)
        window = dock.window()
        if isinstance(window, QMainWindow):
            left, right = (
                Qt.DockWidgetArea.LeftDockWidgetArea,
                Qt.DockWidgetArea.RightDockWidgetArea,
            )
            window.setCorner(Qt.Corner.BottomLeftCorner, left)
            window.setCorner(Qt.Corner.BottomRightCorner, right)
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        dock.show()
        dock.raise_()

    def _on_surface(self, checked: bool) -> None:
        labels = self._mask()
        if not checked:
            self.drawing.end()
            self._say("")
        elif labels is None:
            self.surface.setChecked(False)
            self._say(NO_MASK)
        else:
            self._of_surface = DRAWING
            self._say(DRAWING)
            self._is_new = True
            self.drawing.show(labels)

    def _on_consistent(self, checked: bool) -> None:
        labels = self._mask()
        self._say("")
        if not checked:
            self.consistency.cancel()
            self._say_consistent(CANCELLED)
            return
        try:
            if labels is None:
                raise MaskError(NO_MASK)
            self.consistency.start(labels)
        except MulticancerError as error:
            self._on_consistent_ended()
            self._say_consistent(str(error))

    def _on_consistent_ended(self) -> None:
        self.consistent.setChecked(False)
        self._forget_consistent()

    def _say_consistent(self, words: str) -> None:
        self._consistent_words = words
        self._say(words)

    def _forget_consistent(self, event: object = None) -> None:
        """Take back what was said of planes; it held until the next step, or for another mask."""
        if self._consistent_words and self.message.text() == self._consistent_words:
            self._say("")
        self._consistent_words = ""

    def cancel(self) -> None:
        """Stop all that is under way."""
        self.consistency.cancel()
        self.drawing.end()

    def _on_ended(self) -> None:
        self.surface.setChecked(False)
        if self.message.text() == self._of_surface:
            self._say("")

    def _on_said(self, words: str) -> None:
        """Say it beside the button, and once at the foot of the panel, where it is seen at once."""
        self._of_surface = words
        self._say(words)
        if self._is_new:
            self._is_new = False
            say(words)

    def _say(self, words: str) -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))
