"""An explanation's maps as image layers that lie over their scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image
from napari.utils.colormaps import Colormap, ensure_colormap

from napari_multicancer.core.analysis.explanation import Explanation
from napari_multicancer.core.words import class_name
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import (
    NO_SCAN_METADATA,
    finest_level,
    geometry,
    reading_of,
    shape_to_read,
)

OPACITY = 0.7
COLORS = 256
TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class MapKind:
    """One of the maps: what it is called, where it stands in an `Explanation`, its colours.

    Attributes
    ----------
    field : str
    title : str
        On its button and in its layer's name.
    tip : str
    colormap : str
    low, high : str
        What the ends of its colors mean.
    largest : float, optional
        What is shown brightest; `Explanation.strongest` unless given.
    """

    field: str
    title: str
    tip: str
    colormap: str
    low: str
    high: str
    largest: float | None = None


KINDS = (
    MapKind(
        "activation",
        tr("What speaks for it"),
        tr("Where the model saw what made it choose the class (class activation map)"),
        "inferno",
        tr("nothing"),
        tr("most"),
    ),
    MapKind(
        "probability",
        tr("Lesion probability"),
        tr("How probable it is that a pixel belongs to the lesion"),
        "magma",
        "0 %",
        "100 %",
        1.0,
    ),
    MapKind(
        "uncertainty",
        tr("Uncertain outline"),
        tr("Where the model is undecided when it sees the scan mirrored and smaller too"),
        "magma",
        tr("certain"),
        tr("undecided"),
        1.0,
    ),
)


def add_map(viewer: ViewerModel, image: Image, explanation: Explanation, kind: MapKind) -> Image:
    """Show one map over its scan, clear where it is low, below the masks that lie on the scan.

    Parameters
    ----------
    viewer : ViewerModel
    image : Image
        A layer of the viewer.
    explanation : Explanation
        Of this layer.
    kind : MapKind

    Returns
    -------
    Image
        The active layer stays the one it was.
    """
    data = _over(getattr(explanation, kind.field), image)
    layer = Image(
        data,
        name=_name(image, explanation, kind),
        colormap=fading(kind.colormap),
        contrast_limits=(0.0, kind.largest or max(explanation.strongest, TINY)),
        opacity=OPACITY,
        blending="translucent",
        metadata=NO_SCAN_METADATA,
        **geometry(image),
    )
    active = viewer.layers.selection.active
    viewer.layers.insert(viewer.layers.index(image) + 1, layer)
    viewer.layers.selection.active = active
    return layer


def _name(image: Image, explanation: Explanation, kind: MapKind) -> str:
    if kind.field == "activation":
        return tr(
            "{name}: what speaks for {answer}",
            name=image.name,
            answer=class_name(explanation.label).lower(),
        )
    return f"{image.name}: {kind.title.lower()}"


def _over(values: Any, image: Image) -> Any:
    """Spread a map of the volume that was chosen over the whole layer, as its pixels lie."""
    shape = shape_to_read(image)[: -1 if image.rgb else None]
    if values.shape != shape:
        values = reading_of(image).spread(values, shape)
    return values.reshape(finest_level(image).shape[: image.ndim])


def fading(name: str) -> Colormap:
    """Take a colormap of napari's, and let its low end fade out to nothing."""
    colors = np.array(ensure_colormap(name).map(np.linspace(0, 1, COLORS)))
    colors[:, 3] = np.sqrt(np.linspace(0, 1, COLORS))
    return Colormap(colors, name=f"{name}, fading")
