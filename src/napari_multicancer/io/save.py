"""The door by which masks go out: one function for all formats of the table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.formats import formats, mask_format_of, mask_formats
from napari_multicancer.io.masks import NO_GROUND, Ground


def save_mask(
    path: str | Path,
    labels: NDArray[Any],
    ground: Ground = NO_GROUND,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a mask where its scan lies, in the format that the end of the path names.

    Nothing of the scan's files is read again: they may have moved.

    Parameters
    ----------
    path : str or Path
        Where its end names no format, it gets that of the usual one. Replaced as a whole where
        it exists, and only when all is written.
    labels : ndarray of bool or integer
        Axes (row, column), (plane, row, column) or (time, plane, row, column), as
        `load_scan` gives them. Values 0..65535.
    ground : Ground
        What they lie on: of a scan, ``Ground.of(scan)``.
    provenance : mapping, optional
        Ready for JSON, see `provenance.provenance`.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        The format has no room for this mask, or the file cannot be written. Nothing that was
        there is lost, and no part of a new file is left.
    """
    path = Path(path)
    row = mask_format_of(path)
    if row is None:
        row = mask_formats()[0]
        path = path.with_name(path.name + row.suffixes[0])
    if row.write_mask is None or not row.lies_on(ground.origin):
        others = " or ".join(other.title for other in mask_formats(ground.origin))
        raise OutputError(
            f"{path.name} has to refer to a scan of its kind, and this mask lies on none: open the "
            f"scan with this plugin and lay the mask on it, or save it as {others}."
        )
    return row.write_mask(path, labels, ground, provenance)


def save_image(path: Path, pixels: NDArray[Any], ground: Ground) -> Path:
    """Write a scan's pixels where the scan lies, in the format that the end of the path names.

    Parameters
    ----------
    path : Path
    pixels : ndarray of real numbers
        With the axes of the scan's masks: no colors.
    ground : Ground
        Of the scan.

    Raises
    ------
    OutputError
        The file cannot be written, no format writes pixels by that name, or it has no room for
        the scan's place.
    """
    for row in formats():
        if row.write_image is not None and path.name.endswith(row.suffixes):
            return row.write_image(path, pixels, ground)
    raise OutputError(f"{path.name} names no format in which a scan's pixels can be written.")
