"""The masks of a batch: written in the format that was asked for, and not taken for scans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_multicancer.core.errors import OutputError, UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.formats import mask_format, mask_format_of, mask_formats
from napari_multicancer.io.likely_mask import FEW_VALUES, has_few_values, likely_mask
from napari_multicancer.io.load import is_mask
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.row import Format
from napari_multicancer.io.save import save_mask

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

LIKE_A_MASK = f"It {FEW_VALUES}."
_IS_ONE = "is a mask, not a scan: name the scan that it lies on."
_LIKELY_ONE = "rename it if it is a scan."


def refuse_mask(path: Path) -> None:
    """Refuse a file that is certain to be a mask: its own record, or its format, says so.

    Raises
    ------
    UnsupportedScanError
    """
    if is_mask(path):
        raise UnsupportedScanError(f"{path.name} {_IS_ONE}")


def judge_likeness(path: Path, scan: Scan) -> Scan:
    """Refuse what is called a mask and is like one; of what is like one alone make a note.

    Returns
    -------
    Scan
        With a note where it has the few values of a mask and nothing else says that it is one.

    Raises
    ------
    UnsupportedScanError
    """
    if reason := likely_mask(path, scan):
        raise UnsupportedScanError(f"{path.name} {reason}: {_LIKELY_ONE}")
    if has_few_values(scan):
        return replace(scan, notes=(*scan.notes, LIKE_A_MASK))
    return scan


def names_a_mask(error: str) -> bool:
    """Whether a file was refused because it is, or is taken for, a mask."""
    return error.endswith((_IS_ONE, _LIKELY_ONE))


def write_mask(
    out: Path, mask: str, scan: Scan, analysis: Analysis, format_name: str | None = None
) -> str:
    """Write the mask of one scan.

    Parameters
    ----------
    out : Path
        The output folder.
    mask : str
        As in `worklist.FileJob`; its end is exchanged for that of the format.
    scan : Scan
    analysis : Analysis
    format_name : str, optional
        See `io.formats`; None for the usual one, which also stands in for a format that has no
        room for this mask.

    Returns
    -------
    str
        Where it lies, relative to `out`; empty where the analysis has none.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if analysis.mask is None:
        return ""
    usual = mask_formats(scan.origin)[0]
    asked = usual if format_name is None else mask_format(format_name)
    rows = [asked, usual] if asked is not usual and asked.lies_on(scan.origin) else [usual]
    record = provenance(scan, analysis)
    for row in rows:
        name = with_end_of(mask, row)
        try:
            save_mask(out / name, analysis.mask, Ground.of(scan), record)
        except OutputError:
            if row is rows[-1]:
                raise
        else:
            break
    return name


def with_end_of(mask: str, row: Format) -> str:
    """Give a mask's path the usual end of a format in place of another one's."""
    kind = mask_format_of(mask)
    if kind is None:
        return mask
    suffix = next(end for end in kind.suffixes if mask.lower().endswith(end))
    return mask[: -len(suffix)] + row.suffixes[0]
