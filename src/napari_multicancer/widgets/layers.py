"""The one bridge between napari's image layers and scans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pint
from napari.layers import Image, Layer

from napari_multicancer.core.scan import Scan

METADATA_KEY = "napari_multicancer"
_TIME_LABELS = ("t", "time")


def bare(thing: Any) -> Any:
    """Take off the proxy in which napari hands its viewer to plugins.

    Layers that come through the proxy are wrapped anew each time, so that
    ``is`` and weak references fail on them.
    """
    return getattr(thing, "__wrapped__", thing)


def scan_from_layer(layer: Image) -> Scan:
    """Take the scan out of an image layer; of a multiscale one, the finest level.

    Leading axes of length 1 are dropped; a mask gets them back by its layer's shape.

    Raises
    ------
    UnsupportedScanError
        Its dimensions make no scan.
    """
    data = finest_level(layer)
    spatial = "tzyx"[-layer.ndim :].rjust(layer.ndim, "?")
    if layer.ndim == 3 and str(layer.axis_labels[0]).lower() in _TIME_LABELS:
        spatial = "tyx"
    size = voxel_size(layer)
    while len(spatial) > 2 and data.shape[0] == 1:
        data, spatial = data[0], spatial[1:]
    return Scan(
        pixels=data,
        axes=spatial + "c" * bool(layer.rgb),
        voxel_size=None if size is None else size[-len(spatial) :],
        name=layer.name,
        source=source_of(layer),
    )


def source_of(layer: Layer) -> str | None:
    """Find what a layer came from: what our readers say, one series of a folder, or its file."""
    source = layer.metadata.get(METADATA_KEY, {}).get("source") or layer.source.path
    return None if source is None else str(source)


def finest_level(layer: Image) -> Any:
    """Find a layer's pixels: all of them, where it is multiscale."""
    return layer.data[0] if layer.multiscale else layer.data


def voxel_size(layer: Layer) -> tuple[float, ...] | None:
    """Find how large a voxel is in the world, in mm.

    All of the layer's transforms count. An axis that is no length (time, say)
    has the size nan.

    Returns
    -------
    tuple of float or None
        One value an axis; None where the last two axes have no physical unit.
    """
    in_mm = [_mm_per_unit(unit) for unit in layer.units]
    if None in in_mm[-2:]:
        return None
    per_axis = np.array([np.nan if value is None else value for value in in_mm])
    origin = np.array(layer.data_to_world(np.zeros(layer.ndim)))
    steps = [np.array(layer.data_to_world(step)) - origin for step in np.eye(layer.ndim)]
    return tuple(float(np.linalg.norm(np.where(step == 0, 0.0, step * per_axis))) for step in steps)


def _mm_per_unit(unit: pint.Unit) -> float | None:
    if not unit.is_compatible_with("mm"):
        return None
    return float((1 * unit).to("mm").magnitude)


def geometry(layer: Layer) -> dict[str, Any]:
    """Take the keywords that lay another layer exactly over this one."""
    return {
        "scale": layer.scale,
        "translate": layer.translate,
        "rotate": layer.rotate,
        "shear": layer.shear,
        "affine": layer.affine.affine_matrix,
        "units": layer.units,
        "axis_labels": layer.axis_labels,
    }


def layer_data(scan: Scan) -> tuple[Any, dict[str, Any], str]:
    """Turn a scan into what napari makes an image layer of.

    Returns
    -------
    tuple
        Pixels, keywords and "image". Where the scan has a voxel size, the scale
        is in mm; else napari's default, one pixel.
    """
    keywords: dict[str, Any] = {
        "name": scan.name,
        "rgb": scan.axes.endswith("c"),
        "axis_labels": tuple(scan.spatial_axes),
        "metadata": {METADATA_KEY: {"source": scan.source}},
    }
    if scan.voxel_size is not None:
        keywords["scale"] = scan.voxel_size
        keywords["units"] = ("mm",) * len(scan.voxel_size)
    return scan.pixels, keywords, "image"
