"""Siemens mosaics that were taken one after another: a volume each, in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydicom.config import disable_value_validation

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.dicom.geometry import number
from napari_multicancer.io.dicom.header import read_file
from napari_multicancer.io.dicom.read import read_dicom
from napari_multicancer.io.dicom.series import DicomSeries


@disable_value_validation()  # its warnings quote what stands in the header
def read_mosaics(series: DicomSeries) -> Scan:
    """Read the mosaics of a series, by InstanceNumber.

    Parameters
    ----------
    series : DicomSeries
        Of several files, all of them mosaics.

    Returns
    -------
    Scan
        Axes "tzyx", each volume as `read_dicom` gives it, in the place of the first one; "tyx"
        where the private header that divides mosaics is gone. The time step is RepetitionTime.

    Raises
    ------
    UnreadableFileError
        A file cannot be read.
    UnsupportedScanError
        They have other numbers of planes, or lie elsewhere.
    """
    scans = [read_dicom(file) for file in series.files]
    first = scans[0]
    for scan, file in zip(scans, series.files, strict=True):
        if scan.pixels.shape != first.pixels.shape or not _lie_alike(scan, first):
            raise UnsupportedScanError(
                f"{series.path.name} holds mosaics that do not lie alike ({series.files[0].name} "
                f"and {file.name}): sort them into folders of their own."
            )
    header = read_file(series.files[0], stop_before_pixels=True)
    seconds = (number(header.get("RepetitionTime")) or 0.0) / 1000
    size = None if first.voxel_size is None else (1.0, *first.voxel_size)
    return replace(
        first,
        pixels=np.stack([scan.pixels for scan in scans]),
        axes=f"t{first.axes}",
        voxel_size=size,
        name=series.path.name,
        source=str(series.path),
        place=replace(first.place, time_step=seconds if seconds > 0 else 1.0),
    )


def _lie_alike(one: Scan, other: Scan) -> bool:
    """Say whether two volumes have the same voxels, but for rounding."""
    return np.allclose(one.place.affine, other.place.affine, rtol=1e-3, atol=0.05)
