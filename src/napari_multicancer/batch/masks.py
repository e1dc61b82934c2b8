"""The masks of a batch, in the format that was asked for."""

from __future__ import annotations

from pathlib import Path

from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.formats import Format, mask_format, mask_format_of, mask_formats
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.save import save_mask


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
        See `io.formats`; None for the usual one, which also stands in for a format
        that has to refer to a scan of another kind.

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
    name = with_end_of(mask, asked if asked.lies_on(scan.origin) else usual)
    save_mask(out / name, analysis.mask, Ground.of(scan), provenance(scan, analysis))
    return name


def with_end_of(mask: str, row: Format) -> str:
    """Give a mask's path the usual end of a format in place of another one's."""
    kind = mask_format_of(mask)
    if kind is None:
        return mask
    suffix = next(end for end in kind.suffixes if mask.lower().endswith(end))
    return mask[: -len(suffix)] + row.suffixes[0]
