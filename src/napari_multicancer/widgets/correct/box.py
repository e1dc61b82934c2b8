"""The rectangle that says where the network is to look: drawn now, or in a Shapes layer."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Shapes
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.correct.drawing import BOX_COLOR, Drawing
from napari_multicancer.widgets.correct.gestures import Gestures, World

DRAW_A_BOX = tr("Draw a box around the lesion: press, drag and release; Escape leaves.")


def find_box(viewer: ViewerModel, labels: Labels, plane: int | None) -> NDArray[np.float64] | None:
    """Find the rectangle that is meant, as corners in the pixels of a Labels layer.

    That is the selected one of the active or else the topmost visible Shapes layer
    that has a rectangle; of several, the newest.

    Parameters
    ----------
    viewer : ViewerModel
    labels : Labels
    plane : int or None
        The plane to be outlined; None where it does not matter on which one the box lies.

    Returns
    -------
    ndarray, shape (4, 2), or None
        Row and column; None where no rectangle is drawn anywhere.

    Raises
    ------
    MaskError
        The box lies on another plane.
    """
    for shapes in _shapes_layers(viewer):
        rectangles = [i for i, kind in enumerate(shapes.shape_type) if kind == "rectangle"]
        selected = [index for index in rectangles if index in shapes.selected_data]
        if rectangles:
            return _corners(shapes, (selected or rectangles)[-1], labels, plane)
    return None


def _shapes_layers(viewer: ViewerModel) -> list[Shapes]:
    active = viewer.layers.selection.active
    visible = [x for x in reversed(viewer.layers) if isinstance(x, Shapes) and x.visible]
    return sorted(visible, key=lambda layer: layer is not active)


def _corners(shapes: Shapes, index: int, labels: Labels, plane: int | None) -> NDArray[np.float64]:
    world = np.array([shapes.data_to_world(corner) for corner in shapes.data[index]])
    missing = labels.ndim - world.shape[1]
    if missing > 0:
        world = np.pad(world, ((0, 0), (missing, 0)))
    corners = np.array([labels.world_to_data(point[-labels.ndim :]) for point in world])
    if plane is not None and missing <= 0 and labels.ndim > 2:
        _check_plane(corners[:, -3], plane)
    return corners[:, -2:]


def _check_plane(places: NDArray[np.float64], plane: int) -> None:
    planes = {int(place) for place in np.floor(places + 0.5)}
    if planes != {plane}:
        if len(planes) == 1:
            said = tr(
                "The box lies on plane {other} and you see plane {plane}: go there, or draw a box "
                "here.",
                other=planes.pop(),
                plane=plane,
            )
        else:
            said = tr(
                "The box lies across several planes and you see plane {plane}: go there, or draw a "
                "box here.",
                plane=plane,
            )
        raise MaskError(said)


class BoxGesture(QObject):
    """Lets the user draw one rectangle over a layer; on release it is done.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    boxed : Signal(object, object)
        The `Labels`, and two opposite corners in its pixels, shape (2, 2).
    ended : Signal()
        It is over, with or without a box.
    missed : Signal(str)
        What to say of a press that was not dragged.
    """

    boxed = Signal(object, object)
    ended = Signal()
    missed = Signal(str)

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._drawing = Drawing(viewer)
        self._gestures = Gestures(viewer, self)
        self._gestures.moved.connect(self._on_moved)
        self._gestures.drawn.connect(self._on_drawn)
        self._gestures.ended.connect(self._on_ended)

    def start(self, labels: Labels) -> None:
        """Wait for a rectangle."""
        self._gestures.start(labels, DRAW_A_BOX)

    def leave(self) -> None:
        """Wait no longer."""
        self._gestures.leave()

    def _on_moved(self, points: list[World]) -> None:
        self._drawing.show_trail(self._rectangle(points), BOX_COLOR)

    def _rectangle(self, points: list[World]) -> list[World]:
        if not points:
            return []
        row, column = list(self._viewer.dims.displayed)[-2:]
        corners = []
        for down, right in ((0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0)):
            corner = list(points[0])
            corner[row], corner[column] = points[down][row], points[right][column]
            corners.append(tuple(corner))
        return corners

    def _on_drawn(self, points: list[World], held: object) -> None:
        labels = self._gestures.labels
        if labels is None:
            return
        if len(points) < 2:
            self.missed.emit(DRAW_A_BOX)
            return
        ends = (points[0], points[-1])
        corners = np.array([labels.world_to_data(end[-labels.ndim :])[-2:] for end in ends])
        self.leave()
        labels.mode = "paint"
        self.boxed.emit(labels, corners)

    def _on_ended(self) -> None:
        self._drawing.clear()
        self.ended.emit()
