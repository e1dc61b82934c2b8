"""A series of DICOM slices as one scan."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import ORIGIN, Scan
from napari_multicancer.io.dicom.geometry import voxel_size
from napari_multicancer.io.dicom.header import Header
from napari_multicancer.io.dicom.order import arrange
from napari_multicancer.io.dicom.origin import kept_elements, origin_of
from napari_multicancer.io.dicom.pixels import (
    Window,
    bright_is_more,
    is_colour,
    meant_values,
    open_picture,
)
from napari_multicancer.io.dicom.pixels import window as proposed_window
from napari_multicancer.io.dicom.read import read_dicom
from napari_multicancer.io.dicom.series import DicomSeries
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
        they are in colour. Values as in `read_dicom`; the window is the median of
        the slices' own. Named after `series.path`.

    Raises
    ------
    UnreadableFileError
        A file cannot be read.
    UnsupportedScanError
        Slices differ in size or direction, are missing, doubled or unevenly spaced.
    """
    if len(series.files) == 1:
        return read_dicom(series.files[0])
    name = series.path.name
    headers = series.headers
    _check_sizes(name, headers)
    _check_copies(name, headers)
    positions = np.array([header.position for header in headers])
    orientations = np.array([header.orientation for header in headers])
    arrangement = arrange(name, [file.name for file in series.files], positions, orientations)
    order = arrangement.order
    files = [series.files[index] for index in order.ravel()]
    pixels, windows, read, last = _read_planes(files)
    axes = "".join(axis for axis, length in zip("tz", order.shape, strict=True) if length > 1)
    axes += "yxc" if is_colour(last) else "yx"
    values = pixels.reshape(*(length for length in order.shape if length > 1), *pixels.shape[1:])
    values, limits = bright_is_more(values, _usual(windows), last.get("PhotometricInterpretation"))
    scan = Scan(
        values,
        axes,
        voxel_size(last, axes.replace("c", ""), arrangement.distance),
        name=name,
        source=str(series.path),
        contrast_limits=None if axes.endswith("c") else limits,
        metadata={ORIGIN: origin_of(files, read)},
    )
    return in_best_view(scan, orientations[0], positions[order.ravel()])


def _read_planes(
    files: list[Path],
) -> tuple[NDArray[Any], list[Window], list[Dataset], Dataset]:
    """Read slices one after another: pixels, windows, what is kept of each, the last one whole."""
    windows, kept = [], []
    for index, file in enumerate(files):
        dataset = open_picture(file)
        plane = meant_values(dataset, file.name)
        if index == 0:
            pixels = np.empty((len(files), *plane.shape), plane.dtype)
        pixels = pixels.astype(np.result_type(pixels, plane), copy=False)
        pixels[index] = plane
        kept.append(kept_elements(dataset))
        if (shown := proposed_window(dataset)) is not None:
            windows.append(shown)
    return pixels, windows, kept, dataset


def _usual(windows: list[Window]) -> Window | None:
    if not windows:
        return None
    low, high = np.median(windows, axis=0).tolist()
    return low, high


def _check_sizes(name: str, headers: tuple[Header, ...]) -> None:
    by_shape: dict[tuple[int, ...], list[Header]] = defaultdict(list)
    for header in headers:
        by_shape[header.shape].append(header)
    if len(by_shape) == 1:
        _check_spacings(name, headers)
        return
    (usual, _), (odd, others), *_ = sorted(by_shape.items(), key=lambda item: -len(item[1]))
    raise UnsupportedScanError(
        f"{name} mixes slices of {_size(usual)} with {len(others)} of {_size(odd)} "
        f"({others[0].path.name}): sort them into folders of their own."
    )


def _check_spacings(name: str, headers: tuple[Header, ...]) -> None:
    first = headers[0]
    for header in headers:
        if header.spacing != first.spacing:
            raise UnsupportedScanError(
                f"{name} mixes slices of different PixelSpacing ({first.path.name} and "
                f"{header.path.name}): sort them into folders of their own."
            )


def _size(shape: tuple[int, ...]) -> str:
    rows, columns, samples = shape
    return f"{rows} x {columns} pixels{' in colour' if samples > 1 else ''}"


def _check_copies(name: str, headers: tuple[Header, ...]) -> None:
    """Make sure that no picture is there twice under two file names."""
    seen: dict[str, Header] = {}
    for header in headers:
        if header.sop_instance_uid and header.sop_instance_uid in seen:
            raise UnsupportedScanError(
                f"{name} holds a slice twice ({seen[header.sop_instance_uid].path.name} and "
                f"{header.path.name} are the same picture): remove one of them."
            )
        seen[header.sop_instance_uid] = header
