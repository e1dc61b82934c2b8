"""The lesion of a volume as a surface in 3-D, true to the mask while it is corrected."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Surface
from napari.utils.colormaps import Colormap
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.words import volume
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.layers import NO_SCAN_METADATA, data_to_world, voxel_size
from napari_multicancer.widgets.common.lesions import LESION
from napari_multicancer.widgets.common.measuring import LabelsWatch
from napari_multicancer.widgets.common.planes import volume_in_view
from napari_multicancer.widgets.common.thread import Cancelled, Progress

if TYPE_CHECKING:
    from napari_multicancer.core.masks.surface import Mesh

WAIT_MS = 400
OPACITY = 0.8
NO_SIZE = tr("the file names no size of voxels")
NO_DISTANCE = tr("the distance between planes is not known")


class LesionSurface(LabelsWatch):
    """Draws a mask's surface in a thread, and anew when the mask has changed.

    Its layer is an ordinary one of napari's, below the mask's: deleting it ends the watch.
    However that ends, the view is in 2-D again if the surface has turned it.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    said : Signal(str)
        What there is to say: the volume, or why there is no surface.
    ended : Signal()
        Nothing is drawn any more; why, where it is not the user's doing, is said afterwards.
    """

    said = Signal(str)
    ended = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(WAIT_MS, parent)
        self._viewer = viewer
        self._layer: Surface | None = None
        self._has_turned = False
        self.measured.connect(self._on_mesh)
        viewer.layers.events.removed.connect(self._on_removed)

    @property
    def layer(self) -> Surface | None:
        """The surface's layer; None before it is there."""
        return self._layer

    @property
    def is_working(self) -> bool:
        """Whether a surface is being drawn."""
        return self._job.is_running

    def show(self, labels: Labels) -> None:
        """Draw the surface of a mask's volume that is in view, and look at it in 3-D."""
        self.end()
        if not isinstance(labels.data, np.ndarray):
            self.ended.emit()
            self.said.emit(
                tr(
                    "{name} is not one array in memory: duplicate it as a plain Labels layer "
                    "first.",
                    name=labels.name,
                )
            )
            return
        self.watch(labels)

    def end(self) -> None:
        """Draw nothing any more, take the surface away, and go back to 2-D."""
        layer, self._layer = self._layer, None
        has_turned, self._has_turned = self._has_turned, False
        self.watch(None)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)
        if has_turned:
            self._viewer.dims.ndisplay = 2

    def measure(self) -> None:
        """Draw the surface as the mask is now; of several orders only the last one counts."""
        self._later.cancel()
        self._job.cancel()
        if (labels := self.labels) is not None:
            stack = labels.ndim > 2
            mask = labels.data[volume_in_view(self._viewer, labels)] if stack else labels.data
            self._job.start(partial(_meshed, mask))

    def _on_changed(self, event: object = None) -> None:
        """In 2-D no surface is seen, and each plane that is turned to is told of as a change."""
        if self._viewer.dims.ndisplay == 3:
            super()._on_changed(event)

    def _on_failed(self, error: Exception) -> None:
        """Say why there is nothing to draw; what is worse than that is told as everywhere."""
        if not isinstance(error, MaskError):
            super()._on_failed(error)
        self.end()
        self.ended.emit()
        if isinstance(error, MaskError):
            self.said.emit(str(error))

    def _on_mesh(self, mesh: Mesh) -> None:
        labels = self.labels
        if labels is None:
            return
        vertices = _in_world(self._viewer, labels, mesh)
        if self._layer is None:
            self._layer = _surface(labels, vertices, mesh)
            active = self._viewer.layers.selection.active
            self._viewer.layers.insert(self._viewer.layers.index(labels), self._layer)
            self._viewer.layers.selection.active = active
            self._has_turned = self._viewer.dims.ndisplay != 3
            self._viewer.dims.ndisplay = 3
        else:
            self._layer.data = (vertices, mesh.faces)
            self._layer.units = labels.units[-3:]
        self.said.emit(words_of(labels, mesh))

    def _on_removed(self, event: object) -> None:
        gone = getattr(event, "value", None)
        if gone is not None and (gone is self._layer or gone is self.labels):
            self.end()
            self.ended.emit()


def _meshed(mask: np.ndarray, progress: Progress, cancelled: Cancelled) -> Mesh:
    from napari_multicancer.core.masks.surface import surface_of

    return surface_of(mask, progress=progress, cancelled=cancelled)


def _in_world(viewer: ViewerModel, labels: Labels, mesh: Mesh) -> np.ndarray:
    """Take a mesh from the mask's voxels to the world, which is in mm where that is known."""
    leading = volume_in_view(viewer, labels)
    before = np.broadcast_to(np.array(leading, float), (len(mesh.vertices), len(leading)))
    matrix = data_to_world(labels)
    places = np.hstack([before, mesh.vertices]) @ matrix[:-1, :-1].T + matrix[:-1, -1]
    return np.asarray(places[:, -3:], np.float32)


def _surface(labels: Labels, vertices: np.ndarray, mesh: Mesh) -> Surface:
    color = np.asarray(labels.get_color(LESION))
    return Surface(
        (vertices, mesh.faces),
        name=f"{labels.name}, surface",
        colormap=Colormap(np.array([color, color]), name="lesion"),
        shading="smooth",
        opacity=OPACITY,
        units=labels.units[-3:],
        axis_labels=labels.axis_labels[-3:],
        metadata=NO_SCAN_METADATA,
    )


def words_of(labels: Labels, mesh: Mesh) -> str:
    """Say how large the lesion is, how coarsely it is drawn, and what is not known of it."""
    from napari_multicancer.core.masks.measurements import volume_of

    size = voxel_size(labels)
    amount, unit = volume_of(mesh.voxels, None if size is None else size[-3:])
    said = tr("Surface of {volume}", volume=volume(amount, unit))
    if mesh.step > 1:
        coarse = tr("drawn from every {step} voxels", step=mesh.step)
        said = f"{said}, {coarse}"
    return f"{said}: {_missing(labels)}." if unit == "px" else f"{said}."


def _missing(labels: Labels) -> str:
    """Say which size is not known, and how far apart the planes are drawn then."""
    depth, _, width = np.linalg.norm(data_to_world(labels)[:-1, :-1], axis=0)[-3:]
    apart = f"{depth / width:.3g}"
    drawn = tr_n(
        "planes are drawn {apart} pixel apart",
        "planes are drawn {apart} pixels apart",
        1 if apart == "1" else 2,
        apart=apart,
    )
    return f"{NO_SIZE if voxel_size(labels) is None else NO_DISTANCE}; {drawn}"
