"""The masks of a batch: written in the format that was asked for, and not taken for scans."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.errors import MulticancerError, OutputError, UnsupportedScanError
from napari_multicancer.core.masks.likeness import few_values, looks_like_mask
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.formats import (
    has_scan_suffix,
    mask_format,
    mask_format_of,
    mask_formats,
    stem,
)
from napari_multicancer.io.load import is_mask, load_scan
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.row import Format
from napari_multicancer.io.save import save_mask

_MASK_WORDS = (
    r"(masks?|seg|segmentations?|labels?|labelmap|roi|gt|ground[ _-]?truth|truth|annotations?)"
)
_CALLED_MASK = re.compile(rf"(^|[^a-z]){_MASK_WORDS}([ _-]?\d+)?$")
_CALLED_MASK_FIRST = re.compile(rf"^{_MASK_WORDS}[ _-]+")
_FOLDER_OF_MASKS = re.compile(rf"(^|[ _-]){_MASK_WORDS}$")
FEW_VALUES = "holds but a few flat values, as a mask does"
LIKE_A_MASK = f"It {FEW_VALUES}."


def refuse_mask(path: Path) -> None:
    """Refuse a file that is certain to be a mask: its own record, or its format, says so.

    Raises
    ------
    UnsupportedScanError
    """
    if is_mask(path):
        raise UnsupportedScanError(
            f"{path.name} is a mask, not a scan: name the scan that it lies on."
        )


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
        raise UnsupportedScanError(f"{path.name} {reason}: rename it if it is a scan.")
    if has_few_values(scan):
        return replace(scan, notes=(*scan.notes, LIKE_A_MASK))
    return scan


def likely_mask(path: Path, scan: Scan) -> str:
    """Say why a file is taken for a mask; empty where it is not.

    Called a mask is a file by its name, or by that of its folder. It is like one where it has few
    values, where its values are `looks_like_mask`, or where a scan of its size beside it has its
    name otherwise.

    Returns
    -------
    str
        Such as "is called a mask and holds 2 different values alone".

    Raises
    ------
    UnsupportedScanError
        Its axes or values cannot be analyzed.
    """
    scan.check()
    called = stem(path).lower()
    named = bool(_CALLED_MASK.search(called) or _CALLED_MASK_FIRST.search(called))
    if named or _FOLDER_OF_MASKS.search(path.parent.name.lower()):
        count = few_values(scan)
        if count is not None:
            values = "one value" if count == 1 else f"{count} different values"
            return f"is called a mask and holds {values} alone"
        if looks_like_mask(scan):
            return "is called a mask and holds two flat values, smoothed, alone"
    if named and (beside := _scan_beside(path, scan)) is not None:
        return f"is called the mask of {beside.name} and has its size"
    return ""


def has_few_values(scan: Scan) -> bool:
    """Say whether a scan has the few values of a mask, in flat areas."""
    return few_values(scan) is not None and looks_like_mask(scan)


def names_of_scan(path: Path) -> set[str]:
    """Give the names, in lower case, that the scan of what is called a mask may have."""
    called = stem(path).lower()
    names = {_CALLED_MASK.sub("", called).rstrip(" _-."), _CALLED_MASK_FIRST.sub("", called)}
    return names - {"", called}


def _scan_beside(path: Path, mask: Scan) -> Path | None:
    """Find the scan of a mask's size that has its name, but for the word for masks."""
    names = names_of_scan(path)
    for other in sorted(path.parent.iterdir()):
        if has_scan_suffix(other) and stem(other).lower() in names and _has_size(other, mask):
            return other
    return None


def _has_size(path: Path, mask: Scan) -> bool:
    try:
        return load_scan(path).spatial_shape == mask.spatial_shape
    except MulticancerError:
        return False


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
