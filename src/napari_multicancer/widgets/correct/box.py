"""The rectangle of a Shapes layer that says where the network is to look."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Shapes
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.widgets.common.layers import geometry

BOX_NAME = "Box"
EDGE_COLOR = "#ffd166"


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
        where = f"on plane {planes.pop()}" if len(planes) == 1 else "across several planes"
        raise MaskError(
            f"The box lies {where} and you see plane {plane}: go there, or draw a box here."
        )


def start_box(viewer: ViewerModel, labels: Labels) -> Shapes:
    """Make a Shapes layer over a mask, ready for a rectangle to be drawn."""
    shapes = Shapes(
        ndim=labels.ndim,
        name=BOX_NAME,
        edge_color=EDGE_COLOR,
        face_color="transparent",
        edge_width=_edge_width(labels),
        **geometry(labels),
    )
    viewer.add_layer(shapes)
    viewer.layers.selection.active = shapes
    shapes.mode = "add_rectangle"
    return shapes


def _edge_width(labels: Labels) -> float:
    """Choose a line of about a 200th of the plane, in its pixels."""
    return max(1.0, float(min(labels.data.shape[-2:])) / 200)
