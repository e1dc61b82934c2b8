"""See what the pipeline's steps make of a scan, and lay the result over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QWidget
from superqt.utils import QSignalDebouncer

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import (
    bare,
    finest_level,
    geometry,
    reading_of,
    scan_from_layer,
    spatial_shape,
)
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.planes import plane_in_view
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.prepare.layout import READY, READY_MIDDLE, PrepareLayout

if TYPE_CHECKING:
    from napari_multicancer.core.planes.pipeline import Preview

WAIT_MS = 50
CANCELLED = tr("Cancelled: nothing was added.")


@dataclass(frozen=True, eq=False)
class _Shown:
    """A plane before and after a step, and how high a pixel is against its width."""

    preview: Preview
    aspect: float


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The layer to be made."""

    image: Image
    pixels: Any
    title: str


class PreparePanel(QWidget):
    """Shows the plane in view before and after a step, and adds what the step makes of a scan.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    previewed : Signal()
        The small pictures are up to date.
    analysis_wanted : Signal(object)
        The `Image` that was added last is to be analyzed.
    """

    previewed = Signal()
    analysis_wanted = Signal(object)

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer: Viewer = bare(napari_viewer)
        self._wanted: _Wanted | None = None
        self._made: Image | None = None
        self.ui = PrepareLayout(self._viewer, self)
        self._preview, self._job = BackgroundJob(self), BackgroundJob(self)
        self._soon = QSignalDebouncer(parent=self)
        self._soon.setTimeout(WAIT_MS)
        self._connect()

    def _connect(self) -> None:
        ui = self.ui
        ui.add.clicked.connect(self.add)
        ui.analyze.clicked.connect(self._on_analyze)
        ui.cancel.clicked.connect(self._on_cancel)
        ui.step.currentIndexChanged.connect(self._soon.throttle)
        ui.layer.layer_changed.connect(self._soon.throttle)
        self._soon.triggered.connect(self.look)
        self._viewer.dims.events.current_step.connect(self._on_plane)
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._preview.returned.connect(self._on_previewed)
        self._preview.failed.connect(self._on_no_preview)
        self._job.progressed.connect(ui.show_progress)
        self._job.returned.connect(self._on_made)
        self._job.failed.connect(self._on_failed)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Qt's own: whoever looks sees the plane in view."""
        super().showEvent(event)
        self.look()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    @property
    def is_working(self) -> bool:
        """Whether a layer is being made."""
        return self._job.is_running

    def cancel(self) -> None:
        """Stop all work; nothing is added."""
        self._preview.cancel()
        self._end()

    def look(self) -> None:
        """Show the plane in view before and after the step, in a thread."""
        image = self.ui.layer.layer
        self.ui.add.setEnabled(image is not None)
        if image is None:
            self._show(None)
            return
        try:
            scan = scan_from_layer(image)
            scan.check()
            self.ui.scope.setEnabled(scan.is_stack)
            plane = plane_in_view(self._viewer, image, scan)
        except Exception as error:  # noqa: BLE001  shown in the panel's line
            self._on_no_preview(error)
            return
        self._preview.start(partial(_look_at, scan, plane, self.ui.step.currentData()))

    def apply(self, image: Image, step: str) -> None:
        """Add what a step, one of `words.STEPS`, makes of all planes of an image layer."""
        self.ui.layer.choose(image)
        self.ui.step.setCurrentIndex(self.ui.step.findData(step))
        self.ui.scope.setCurrentIndex(self.ui.scope.findData(True))
        self.add()

    def add(self) -> None:
        """Make a layer of what the step makes of the plane in view, or of the whole stack."""
        image = self.ui.layer.layer
        if image is None:
            return
        self._end()
        try:
            scan = scan_from_layer(image)
            scan.check()
            whole = self.ui.scope.currentData() or not scan.is_stack
            planes = None if whole else (plane_in_view(self._viewer, image, scan),)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self.ui.message.setText(tell(error, f"preparing {image.name}"))
            return
        self._wanted = _Wanted(image, finest_level(image), self.ui.step.currentText())
        self.ui.show_working(True)
        self._job.start(partial(_filter, scan, self.ui.step.currentData(), planes))

    def _on_made(self, made: NDArray[np.uint8]) -> None:
        wanted = self._wanted
        self._end()
        if wanted is None or wanted.image not in self._viewer.layers:
            return
        image, shape = wanted.image, spatial_shape(wanted.image)
        if finest_level(image) is not wanted.pixels:
            self.ui.message.setText(
                tr("{name} was changed meanwhile: add the step again.", name=image.name)
            )
            return
        whole = made if made.shape == shape else reading_of(image).spread(made, shape)
        layer = Image(
            whole.reshape(finest_level(image).shape[: image.ndim]),
            name=f"{image.name}, {wanted.title.lower()}",
            contrast_limits=(0, 255),
            **geometry(image),
        )
        active = self._viewer.layers.selection.active
        self._viewer.layers.insert(self._viewer.layers.index(image) + 1, layer)
        self._viewer.layers.selection.active = active
        self._show_made(layer)
        self.ui.message.setText(tr("Added: {name}.", name=layer.name))

    def _show_made(self, layer: Image | None) -> None:
        self._made = layer
        self.ui.analyze.setEnabled(layer is not None)

    def _on_analyze(self) -> None:
        if self._made is not None:
            self.analysis_wanted.emit(self._made)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        self.ui.message.setText(tell(error, tr("preparing the scan")))

    def _on_cancel(self) -> None:
        self._end()
        self.ui.message.setText(CANCELLED)

    def _end(self) -> None:
        self._job.cancel()
        self._wanted = None
        self.ui.show_working(False)

    def _on_plane(self, event: object = None) -> None:
        if self.isVisible():
            self._soon.throttle()

    def _on_removed(self, event: Any) -> None:
        if event.value is self._made:
            self._show_made(None)
        if self._wanted is not None and event.value is self._wanted.image:
            self._on_cancel()

    def _on_previewed(self, shown: _Shown) -> None:
        self._show(shown)
        if not self.is_working:
            self.ui.message.setText(READY if shown.preview.is_whole else READY_MIDDLE)
        self.previewed.emit()

    def _on_no_preview(self, error: Exception) -> None:
        self._show(None)
        self.ui.message.setText(str(error))

    def _show(self, shown: _Shown | None) -> None:
        if shown is None:
            self.ui.before.show_plane(None)
            self.ui.after.show_plane(None)
        else:
            self.ui.before.show_plane(shown.preview.before, shown.aspect)
            self.ui.after.show_plane(shown.preview.after, shown.aspect)


def _look_at(scan: Scan, plane: int, step: str, progress: Progress, cancelled: Cancelled) -> _Shown:
    from napari_multicancer.core.planes.pipeline import previewed

    return _Shown(previewed(scan.plane(plane), step), scan.pixel_aspect)


def _filter(
    scan: Scan,
    step: str,
    planes: tuple[int, ...] | None,
    progress: Progress,
    cancelled: Cancelled,
) -> NDArray[np.uint8]:
    from napari_multicancer.core.planes.pipeline import filtered_scan

    return filtered_scan(scan, step, planes, progress=progress, cancelled=cancelled)
