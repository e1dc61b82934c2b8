"""The label TIFF writer: the panel's button and napari's own menu come here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels, Layer

from napari_multicancer.widgets.layers import METADATA_KEY, geometry, voxel_size
from napari_multicancer.widgets.lesions import is_edited

SUFFIXES = (".tif", ".tiff")


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer that napari hands over; the npe2 writer.

    Parameters
    ----------
    path : str
        Ends in .tif or .tiff, or gets .tif.
    data : array of integer
        Axes in the layer's order: (row, column), or with planes before.
    attributes : dict
        The layer's own, as in a layer data tuple.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    OutputError
        The file cannot be written. Nothing that was there is lost.
    """
    layer = Layer.create(data, dict(attributes), "labels")
    return [str(save_labels(Path(path), layer))]


def save_labels(path: Path, labels: Labels) -> Path:
    """Write a Labels layer as a TIFF with its voxel size, place and provenance.

    Raises
    ------
    OutputError
        The file cannot be written. Nothing that was there is lost.
    """
    from napari_multicancer.io.label_tiff import write_label_tiff

    if path.suffix.lower() not in SUFFIXES:
        path = path.with_name(path.name + SUFFIXES[0])
    spacing, unit = _spacing(labels)
    return write_label_tiff(
        path,
        np.asarray(labels.data[0] if labels.multiscale else labels.data),
        spacing=spacing,
        unit=unit,
        provenance=_provenance(labels),
    )


def _spacing(labels: Labels) -> tuple[tuple[float, ...] | None, str]:
    """Give the voxel size in mm, else the bare scale; (None, "pixel") where there is neither."""
    size = voxel_size(labels)
    if size is not None:
        scale = tuple(map(float, labels.scale))
        return tuple(s if np.isnan(v) else v for v, s in zip(size, scale, strict=True)), "mm"
    if np.allclose(labels.scale, 1):
        return None, "pixel"
    return tuple(map(float, labels.scale)), "pixel"


def _provenance(labels: Labels) -> dict[str, Any]:
    from napari_multicancer.io.provenance import provenance

    kept = labels.metadata.get(METADATA_KEY, {})
    record = dict(kept.get("provenance") or provenance(labels.name, edited=True))
    if is_edited(labels):
        record["edited_by_hand"] = True
    return {**record, "geometry": plain_geometry(labels)}


def plain_geometry(layer: Layer) -> dict[str, Any]:
    """Put a layer's geometry in words that JSON knows."""
    keywords = geometry(layer)
    lists = {
        name: np.asarray(keywords[name]).tolist()
        for name in ("scale", "translate", "rotate", "shear", "affine")
    }
    return {
        **lists,
        "units": [str(unit) for unit in keywords["units"]],
        "axis_labels": [str(label) for label in keywords["axis_labels"]],
    }
