"""A series of DICOM slices as one scan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import ORIGIN, Scan
from napari_multicancer.io.dicom.bits import bits_left_out
from napari_multicancer.io.dicom.copies import check_copies
from napari_multicancer.io.dicom.fitting import check_sizes, ordered, places_of
from napari_multicancer.io.dicom.incomplete import (
    apart_from_others,
    read_what_is_left,
    unread_beside,
)
from napari_multicancer.io.dicom.meaning import Window, bright_is_more, is_colour
from napari_multicancer.io.dicom.mosaics import read_mosaics
from napari_multicancer.io.dicom.origin import kept_elements, origin_of
from napari_multicancer.io.dicom.pixels import meant_values, open_picture
from napari_multicancer.io.dicom.pixels import window as proposed_window
from napari_multicancer.io.dicom.read import read_dicom
from napari_multicancer.io.dicom.series import DicomSeries
from napari_multicancer.io.dicom.sizes import (
    pixel_aspect,
    pixel_size,
    second_size,
    unread,
    voxel_size,
)
from napari_multicancer.io.dicom.view import in_best_view


@disable_value_validation()  # its warnings quote what stands in the header
def read_series(series: DicomSeries) -> Scan:
    """Read a series of slices as one scan, or its single file.

    Parameters
    ----------
    series : DicomSeries
        From `group_files`.

    Returns
    -------
    Scan
        Axes "zyx", slices ordered along the normal of their plane, or turned to axial
        planes where the voxels allow it (`core.views`); "tzyx" where
        each place was taken several times, by InstanceNumber; with a "c" where
        they are in colour; see `read_mosaics` for these. Slices that do not say where they lie
        are ordered by SliceLocation, else by InstanceNumber, which `Scan.notes` tells. Values as
        in `read_dicom`; window and size of a pixel are the median of the slices' own. Named after
        `series.path`. Damaged slices are left out where they lie at the ends, or are there
        another time, which the notes tell, too.

    Raises
    ------
    UnreadableFileError
        A file cannot be read, and would leave a hole.
    UnsupportedScanError
        Slices differ in size or direction, are missing, doubled or unevenly spaced.
    """
    try:
        scan = _read(series)
    except (MemoryError, PermissionError):
        raise
    except Exception as error:
        if len(series.files) == 1:
            raise
        scan = read_what_is_left(series, error, _read)
    beside = unread_beside(series) if series.headers[0].is_slice else ()
    return replace(scan, notes=(*scan.notes, *beside, *apart_from_others(series)))


def _read(series: DicomSeries) -> Scan:
    if len(series.files) == 1:
        return read_dicom(series.files[0])
    if all(header.is_mosaic for header in series.headers):
        return read_mosaics(series)
    name = series.path.name
    headers = series.headers
    check_sizes(name, headers)
    check_copies(name, headers)
    arrangement, notes = ordered(name, headers, series.unread)
    order = arrangement.order
    planes = _read_planes([series.files[index] for index in order.ravel()])
    axes = "".join(axis for axis, length in zip("tz", order.shape, strict=True) if length > 1)
    axes += "yxc" if is_colour(planes.last) else "yx"
    lengths = (length for length in order.shape if length > 1)
    values = planes.pixels.reshape(*lengths, *planes.pixels.shape[1:])
    values, limits = bright_is_more(
        values, _usual(planes.windows), planes.last.get("PhotometricInterpretation")
    )
    scan = Scan(
        values,
        axes,
        voxel_size(
            planes.last, axes.replace("c", ""), arrangement.distance, _usual(planes.pixel_sizes)
        ),
        name=name,
        source=str(series.path),
        contrast_limits=None if axes.endswith("c") else limits,
        metadata={ORIGIN: origin_of(planes.files, planes.headers)},
        place=UNPLACED.stretched(pixel_aspect(planes.last)),
        notes=(
            *notes,
            *dict.fromkeys(planes.notes),
            *second_size(planes.last),
            *(() if planes.pixel_sizes else unread(planes.last)),
        ),
    )
    orientation, positions = places_of(headers)
    return in_best_view(
        scan, orientation, positions[order.ravel()] if len(positions) else positions
    )


@dataclass(eq=False)
class _StackPlanes:
    """Slices as they were read, one after another; the last one's header as a whole."""

    files: list[Path]
    pixels: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    windows: list[Window] = field(default_factory=list)
    pixel_sizes: list[tuple[float, float]] = field(default_factory=list)
    headers: list[Dataset] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    last: Dataset = field(default_factory=Dataset)


def _read_planes(files: list[Path]) -> _StackPlanes:
    planes = _StackPlanes(files)
    for index, file in enumerate(files):
        dataset = open_picture(file)
        if index and dataset.PhotometricInterpretation != planes.last.PhotometricInterpretation:
            raise _mixed(file, planes)
        planes.notes += bits_left_out(dataset)
        plane = meant_values(dataset, file.name)
        if index == 0:
            planes.pixels = np.empty((len(files), *plane.shape), plane.dtype)
        planes.pixels = planes.pixels.astype(np.result_type(planes.pixels, plane), copy=False)
        planes.pixels[index] = plane
        planes.headers.append(kept_elements(dataset))
        if (shown := proposed_window(dataset)) is not None:
            planes.windows.append(shown)
        if (size := pixel_size(dataset)) is not None:
            planes.pixel_sizes.append(size)
        planes.last = dataset
    return planes


def _mixed(file: Path, planes: _StackPlanes) -> UnsupportedScanError:
    return UnsupportedScanError(
        f"{planes.files[0].parent.name} mixes slices of different PhotometricInterpretation "
        f"({planes.files[0].name} and {file.name}): sort them into folders of their own."
    )


def _usual(pairs: list[tuple[float, float]]) -> tuple[float, float] | None:
    """Give the median of each of two values; None where there are none."""
    if not pairs:
        return None
    one, other = np.median(pairs, axis=0).tolist()
    return one, other
