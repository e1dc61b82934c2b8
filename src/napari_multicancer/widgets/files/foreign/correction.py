"""Puts our reading of a file in the place of another reader's layer."""

from __future__ import annotations

from collections.abc import Sequence

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_multicancer.widgets.common.layers import (
    METADATA_KEY,
    bare,
    finest_level,
    geometry,
    known_of,
)
from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.common.record import masks_for, record_of
from napari_multicancer.widgets.files.open_scans import made_layer
from napari_multicancer.widgets.files.readers import LayerData

_PLACE = ("scale", "units", "axis_labels")
_KEPT = ("visible", "opacity", "blending")


def complete(image: Image, data: LayerData) -> None:
    """Keep with a layer what our reader knows of its file; pixels and place stay."""
    ours = data[1]["metadata"][METADATA_KEY]
    image.metadata = {**image.metadata, METADATA_KEY: {**ours, **known_of(image)}}


def put_in_place(viewer: ViewerModel, image: Image, data: LayerData) -> list[Labels]:
    """Give a layer the voxel size and the axes that its file names; masks on it follow.

    Returns
    -------
    list of Labels
        The masks.
    """
    masks = masks_on(viewer, image)
    keywords = data[1]
    n_more = image.ndim - len(keywords["axis_labels"])
    complete(image, data)
    if n_more == 0:
        image.axis_labels = keywords["axis_labels"]
    if "scale" in keywords:
        image.scale = (1.0,) * n_more + tuple(keywords["scale"])
        units = keywords.get("units", image.units[n_more:])
        image.units = (units[0],) * n_more + tuple(units)
    for labels in masks:
        follow(labels, image)
    return masks


def replace(viewer: ViewerModel, image: Layer, read: Sequence[LayerData]) -> list[Labels]:
    """Put layers in the place of one: there in the list, its name, shown and selected as it was.

    A mask that was made on it stays. Where it has the new pixels' shape it counts as made for
    the new layer, and is never replaced unasked.

    Returns
    -------
    list of Labels
        The masks that were made on the earlier layer.
    """
    masks = masks_on(viewer, image) if isinstance(image, Image) else []
    layers = [made_layer(data) for data in read]
    index, name = viewer.layers.index(image), image.name
    is_selected = image in viewer.layers.selection
    is_active = viewer.layers.selection.active is image
    kept = _KEPT if isinstance(image, Image) else ("visible",)
    for layer in layers:
        for attribute in kept:
            setattr(layer, attribute, getattr(image, attribute))
    viewer.layers.remove(image)
    _hand_on(masks, layers)
    if len(layers) == 1:
        layers[0].name = name
    for offset, layer in enumerate(layers):
        viewer.layers.insert(index + offset, layer)
    if is_active:
        viewer.layers.selection.active = layers[-1]
    elif is_selected:
        viewer.layers.selection.update(layers)
    return masks


def masks_on(viewer: ViewerModel, image: Image) -> list[Labels]:
    """List the masks in a viewer that were made for an image, or lie on its voxels."""
    layers = [bare(layer) for layer in viewer.layers]
    made = masks_for(image)
    return [
        layer
        for layer in layers
        if isinstance(layer, Labels) and (layer in made or image_under(layer, layers) is image)
    ]


def _hand_on(masks: Sequence[Labels], layers: Sequence[Layer]) -> None:
    for labels in masks:
        for image in layers:
            if isinstance(image, Image) and _has_shape(labels, image):
                follow(labels, image)
                record_of(labels).adopt(image)
                break


def _has_shape(labels: Labels, image: Image) -> bool:
    return bool(labels.data.shape == finest_level(image).shape[: image.ndim])


def follow(labels: Labels, image: Image) -> None:
    """Lay a mask where its image lies now."""
    if _has_shape(labels, image):
        place = geometry(image)
        for name in _PLACE:
            setattr(labels, name, place[name])
