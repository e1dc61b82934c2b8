"""The voxels of a NIfTI or Analyze file, as many as its header promises."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import BoundedReader, check_decoded_size
from napari_multicancer.io.nifti.files import opened, pixel_file
from napari_multicancer.io.nifti.header import StoredHeader

_SURPLUS = 0.02
"""Share of bytes too many up to which a writer has merely padded the file."""


def stored_values(path: Path, stored: StoredHeader) -> NDArray[Any]:
    """Read voxels as they are stored.

    Parameters
    ----------
    path : Path
        Of a pair, either file.
    stored : StoredHeader

    Returns
    -------
    ndarray, shape `stored.shape`
        Mapped to the file where that is not packed.

    Raises
    ------
    UnreadableFileError
        There are fewer or more than the header promises.
    UnsupportedScanError
        They are packed and would take too much memory.
    """
    source = pixel_file(path)
    check_decoded_size(source, stored.n_bytes)
    with opened(source) as file:
        if isinstance(file, BoundedReader):
            _check(path, stored, source.stat().st_size - stored.start, "")
            kept = np.memmap(source, stored.dtype, "c", stored.start, stored.shape, "F")
            return np.asarray(kept)
        file.seek(stored.start)
        content = _unpacked(file, stored.n_bytes)
        _check(path, stored, len(content) + len(file.read(_too_many(stored))), "or more ")
    return np.frombuffer(content, stored.dtype).reshape(stored.shape, order="F")


def meant_values(path: Path, stored: StoredHeader) -> NDArray[Any]:
    """Read voxels in the values that they stand for.

    Returns
    -------
    ndarray, shape `stored.shape`
        Of native byte order; as stored where the header has no scaling, else float32.
    """
    values = stored_values(path, stored)
    if values.dtype.names:
        return values
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if stored.scaling != (1.0, 0.0):
        slope, intercept = stored.scaling
        exact: NDArray[Any]
        exact = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
        exact *= slope
        exact += intercept
        return exact.astype(np.float32, copy=False)
    return values.astype(np.float64) if values.dtype == np.longdouble else values


def _unpacked(file: IO[bytes], n_bytes: int) -> bytearray:
    content = bytearray(n_bytes)
    view, read = memoryview(content), 0
    while read < n_bytes and (count := file.readinto(view[read:])):  # type: ignore[attr-defined]
        read += count
    view.release()
    del content[read:]
    return content


def _too_many(stored: StoredHeader) -> int:
    """Bytes beyond those promised from which a header does not fit its file."""
    row = stored.shape[0] * stored.dtype.itemsize
    return max(row, int(_SURPLUS * stored.n_bytes))


def _check(path: Path, stored: StoredHeader, n_stored: int, at_least: str) -> None:
    if stored.n_bytes <= n_stored < stored.n_bytes + _too_many(stored):
        return
    more = at_least if n_stored > stored.n_bytes else ""
    shape = " x ".join(map(str, stored.shape))
    raise UnreadableFileError(
        f"{path.name} holds {max(0, n_stored):,} {more}bytes of voxels where its header promises "
        f"{stored.n_bytes:,} ({shape}): export or copy it again."
    )
