"""Label images in NIfTI, laid out as `load_scan` lays out the scan that they belong to.

A NIfTI file is a mask where it is certain to be one: where its intent code says
"label" (1002) or it carries the record of `write_label_nifti`, and its values are
whole numbers. Any other is a scan, though it may hold nothing but 0 and 1: many
programs write masks that nothing in the file tells from scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.place import mm_per_unit
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.nifti.geometry import unit_of
from napari_multicancer.io.nifti.header import StoredHeader, stored_header
from napari_multicancer.io.nifti.mask_write import LABEL_INTENT
from napari_multicancer.io.nifti.read import read_nifti
from napari_multicancer.io.nifti.values import meant_values
from napari_multicancer.io.volumes.mask import (
    N_AXES,
    ON_SOURCE,
    record_in,
    take_turn,
    turned,
    with_axes,
)


def is_label_nifti(path: str | Path) -> bool:
    """Say whether a NIfTI file is certain to be a mask; False, too, for what cannot be read."""
    try:
        stored = stored_header(Path(path))
        is_named = int(stored.header["intent_code"]) == LABEL_INTENT
        return stored.dtype.kind in "bui" and (is_named or read_record(stored) is not None)
    except Exception:  # noqa: BLE001  whatever ails the file, it is no mask
        return False


def read_label_nifti(path: str | Path, origins: Sequence[Any] = ()) -> SavedMask:
    """Read a mask in the order of its scan's axes.

    What was written on the voxels of a NIfTI scan, as the file's record says, or
    comes from elsewhere, is turned as `read_nifti` turns the scan; what was written
    for any other layer has the order of that layer's axes.

    Parameters
    ----------
    path : str or Path
    origins : sequence
        Not needed: a mask in NIfTI says itself where it lies.

    Returns
    -------
    SavedMask
        Labels in as many dimensions as they had, where the file has a record; spacing in mm, or
        None where the file does not say.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `read_nifti`.
    """
    path = Path(path)
    scan = read_nifti(path)
    try:
        stored = stored_header(path)
        record = read_record(stored)
        turn = take_turn(record)
        if record is None or (record.pop(ON_SOURCE) and turn is None):
            labels, spacing = np.asarray(scan.pixels), scan.voxel_size
        else:
            labels, spacing = _as_written(path, stored)
        if turn is not None:
            labels, spacing = turned(scan, labels, turn)
    except (OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{path.name} is no mask in NIfTI, or is damaged: save it again."
        ) from error
    n_axes = None if record is None else int(record.pop(N_AXES))
    labels, spacing = with_axes(labels, spacing, n_axes)
    return SavedMask(labels, spacing, None if spacing is None else "mm", record)


def read_record(stored: StoredHeader) -> dict[str, Any] | None:
    """Find the record that `write_label_nifti` leaves in a header; None in other files."""
    for comment in stored.comments:
        record = record_in(comment.decode("ascii", "replace").rstrip("\0"))
        if record is not None:
            return record
    return None


def _as_written(path: Path, stored: StoredHeader) -> tuple[NDArray[Any], tuple[float, ...] | None]:
    """Read labels in the order of their layer's axes, which is stored last axis first."""
    labels = np.asarray(meant_values(path, stored)).T
    zooms = tuple(float(zoom) for zoom in stored.mended.get_zooms()[::-1])
    return labels, zooms if mm_per_unit(unit_of(stored.header)) else None
