"""Masks as MetaImage, on the voxels of their scan."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import NO_GROUND, Ground
from napari_multicancer.io.metaimage.header import LAST_KEY
from napari_multicancer.io.volumes.mask import RECORD, LaidLabels, lay_out

_TYPES = {1: "MET_UCHAR", 2: "MET_USHORT"}


def write_label_metaimage(
    path: Path,
    labels: NDArray[Any],
    ground: Ground = NO_GROUND,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a label map that lies where its scan lies; see `save.save_mask`.

    A scan of any format of volumes gets it on its own voxels, in their order. The record stands
    under the key "napari_multicancer".

    Raises
    ------
    OutputError
        The labels do not fit the scan's voxels, their place spans no volume, or the file cannot
        be written; an existing file is as it was, and no part of a new one is left.
    """
    laid = lay_out(labels, ground, provenance, path.name)
    little = laid.voxels.astype(laid.voxels.dtype.newbyteorder("<"), copy=False)
    content = zlib.compress(little.tobytes("F"))
    header = "".join(f"{key} = {value}\n" for key, value in _fields(laid, len(content)))
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(header.encode("ascii"))
        file.write(content)
    return path


def _fields(laid: LaidLabels, n_bytes: int) -> Iterator[tuple[str, str]]:
    n_axes = laid.voxels.ndim
    yield "ObjectType", "Image"
    yield "NDims", str(n_axes)
    yield "Comment", RESEARCH_USE
    yield "BinaryData", "True"
    yield "BinaryDataByteOrderMSB", "False"
    yield "CompressedData", "True"
    yield "CompressedDataSize", str(n_bytes)
    if laid.is_sized:
        yield from _geometry(laid)
    yield "DimSize", _words(laid.voxels.shape)
    yield "ElementType", _TYPES[laid.voxels.dtype.itemsize]
    if laid.record is not None:
        yield RECORD, laid.record
    yield LAST_KEY, "LOCAL"


def _geometry(laid: LaidLabels) -> Iterator[tuple[str, str]]:
    n_axes = laid.voxels.ndim
    n_space = min(3, n_axes)
    sizes = np.array([*laid.sizes[:n_space], laid.time_step])[:n_axes]
    if laid.is_placed and n_axes > 2:
        matrix = np.eye(n_axes)
        matrix[:3, :3] = (laid.affine[:3, :3] / laid.sizes).T
        yield "TransformMatrix", _words(matrix.ravel())
        yield "Offset", _words([*laid.affine[:3, 3], 0.0][:n_axes])
    yield "ElementSpacing", _words(sizes)


def _words(values: Any) -> str:
    return " ".join(repr(value) for value in np.asarray(values).tolist())
