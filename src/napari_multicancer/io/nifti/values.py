"""The voxels of a NIfTI or Analyze file, as many as its header promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.io.files import BoundedReader, check_decoded_size
from napari_multicancer.io.nifti.files import opened, pixel_file
from napari_multicancer.io.nifti.header import StoredHeader
from napari_multicancer.io.volumes.on_disk import as_they_are
from napari_multicancer.io.volumes.stored import Stored, check_count, filled, too_many


def stored_values(path: Path, stored: StoredHeader) -> Any:
    """Read voxels as they are stored.

    Parameters
    ----------
    path : Path
        Of a pair, either file.
    stored : StoredHeader

    Returns
    -------
    ndarray or dask array, shape `stored.shape`
        The latter of many that are not packed, see `volumes.on_disk`.

    Raises
    ------
    UnreadableFileError
        There are fewer or more than the header promises.
    UnsupportedScanError
        They are packed and would take too much memory.
    """
    source = pixel_file(path)
    check_decoded_size(source, stored.n_bytes)
    voxels = Stored(source, stored.shape, stored.dtype, stored.start)
    with opened(source) as file:
        if isinstance(file, BoundedReader):
            check_count(path.name, voxels, source.stat().st_size - stored.start)
            return as_they_are(source, stored.dtype, stored.start, stored.shape)
        file.seek(stored.start)
        content = filled(file, stored.n_bytes)  # type: ignore[arg-type]
        n_stored = len(content) + len(file.read(too_many(voxels)))
    check_count(path.name, voxels, n_stored, "or more ")
    return np.frombuffer(content, stored.dtype).reshape(stored.shape, order="F")


def meant_values(path: Path, stored: StoredHeader) -> Any:
    """Read voxels in the values that they stand for.

    Returns
    -------
    ndarray or dask array, shape `stored.shape`
        Of native byte order; as stored where the header has no scaling, else float32.
    """
    values = stored_values(path, stored)
    if values.dtype.names:
        return values
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if stored.scaling != (1.0, 0.0):
        if isinstance(values, np.ndarray):
            return _scaled(values, *stored.scaling)
        return values.map_blocks(_scaled, *stored.scaling, dtype=np.float32)
    return values.astype(np.float64) if values.dtype == np.longdouble else values


def _scaled(values: NDArray[Any], slope: float, intercept: float) -> NDArray[np.float32]:
    exact: NDArray[Any]
    exact = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    exact *= slope
    exact += intercept
    return exact.astype(np.float32, copy=False)
