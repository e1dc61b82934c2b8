"""Label images as TIFF, with their spacing and a record of where they come from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import TiffFile

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import Ground, SavedMask, labels_to_store
from napari_multicancer.io.tiff.geometry import pixel_pitch

_STACK_KEYS = (("frames", "finterval"), ("slices", "spacing"))
"""ImageJ's keys for the axes above row and column: how many, and how far apart."""
_NO_UNIT = "pixel"
_IMAGEJ_UNITS = {
    "millimeter": "mm",
    "micrometer": "um",
    "centimeter": "cm",
    "nanometer": "nm",
    "\N{MICRO SIGN}m": "um",
    "\N{GREEK SMALL LETTER MU}m": "um",
}


def write_label_tiff(
    path: str | Path,
    labels: NDArray[Any],
    *,
    spacing: tuple[float, ...] | None = None,
    unit: str = "mm",
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a label image that ImageJ, napari and any TIFF reader open with its spacing.

    tifffile's own ImageJ mode neither compresses nor leaves room in the
    description, so the file is an ordinary TIFF (zlib, minisblack, one page a
    plane) whose ImageDescription is put down here in ImageJ's syntax. Row and
    column spacing stand in the resolution tags, as ImageJ does it (pixels a
    unit, ResolutionUnit none, the unit in the description), the distance of
    planes in the line ``spacing=``. `provenance` follows in a line of its own,
    ``provenance={...}``, as ASCII JSON; ImageJ passes over it.

    Parameters
    ----------
    path : str or Path
        Replaced as a whole where it exists, and only when all is written.
    labels : ndarray of bool or integer, shape (row, column), (plane, row, column) or
        (time, plane, row, column)
        Values 0..65535; stored as uint8 where they fit, else as uint16.
    spacing : tuple of float, optional
        Size of a voxel in `unit`, one value an axis of `labels`; a mirrored
        axis's sign is left out. The distance of planes may be nan, where it is not known.
    unit : str
        Such as "mm", "micrometer" or "pixel".
    provenance : mapping, optional
        Ready for JSON, see `provenance.provenance`.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        The labels do not fit the format, or the file cannot be written; an
        existing file is as it was, and no part of a new one is left.
    """
    path = Path(path)
    pixels = labels_to_store(labels, path.name)
    if spacing is not None:
        spacing = _absolute(spacing, pixels.ndim, path.name)
    with replacing(path) as beside:
        tifffile.imwrite(
            beside,
            pixels,
            photometric="minisblack",
            compression="zlib",
            metadata=None,
            description=_imagej_description(pixels, spacing, unit, provenance),
            resolution=None if spacing is None else (1 / spacing[-1], 1 / spacing[-2]),
            resolutionunit="NONE",
        )
    return path


def read_label_tiff(
    path: str | Path,
) -> tuple[NDArray[Any], tuple[float, ...] | None, str | None, dict[str, Any] | None]:
    """Read back what `write_label_tiff` has written.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    labels : ndarray of uint8 or uint16
        In the shape it was written in.
    spacing : tuple of float or None
        In `unit`, one value an axis; nan for a distance of planes that is not known.
    unit : str or None
    provenance : dict or None

    Raises
    ------
    UnreadableFileError
        It is no such file.
    """
    path = Path(path)
    try:
        with TiffFile(path) as tiff:
            said = tiff.imagej_metadata or {}
            labels = tiff.asarray()
            pitch = pixel_pitch(tiff.pages[0])
    except (OSError, ValueError, IndexError) as error:
        raise UnreadableFileError(
            f"{path.name} is no label image in TIFF, or is damaged: save it again."
        ) from error
    stack = [(said[n], _step(said, step)) for n, step in _STACK_KEYS if n in said]
    labels = labels.reshape(*(n for n, _ in stack), *labels.shape[-2:])
    unit = said.get("unit")
    spacing = None if unit is None else (*(step for _, step in stack), *pitch)
    return labels, spacing, unit, json.loads(said.get("provenance", "null"))


def is_label_tiff(path: str | Path) -> bool:
    """Say whether a TIFF carries our record, by its tags alone; False for what cannot be read."""
    try:
        with TiffFile(path) as tiff:
            return "provenance" in (tiff.imagej_metadata or {})
    except Exception:  # noqa: BLE001  whatever ails the file, it is not ours
        return False


def read_mask(path: Path, origins: Sequence[Any] = ()) -> SavedMask:
    """Read a mask as `read_label_tiff` does, without steps in time; `origins` are not needed."""
    labels, spacing, unit, record = read_label_tiff(path)
    spacing = None if spacing is None else (*(1.0,) * (len(spacing) - 3), *spacing[-3:])
    return SavedMask(labels, spacing, unit, record)


def write_mask(
    path: Path,
    labels: NDArray[Any],
    ground: Ground,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a mask as `write_label_tiff` does, with the voxel size of its ground."""
    axes = ground.axes_of(labels)
    if axes == "tyx":  # what a TIFF tells of three axes is a distance of planes
        ground = replace(ground, place=replace(ground.place, time_step=1.0))
    spacing, unit = ground.spacing(axes), "mm"
    if spacing is None and ground.place.pixel_size is not None:
        steps = zip(axes, ground.steps(axes), strict=True)
        spacing = tuple(math.nan if axis == "z" else step for axis, step in steps)
    elif spacing is None and not np.allclose(ground.steps(axes), 1):
        spacing, unit = ground.steps(axes), "pixel"
    return write_label_tiff(path, labels, spacing=spacing, unit=unit, provenance=provenance)


def _step(said: Mapping[str, Any], key: str) -> float:
    """Read a distance along an axis of the stack; nan where it has no unit but others have."""
    is_open = key == "spacing" and said.get("zunit") == _NO_UNIT != said.get("unit")
    return math.nan if is_open else float(said.get(key, 1.0))


def _absolute(spacing: tuple[float, ...], n_axes: int, name: str) -> tuple[float, ...]:
    sizes = tuple(abs(float(size)) for size in spacing)
    may_be_open = n_axes - 3
    are_sizes = all(
        0 < size < math.inf or (math.isnan(size) and n == may_be_open)
        for n, size in enumerate(sizes)
    )
    if len(sizes) != n_axes or not are_sizes:
        raise OutputError(
            f"{name}: a spacing of {spacing} does not fit {n_axes} axes: "
            "give one size for each axis, none of them zero."
        )
    return sizes


def _imagej_description(
    pixels: NDArray[Any],
    spacing: tuple[float, ...] | None,
    unit: str,
    provenance: Mapping[str, Any] | None,
) -> str:
    n_stack = pixels.ndim - 2
    lines: dict[str, Any] = {"ImageJ": "1.11a", "images": math.prod(pixels.shape[:-2])}
    lines |= {key: n for (key, _), n in zip(_STACK_KEYS[2 - n_stack :], pixels.shape, strict=False)}
    if n_stack == 2:
        lines["hyperstack"] = "true"
    if spacing is not None:
        lines["unit"] = _IMAGEJ_UNITS.get(unit, unit).encode("ascii", "backslashreplace").decode()
        lines |= {key: s for (_, key), s in zip(_STACK_KEYS[2 - n_stack :], spacing, strict=False)}
        if math.isnan(lines.get("spacing", 1.0)):
            lines |= {"spacing": 1.0, "zunit": _NO_UNIT}
    lines |= {"loop": "false", "min": 0.0, "max": float(max(1, pixels.max()))}
    if provenance is not None:
        lines["provenance"] = json.dumps(provenance)
    return "".join(f"{key}={value}\n" for key, value in lines.items())
