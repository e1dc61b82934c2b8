"""The writers of masks: the panel's button and napari's own menu come here."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels, Layer

from napari_multicancer.core.scan.place import UNPLACED, Frame, Place, mm_per_unit
from napari_multicancer.core.scan.scan import ORIGIN
from napari_multicancer.io.formats import mask_format_of, mask_formats
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.row import Format
from napari_multicancer.io.save import save_mask
from napari_multicancer.widgets.common.layers import PLACE, data_to_world, known_of
from napari_multicancer.widgets.common.lesions import image_under, layers_now, told_of
from napari_multicancer.widgets.common.record import record_of

TIME_LABELS = ("t", "time")


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer that napari hands over; the npe2 writer of the usual format.

    Parameters
    ----------
    path : str
        Its end names the format; where it does not, it gets that of the usual one.
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
    labels = _layer_with(data) or Layer.create(data, dict(attributes), "labels")
    return [str(save_labels(Path(path), labels))]


def __getattr__(name: str) -> Any:
    """Give the npe2 writer of a format, such as ``write_dicom_seg`` of "dicom-seg".

    It writes as `write_labels` does; a path whose end names no format gets its own.
    """
    for row in mask_formats():
        if name == f"write_{row.name.replace('-', '_')}":
            return partial(_write_as, row)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _write_as(row: Format, path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    named = path if mask_format_of(path) else path + row.suffixes[0]
    return write_labels(named, data, attributes)


def save_labels(path: Path, labels: Labels) -> Path:
    """Write a Labels layer with its voxel size, place and provenance, as the path's end says.

    It lies on the scan that it belongs to (`image_under`), as our reader has opened that; else
    where the layer lies in napari.

    Raises
    ------
    OutputError
        The file cannot be written. Nothing that was there is lost.
    """
    pixels = np.asarray(labels.data[0] if labels.multiscale else labels.data)
    written = save_mask(path, pixels, ground_of(labels), told_of(labels))
    record_of(labels).note_exported(pixels)
    return written


def ground_of(labels: Labels) -> Ground:
    """Find what labels lie on: the scan under them, where our reader has opened it."""
    kept = _kept_under(labels)
    own, place = _place(labels), kept.get(PLACE, UNPLACED)
    if place.frame is Frame.PATIENT and own.pixel_size is not None:
        n_axes = sum(axis in "zyx" for axis in _axes(labels))
        size = own.lengths[-n_axes:]
        is_as_read = np.allclose(size, place.lengths[-n_axes:], rtol=1e-3)
        own = place if is_as_read else place.resized(size)
    return Ground(own, _axes(labels), kept.get(ORIGIN))


def _kept_under(labels: Labels) -> dict[str, Any]:
    """Find what our own reader kept of the scan under labels; empty for other readers' scans.

    Only ours lays scans out as the writers in `io` expect.
    """
    image = image_under(labels)
    return {} if image is None else known_of(image)


def _layer_with(data: Any) -> Labels | None:
    """Find the layer that napari took the data from, as it tells pixels and keywords only."""
    return next((x for x in layers_now() if isinstance(x, Labels) and x.data is data), None)


def _axes(labels: Labels) -> str:
    if labels.ndim == 3 and str(labels.axis_labels[0]).lower() in TIME_LABELS:
        return "tyx"
    return "tzyx"[-labels.ndim :]


def _place(labels: Labels) -> Place:
    """Give the place where a layer lies in napari, in mm where its units say so."""
    matrix = data_to_world(labels)
    in_mm = [mm_per_unit(str(unit)) for unit in labels.units]
    if None in in_mm[-2:]:
        return Place.of_axes(matrix, _axes(labels), "pixel")
    return Place.of_axes(np.diag([*(value or 1.0 for value in in_mm), 1.0]) @ matrix, _axes(labels))
