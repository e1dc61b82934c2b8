"""The one bridge between napari's image layers and scans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pint
from napari.layers import Image, Layer
from numpy.typing import NDArray

from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.core.scan.place import UNPLACED, Place
from napari_multicancer.core.scan.scan import Scan

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

METADATA_KEY = "napari_multicancer"
READING = "reading"
VIEW = "view"
PLACE = "place"
NOTES = "notes"
SIZE_BY_HAND = "pixel_size_by_hand"
_NO_SCAN = "no scan"
"""Marks, in an image layer's metadata, what was computed from a scan and lies over it."""
NO_SCAN_METADATA = {METADATA_KEY: {_NO_SCAN: True}}
_TIME_LABELS = ("t", "time")
_FIRST_OF_THREE = {**dict.fromkeys(_TIME_LABELS, "t"), "?": "c"}
"""What labels of a first axis before the plane mean; our readers call channels "?"."""


def bare(thing: Any) -> Any:
    """Take off the proxy in which napari hands its viewer to plugins.

    Layers that come through the proxy are wrapped anew each time, so that
    ``is`` and weak references fail on them.
    """
    return getattr(thing, "__wrapped__", thing)


def scan_from_layer(layer: Image) -> Scan:
    """Take the scan out of an image layer; of a multiscale one, the finest level.

    Leading axes of length 1 are dropped; a mask gets them back by its layer's shape.
    Of several volumes, only the one that the user has chosen is taken.

    Raises
    ------
    UnsupportedScanError
        Its dimensions make no scan.
    """
    return reading_of(layer).apply(whole_scan(layer))


def is_scan(layer: Layer) -> bool:
    """Say whether a layer is an image that can be analysed."""
    return isinstance(layer, Image) and not known_of(layer).get(_NO_SCAN)


def known_of(image: Layer) -> dict[str, Any]:
    """Give what our readers kept of a scan in its layer's metadata; empty for other layers."""
    known = image.metadata.get(METADATA_KEY)
    return known if isinstance(known, dict) else {}


def whole_scan(layer: Image) -> Scan:
    """Take all that an image layer holds, be it one scan or several volumes."""
    reading = reading_of(layer)
    data = finest_level(layer)
    while data.ndim > len(reading.axes):
        data = data[0]
    size = voxel_size(layer)
    if size is not None:
        in_order = reading.axes[:-1] if layer.rgb else reading.axes
        size = size[-len(in_order) :]
        size = tuple(s for s, axis in zip(size, in_order, strict=True) if axis != "c")
    return Scan(
        pixels=data,
        axes=reading.axes,
        voxel_size=size,
        name=layer.name,
        source=source_of(layer),
        view=known_of(layer).get(VIEW),
        place=UNPLACED if size is not None else UNPLACED.stretched(_aspect(layer)),
        notes=tuple(known_of(layer).get(NOTES, ())),
        pixel_size_by_hand=has_size_by_hand(layer),
    )


def has_size_by_hand(image: Image) -> bool:
    """Say whether an image's pixels have a size that the user gave them, as their file names none.

    Wherever that was: in the panel, or among napari's own attributes of the layer.
    """
    place = known_of(image).get(PLACE)
    is_unknown = isinstance(place, Place) and place.pixel_size is None
    return (is_unknown or bool(known_of(image).get(SIZE_BY_HAND))) and voxel_size(image) is not None


def shape_to_read(layer: Image) -> tuple[int, ...]:
    """Find the shape of a layer's pixels without leading axes of length 1."""
    shape = tuple(finest_level(layer).shape)
    while len(shape) - bool(layer.rgb) > 2 and shape[0] == 1:
        shape = shape[1:]
    return shape


def reading_of(layer: Image) -> Reading:
    """Find what a layer's axes mean: as the user said, else by the rule in `core.scan`."""
    shape = shape_to_read(layer)
    said = known_of(layer).get(READING)
    if isinstance(said, Reading) and said.fits(shape):
        return said
    ndim = len(shape) - bool(layer.rgb)
    spatial = "tzyx"[-ndim:].rjust(ndim, "?")
    if ndim == 3 and layer.ndim == 3:
        spatial = _FIRST_OF_THREE.get(str(layer.axis_labels[0]).lower(), "z") + "yx"
    return Reading(spatial + "c" * bool(layer.rgb))


def set_reading(layer: Image, reading: Reading | None) -> None:
    """Keep with a layer what the user says its axes mean; None goes back to the rule."""
    kept = {k: v for k, v in known_of(layer).items() if k != READING}
    if reading is not None:
        kept[READING] = reading
    layer.metadata = {**layer.metadata, METADATA_KEY: kept}


def spatial_shape(layer: Image) -> tuple[int, ...]:
    """Find the shape of a mask of all that an image layer holds; see `shape_to_read`."""
    return shape_to_read(layer)[: -1 if layer.rgb else None]


def lay_over(analysis: Analysis, reading: Reading, shape: tuple[int, ...]) -> Analysis:
    """Lay the mask of the volume that was chosen over all of its image layer.

    Nothing changes where the layer holds one scan only.

    Parameters
    ----------
    analysis : Analysis
    reading : Reading
        How the layer was read.
    shape : tuple of int
        See `spatial_shape`.
    """
    mask, probability = analysis.mask, analysis.probability
    if mask is None or mask.shape == shape:
        return analysis
    lesion = analysis.lesion
    if lesion is not None and reading.volume is not None:
        n_planes = int(np.prod(mask.shape[:-2], dtype=int))
        lesion = replace(lesion, plane=lesion.plane + reading.volume * n_planes)
    return replace(
        analysis,
        mask=reading.spread(mask, shape),
        probability=None if probability is None else reading.spread(probability, shape),
        lesion=lesion,
    )


def source_of(layer: Layer) -> str | None:
    """Find what a layer came from: what our readers say, one series of a folder, or its file."""
    source = known_of(layer).get("source") or layer.source.path
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


def _aspect(layer: Image) -> float:
    """Find how many times as high as wide a pixel is shown."""
    height, width = np.abs(layer.scale[-2:])
    return float(height / width)


def volume_on(labels: Layer, image: Image, voxels: int) -> tuple[float, str] | None:
    """Give the volume of so many voxels of labels that lie on a volume.

    Returns
    -------
    (float, str) or None
        With the unit, "ml" or "px" for voxels; None where the image is no volume,
        or the labels lie on several.
    """
    from napari_multicancer.core.masks.measurements import volume_of

    whole = whole_scan(image)
    if not whole.is_volume or max(labels.data.shape[:-3], default=1) > 1:
        return None
    size = voxel_size(labels)
    return volume_of(voxels, None if size is None else size[-3:])


def lies_in_time(labels: Layer, image: Image | None) -> bool:
    """Say whether a mask's planes are a film's: by the image it lies on, else by its axes."""
    if image is not None:
        return whole_scan(image).is_film
    names = [str(name).lower() for name in labels.axis_labels[:-2]]
    return any(name in _TIME_LABELS for name in names)


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


def data_to_world(layer: Layer) -> NDArray[np.float64]:
    """Put all of a layer's transforms into one matrix, shape (n_axes + 1, n_axes + 1)."""
    matrix = np.eye(layer.ndim + 1)
    matrix[:-1, -1] = layer.data_to_world(np.zeros(layer.ndim))
    for axis, step in enumerate(np.eye(layer.ndim)):
        matrix[:-1, axis] = np.array(layer.data_to_world(step)) - matrix[:-1, -1]
    return matrix


def layer_data(scan: Scan) -> tuple[Any, dict[str, Any], str]:
    """Turn a scan into what napari makes an image layer of.

    Returns
    -------
    tuple
        Pixels, keywords and "image". Where the scan has a voxel size, the scale
        is in mm; else in pixels, in the proportions that these have.
    """
    keywords: dict[str, Any] = {
        "name": scan.name,
        "rgb": scan.axes.endswith("c"),
        "axis_labels": tuple(scan.spatial_axes),
        "metadata": {
            METADATA_KEY: {
                "source": scan.source,
                VIEW: scan.view,
                PLACE: scan.place,
                NOTES: scan.notes,
                SIZE_BY_HAND: scan.pixel_size_by_hand,
                **scan.metadata,
            }
        },
    }
    if scan.voxel_size is not None:
        is_known = np.isfinite(scan.voxel_size)
        keywords["scale"] = tuple(np.where(is_known, scan.voxel_size, 1.0).tolist())
        keywords["units"] = tuple("mm" if known else "pixel" for known in is_known)
    elif scan.pixel_aspect != 1:
        keywords["scale"] = (*(1.0,) * (len(scan.spatial_axes) - 2), scan.pixel_aspect, 1.0)
    return scan.pixels, keywords, "image"
