"""Masks as NRRD, on the voxels of their scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nrrd
from numpy.typing import NDArray

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import NO_GROUND, Ground
from napari_multicancer.io.volumes.mask import RECORD, LaidLabels, lay_out

_COMPRESSION = 6
"""zlib's own default."""


def write_label_nrrd(
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
    with replacing(path) as beside, beside.open("wb") as file:
        nrrd.write(file, laid.voxels, _header(laid), compression_level=_COMPRESSION)
    return path


def _header(laid: LaidLabels) -> dict[str, Any]:
    n_space = min(3, laid.voxels.ndim)
    has_time = laid.voxels.ndim > 3
    columns = laid.affine[:3, :n_space].T.tolist()
    header: dict[str, Any] = {
        "kinds": ["domain"] * n_space + ["time"] * has_time,
        "encoding": "gzip",
        "content": RESEARCH_USE,
    }
    if laid.is_sized and laid.is_placed:
        header["space"] = "left-posterior-superior"
        header["space directions"] = columns + [[float("nan")] * 3] * has_time
        header["space origin"] = laid.affine[:3, 3].tolist()
        header["space units"] = ["mm"] * 3
    elif laid.is_sized:
        header["spacings"] = [*laid.sizes[:n_space], *[laid.time_step] * has_time]
        header["units"] = ["mm"] * n_space + [""] * has_time
    if laid.record is not None:
        header[RECORD] = laid.record
    return header
