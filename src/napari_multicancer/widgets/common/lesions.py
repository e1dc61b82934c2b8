"""Lesions as Labels layers: made, told apart from what the user painted, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils.colormaps import CyclicLabelColormap, label_colormap
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.common.comparison_first import keep_first
from napari_multicancer.widgets.common.layers import (
    METADATA_KEY,
    finest_level,
    geometry,
    voxel_size,
)
from napari_multicancer.widgets.common.probability_store import keep_probability
from napari_multicancer.widgets.common.settings import lesion_color, lesion_opacity

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.masks.measurements import LesionSize

LESION = 1
SMALLEST_BRUSH, LARGEST_BRUSH = 2, 40


@dataclass(eq=False)
class _Made:
    """What a Labels layer was like when it was handed to the user."""

    image: ref[Image]
    name: str
    digest: str
    painted: bool = False

    def on_painted(self, event: object = None) -> None:
        self.painted = True


_made: WeakKeyDictionary[Labels, _Made] = WeakKeyDictionary()


def keepsake(scan: Scan, analysis: Analysis) -> dict[str, Any]:
    """Put together what a result's layer keeps for being saved and told from what is painted.

    Returns
    -------
    dict
        "provenance", see there, and "digest" of the mask.
    """
    from napari_multicancer.io.provenance import provenance

    mask = analysis.mask
    return {
        "provenance": provenance(scan, analysis),
        "digest": None if mask is None else digest(mask),
    }


def add_lesion(
    viewer: ViewerModel, image: Image, analysis: Analysis, kept: dict[str, Any]
) -> Labels:
    """Show an analysis' mask as a Labels layer over its image, ready to be corrected.

    An earlier result for the same image is brought up to date, unless the user
    has painted on it, renamed it or put other data in: then a new layer is made.

    Parameters
    ----------
    viewer : ViewerModel
    image : Image
        A layer of the viewer.
    analysis : Analysis
        With a mask.
    kept : dict
        From `keepsake`; goes into the layer's metadata.

    Returns
    -------
    Labels
        Active, with the brush chosen.
    """
    if analysis.mask is None:
        raise ValueError("the analysis has no mask")
    mask = analysis.mask.reshape(finest_level(image).shape[: image.ndim])
    labels = _untouched_lesion(viewer, image)
    if labels is None:
        labels = _new_layer(image, mask)
        viewer.add_layer(labels)
    else:
        labels.data = mask
        for name, value in geometry(image).items():
            setattr(labels, name, value)
    labels.metadata = {**labels.metadata, METADATA_KEY: kept}
    keep_first(labels, mask)
    if analysis.probability is not None:
        keep_probability(labels, analysis.probability)
    made = _Made(ref(image), labels.name, kept["digest"])
    labels.events.paint.connect(made.on_painted)
    _made[labels] = made
    _make_ready(viewer, labels, analysis)
    return labels


def _new_layer(image: Image, mask: NDArray[np.uint8]) -> Labels:
    return Labels(
        mask,
        name=f"{image.name} lesion",
        opacity=lesion_opacity(),
        colormap=lesion_colormap(),
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


def lesion_colormap() -> CyclicLabelColormap:
    """Give napari's label colours with one for label 1 that stands out on grey."""
    colormap = label_colormap(49)
    colors = np.array(colormap.colors)
    colors[LESION] = lesion_color()
    return CyclicLabelColormap(colors=colors, background_value=0)


def adopt(labels: Labels, image: Image) -> None:
    """Count a layer that the user has corrected before among an image's results."""
    _made[labels] = _Made(ref(image), labels.name, "", painted=True)


def is_changed(labels: Labels) -> bool:
    """Say whether the user has made this result their own; true of layers not made here."""
    made = _made.get(labels)
    return (
        made is None
        or made.painted
        or made.name != labels.name
        or made.digest != digest(labels.data)
    )


def image_of(labels: Layer | None) -> Image | None:
    """Find the image whose result a layer is; None for any other layer."""
    made = _made.get(labels) if isinstance(labels, Labels) else None
    return None if made is None else made.image()


def lesions_of(viewer: ViewerModel, image: Image | None) -> list[Labels]:
    """List an image's results in the viewer, changed or not, the newest last."""
    if image is None:
        return []
    made_here = [labels for labels in _made if image_of(labels) is image]
    return [labels for labels in made_here if labels in viewer.layers]


def _untouched_lesion(viewer: ViewerModel, image: Image) -> Labels | None:
    untouched = [
        labels
        for labels in lesions_of(viewer, image)
        if labels.ndim == image.ndim and not is_changed(labels)
    ]
    return untouched[-1] if untouched else None


def measure(labels: Labels) -> LesionSize | None:
    """Measure what is painted now, in mm where the layer's units say so."""
    from napari_multicancer.core.masks.measurements import measure_lesion

    size = voxel_size(labels)
    return measure_lesion(labels.data, None if size is None else (size[-2], size[-1]))


def is_edited(labels: Labels) -> bool:
    """Say whether the pixels are other than those the models gave or the file held."""
    kept = labels.metadata.get(METADATA_KEY, {}).get("digest")
    return kept is None or kept != digest(labels.data)


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
    record = dict(provenance or {})
    place = record.pop("geometry", None)
    if place is None and spacing is not None and unit not in (None, "px", "pixel"):
        place = {"scale": spacing, "units": (unit,) * len(spacing)}
    kept = {"provenance": record, "digest": digest(labels)}
    keywords = {
        **(place or {}),
        "name": name,
        "opacity": lesion_opacity(),
        "colormap": lesion_colormap(),
        "metadata": {METADATA_KEY: kept},
    }
    return labels, keywords, "labels"
