"""Scans as NIfTI, on the voxels that their masks are written on."""

from __future__ import annotations

from gzip import GzipFile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.nifti.mask_write import COMPRESSION, image_of

_KNOWN = ("u1", "i1", "u2", "i2", "i4", "f4", "f8")
"""Types of values that all readers of NIfTI know."""


def write_image_nifti(path: Path, pixels: NDArray[Any], ground: Ground) -> Path:
    """Write the pixels of a scan so that `write_label_nifti` lays its masks over them.

    Parameters
    ----------
    path : Path
        Ends in ".nii.gz".
    pixels : ndarray of real numbers
        With the axes of the scan's masks: no colors.
    ground : Ground
        Of the scan.

    Raises
    ------
    OutputError
        The file cannot be written, or the format has no room for the scan's place.
    """
    values = np.asarray(pixels)
    if values.dtype.newbyteorder("=").str[1:] not in _KNOWN:
        values = values.astype(np.float32 if values.dtype.kind == "f" else np.int32)
    image = image_of(values, ground, path.name)
    image.header["descrip"] = RESEARCH_USE
    with (
        replacing(path) as beside,
        beside.open("wb") as file,
        GzipFile("", "wb", COMPRESSION, file, mtime=0) as compressed,
    ):
        image.to_stream(compressed)
    return path
