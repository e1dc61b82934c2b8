"""Lesions as Labels layers: made, told apart from what the user painted, measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils.colormaps import CyclicLabelColormap, label_colormap
from numpy.typing import NDArray

from napari_multicancer.core.masks.record import MaskRecord, PackedMask
from napari_multicancer.core.models.organs import card_labeled
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.words import model_name
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.common.colors import BESIDE
from napari_multicancer.widgets.common.layers import (
    SIZE_BY_HAND,
    bare,
    data_to_world,
    finest_level,
    geometry,
    has_size_by_hand,
    is_scan,
)
from napari_multicancer.widgets.common.record import (
    LayerRecord,
    as_metadata,
    image_of,
    masks_for,
    record_of,
)
from napari_multicancer.widgets.common.settings import lesion_color, lesion_opacity

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

LESION = 1
SMALLEST_BRUSH, LARGEST_BRUSH = 2, 40


def record_for(scan: Scan, analysis: Analysis) -> MaskRecord:
    """Put together what is known of a mask that the models have just outlined."""
    from napari_multicancer.io.provenance import provenance

    made = None if analysis.mask is None else digest(analysis.mask)
    return MaskRecord.of(provenance(scan, analysis), made)


def add_lesion(
    viewer: ViewerModel,
    image: Image,
    analysis: Analysis,
    known: MaskRecord,
    first: PackedMask | None = None,
) -> Labels:
    """Show an analysis' mask as a Labels layer over its image, ready to be corrected.

    An earlier result of the same model for the same image is brought up to date, unless
    the user has painted on it, renamed it or put other data in: then a new layer is made.
    Where there are results of several models, each has its model in its name.

    Parameters
    ----------
    viewer : ViewerModel
    image : Image
        A layer of the viewer.
    analysis : Analysis
        With a mask.
    known : MaskRecord
        See `record_for`.
    first : PackedMask, optional
        The mask, where somebody has compressed it already.

    Returns
    -------
    Labels
        Active, with the brush chosen.
    """
    if analysis.mask is None:
        raise ValueError("the analysis has no mask")
    mask = analysis.mask.reshape(finest_level(image).shape[: image.ndim])
    labels = _untouched_lesion(viewer, image, known.model)
    if labels is None:
        others = _beside(viewer, image, known.model)
        labels = _new_layer(image, mask, _name_beside(others, image, known.model), len(others))
        viewer.add_layer(labels)
    else:
        labels.data = mask
        for name, value in geometry(image).items():
            setattr(labels, name, value)
    record = record_of(labels)
    record.hand_over(image, known, first)
    if analysis.probability is not None:
        record.keep_probability(analysis.probability)
    _make_ready(viewer, labels, analysis)
    return labels


def _beside(viewer: ViewerModel, image: Image, model: str | None) -> list[LayerRecord]:
    """List what is known of an image's masks but those that the same model gave."""
    known = map(record_of, lesions_of(viewer, image))
    return [record for record in known if record.mask.model != model]


def _name_beside(others: Sequence[LayerRecord], image: Image, model: str | None) -> str:
    """Name a new result; those that other models gave, and that have no such name, get theirs."""
    plain = f"{image.name} lesion"
    for record in others:
        if record.labels.name == plain and record.mask.model is not None:
            record.rename(f"{plain}, {_model_in_words(record.mask.model)}")
    return f"{plain}, {_model_in_words(model)}" if others and model is not None else plain


def _model_in_words(label: str) -> str:
    card = card_labeled(label)
    return label if card is None else model_name(card)


def _new_layer(image: Image, mask: NDArray[np.uint8], name: str, n_others: int) -> Labels:
    """Make a layer; beside those of other models it has another color than theirs."""
    return Labels(
        mask,
        name=name,
        opacity=lesion_opacity(),
        colormap=lesion_colormap(n_others),
        **geometry(image),
    )


def _make_ready(viewer: ViewerModel, labels: Labels, analysis: Analysis) -> None:
    """Choose the brush, and turn to the plane where the lesion is largest."""
    labels.visible = True
    viewer.layers.selection.active = labels
    labels.selected_label = LESION
    labels.brush_size = _brush_size(analysis, labels.data.shape)
    labels.mode = "paint"
    lesion = analysis.lesion
    if lesion is None or labels.ndim < 3:
        return
    corner = [*np.unravel_index(lesion.plane, labels.data.shape[:-2]), 0, 0]
    point = labels.data_to_world(corner)
    for axis in range(labels.ndim - 2):
        viewer.dims.set_point(viewer.dims.ndim - labels.ndim + axis, point[axis])


def _brush_size(analysis: Analysis, shape: tuple[int, ...]) -> int:
    """Choose about a fifth of the lesion's width, or a fortieth of the plane's."""
    largest = max((plane.lesion_pixels for plane in analysis.planes), default=0)
    size = 0.2 * largest**0.5 if largest else min(shape[-2:]) / 40
    return int(np.clip(round(size), SMALLEST_BRUSH, LARGEST_BRUSH))


def lesion_colormap(n_others: int = 0) -> CyclicLabelColormap:
    """Give napari's label colours with one for label 1 that stands out on grey.

    Parameters
    ----------
    n_others : int
        So many masks lie there, from which it is to differ.
    """
    colormap = label_colormap(49)
    colors = np.array(colormap.colors)
    colors[LESION] = (
        lesion_color() if n_others == 0 else BESIDE[(n_others - 1) % len(BESIDE)].getRgbF()
    )
    return CyclicLabelColormap(colors=colors, background_value=0)


def lesions_of(viewer: ViewerModel, image: Image | None) -> list[Labels]:
    """List an image's results in the viewer, changed or not, the newest last."""
    made = [] if image is None else masks_for(image)
    return [labels for labels in made if labels in viewer.layers]


def masks_on(viewer: ViewerModel, image: Image | None) -> list[Labels]:
    """List the masks in a viewer that lie on an image: others' first, topmost last, then results.

    Others' are those that were drawn or opened, as long as they have the image's voxels.
    """
    if image is None:
        return []
    drawn = [layer for layer in viewer.layers if isinstance(layer, Labels)]
    differences = [made() for one in drawn if (made := record_of(one).difference) is not None]
    others = [
        labels
        for labels in drawn
        if image_of(labels) is None
        and isinstance(labels.data, np.ndarray)
        and not any(labels is difference for difference in differences)
        and _is_on(labels, image)
    ]
    return [*others, *lesions_of(viewer, image)]


def selected_scans(viewer: ViewerModel) -> list[Image]:
    """List the scans that are selected in the layer list, bottom first, be it by their masks."""
    chosen = [
        layer if is_scan(layer) else image_of(layer)
        for layer in viewer.layers
        if layer in viewer.layers.selection
    ]
    scans = dict.fromkeys(image for image in chosen if isinstance(image, Image))
    return [image for image in scans if image in viewer.layers]


def image_under(labels: Labels, layers: Iterable[Layer] | None = None) -> Image | None:
    """Find the image on whose voxels labels lie.

    That is the image they were made for, else the next one below them in the
    viewer, else the next above, as long as it has their shape and place; None
    where there is none.

    Parameters
    ----------
    labels : Labels
    layers : iterable of Layer, optional
        Of the viewer, bottom first; those of the current viewer where not given.
    """
    layers = layers_now() if layers is None else list(layers)
    index = layers.index(labels) if labels in layers else len(layers)
    candidates = [image_of(labels), *reversed(layers[:index]), *layers[index:]]
    return next(
        (image for image in candidates if isinstance(image, Image) and _is_on(labels, image)), None
    )


def size_is_by_hand(labels: Labels, layers: Iterable[Layer] | None = None) -> bool:
    """Say whether the user gave the pixels under labels their size, now or when they were saved.

    Parameters
    ----------
    labels, layers
        As for `image_under`.
    """
    image = image_under(labels, layers)
    if image is not None:
        return has_size_by_hand(image)
    return bool((record_of(labels).mask.provenance or {}).get(SIZE_BY_HAND))


def told_of(labels: Labels) -> dict[str, Any]:
    """Give what a file is told of a mask, and of who named the size of its pixels."""
    return {**record_of(labels).told(), SIZE_BY_HAND: size_is_by_hand(labels)}


def layers_now() -> list[Layer]:
    """List the layers of the current viewer, bottom first."""
    viewer = napari.current_viewer()
    return [] if viewer is None else [bare(layer) for layer in viewer.layers]


def _is_on(labels: Labels, image: Image) -> bool:
    """Say whether two layers have the same voxels."""
    return (
        labels.data.shape == finest_level(image).shape[: image.ndim]
        and labels.units == image.units
        and np.allclose(data_to_world(labels), data_to_world(image))
    )


def _untouched_lesion(viewer: ViewerModel, image: Image, model: str | None) -> Labels | None:
    untouched = [
        labels
        for labels in lesions_of(viewer, image)
        if labels.ndim == image.ndim
        and record_of(labels).mask.model == model
        and not record_of(labels).is_changed
    ]
    return untouched[-1] if untouched else None


def mask_layer_data(
    name: str,
    labels: NDArray[np.generic],
    spacing: tuple[float, ...] | None,
    unit: str | None,
    provenance: dict[str, Any] | None,
) -> tuple[NDArray[np.generic], dict[str, Any], str]:
    """Turn a label TIFF into what napari makes a Labels layer of.

    A file saved from napari says where its layer lay; one from the terminal
    says its spacing only, which is where the scan lies that napari opens.

    Parameters
    ----------
    name : str
    labels, spacing, unit, provenance
        As `read_label_tiff` gives them.
    """
    told = dict(provenance or {})
    place = told.pop("geometry", None)
    if place is None and spacing is not None and unit not in (None, "px", "pixel"):
        is_known = np.isfinite(spacing)
        place = {
            "scale": tuple(np.where(is_known, spacing, 1.0).tolist()),
            "units": tuple(unit if known else "pixel" for known in is_known),
        }
    keywords = {
        **(place or {}),
        "name": name,
        "opacity": lesion_opacity(),
        "colormap": lesion_colormap(),
        "metadata": as_metadata(MaskRecord.of(told, digest(labels))),
    }
    return labels, keywords, "labels"
