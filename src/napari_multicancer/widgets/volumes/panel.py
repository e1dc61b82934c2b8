"""The two sections of a volume that the canvas does not show, linked with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtGui import QResizeEvent, QShowEvent
from qtpy.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel
from superqt.utils import QSignalThrottler

from napari_multicancer.core.planes.sections import Section, section_across
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import ImageChoice
from napari_multicancer.widgets.common.focus import FocusRing
from napari_multicancer.widgets.common.layers import PLACE, bare, finest_level, known_of
from napari_multicancer.widgets.common.lesions import masks_on
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.volumes.crosshair import Crosshair
from napari_multicancer.widgets.volumes.drawing import Drawn, SectionsTask, draw
from napari_multicancer.widgets.volumes.proportions import voxel_proportions
from napari_multicancer.widgets.volumes.section_view import SectionView

WAIT_MS = 30
SHORTEST_NAME = 70
"""Pixels that the choice of an image keeps in the narrowest dock."""
NO_DISTANCE = tr("Stretched to be seen: the file does not tell how far apart the planes lie.")
NO_VOLUME = tr("The image that is chosen is no volume: open one to see its other sections here.")


@dataclass(frozen=True, eq=False)
class _WholeVolume:
    """One volume of a layer that is no array in memory, read as a whole."""

    whole: Any
    leading: tuple[int, ...]
    volume: NDArray[Any]


class SectionsPanel(QWidget):
    """Shows the sections through the crosshair that lie across the plane in the canvas.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    drawn : Signal()
        Both sections are up to date.
    """

    drawn = Signal()

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer: Viewer = bare(napari_viewer)
        self._read: _WholeVolume | None = None
        self._heard: list[Any] = []
        self.crosshair = Crosshair(self._viewer, self)
        self.layer = ImageChoice(self._viewer)
        self.layer.setMinimumWidth(SHORTEST_NAME)
        self.follows = QCheckBox(tr("Follow the pointer"))
        self.follows.setToolTip(tr("Show the sections through the place under the pointer"))
        self.follows.setChecked(True)
        self.views = (SectionView(), SectionView())
        self.titles = (QElidingLabel(), QElidingLabel())
        self.message = QLabel(NO_VOLUME)
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._job = BackgroundJob(self)
        # napari tells of a stroke before it has painted it: what is drawn is drawn afterwards.
        self._soon = QSignalThrottler(QSignalThrottler.EmissionPolicy.Trailing, self)
        self._soon.setTimeout(WAIT_MS)
        FocusRing(self._viewer, self)
        self._arrange()
        self._connect()
        self._on_layer()

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.layer, 1)
        row.addWidget(self.follows)
        self._both.setSpacing(8)
        for title, view in zip(self.titles, self.views, strict=True):
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(title)
            column.addWidget(view, 1)
            self._both.addLayout(column, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.addLayout(row)
        column.addWidget(self.message)
        column.addLayout(self._both, 1)

    def _connect(self) -> None:
        self.follows.toggled.connect(self._on_follows)
        self.layer.layer_changed.connect(self._on_layer)
        self.crosshair.moved.connect(self._soon.throttle)
        self._soon.triggered.connect(self.look)
        self._job.returned.connect(self._on_drawn)
        self._job.failed.connect(self._on_failed)
        for view in self.views:
            view.pointed.connect(self._on_pointed)
            view.turned.connect(self._on_turned)
        layers = self._viewer.layers
        layers.events.inserted.connect(self._listen)
        layers.events.removed.connect(self._listen)

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel follows nothing any more."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    def cancel(self) -> None:
        """Draw and follow nothing any more."""
        self._job.cancel()
        self.crosshair.end()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Qt's own: whoever looks sees what is there now."""
        super().showEvent(event)
        self._listen()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's own: side by side where it is wide, else one above the other."""
        super().resizeEvent(event)
        wide = self.width() > self.height()
        self._both.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def look(self) -> None:
        """Draw both sections, in a thread; of several orders only the last one counts."""
        image = self.crosshair.image
        if image is None or not self.isVisible():
            return
        self._job.start(partial(draw, self._task(image)))

    def _task(self, image: Image) -> SectionsTask:
        leading = self.crosshair.leading
        whole = finest_level(image)
        volume = whole[leading]
        if self._read is not None and self._read.whole is whole and self._read.leading == leading:
            volume = self._read.volume
        low, high = (float(limit) for limit in image.contrast_limits)
        masks = [
            (labels.data[leading], labels.colormap)
            for labels in masks_on(self._viewer, image)
            if labels.visible and isinstance(labels.data, np.ndarray)
        ]
        place, normal = known_of(image).get(PLACE), self.crosshair.normal
        sections = [section_across(axis, place) for axis in range(3) if axis != normal]
        size, _ = voxel_proportions(image)
        return SectionsTask(volume, sections, self.crosshair.point, size, (low, high), masks)

    def _on_drawn(self, drawn: Drawn) -> None:
        image = self.crosshair.image
        if image is None:
            return
        whole = finest_level(image)
        if not isinstance(whole, np.ndarray):
            self._read = _WholeVolume(whole, self.crosshair.leading, drawn.volume)
        self._show_message("" if voxel_proportions(image)[1] else NO_DISTANCE)
        for title, view, picture in zip(self.titles, self.views, drawn.pictures, strict=True):
            title.setText(picture.title)
            view.show_picture(picture)
            title.show()
            view.show()
        self.drawn.emit()

    def _on_failed(self, error: Exception) -> None:
        self._show_nothing(str(error))

    def _on_layer(self, image: object = None) -> None:
        self._job.cancel()
        self._read = None
        self.crosshair.follow(self.layer.layer)
        if self.crosshair.image is None:
            self._show_nothing(NO_VOLUME)
        self._listen()

    def _show_nothing(self, why: str) -> None:
        self._show_message(why)
        for title, view in zip(self.titles, self.views, strict=True):
            title.hide()
            view.hide()
            view.show_picture(None)

    def _show_message(self, words: str) -> None:
        self.message.setText(words)
        self.message.setVisible(bool(words))

    def _listen(self, event: object = None) -> None:
        """Hear of changes of the image and of the masks on it, of no others; draw anew."""
        for emitter in self._heard:
            emitter.disconnect(self._on_changed)
        self._heard = []
        image = self.crosshair.image
        if image is not None:
            events = image.events
            self._heard = [events.data, events.contrast_limits, events.scale, events.affine]
            masks = [layer for layer in self._viewer.layers if isinstance(layer, Labels)]
            for labels in masks:
                events = labels.events
                self._heard += [events.set_data, events.paint, events.visible, events.colormap]
        for emitter in self._heard:
            emitter.connect(self._on_changed)
        self._soon.throttle()

    def _on_changed(self, event: object = None) -> None:
        self._soon.throttle()

    def _on_follows(self, follows: bool) -> None:
        self.crosshair.follows_pointer = follows

    def _on_pointed(self, section: Section, row: int, column: int) -> None:
        crosshair = self.crosshair
        crosshair.go(section.point_at((row, column), crosshair.point, crosshair.shape))

    def _on_turned(self, section: Section, step: int) -> None:
        point = list(self.crosshair.point)
        point[section.axis] += step
        self.crosshair.go(point)
