"""Whether a file that says nothing of it is a mask: by name, values and what lies beside it."""

from __future__ import annotations

import re
from pathlib import Path

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.masks.likeness import few_values, looks_like_mask
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.formats import has_scan_suffix, stem
from napari_multicancer.io.load import load_scan

_MASK_WORDS = (
    r"(masks?|seg|segmentations?|labels?|labelmap|roi|gt|ground[ _-]?truth|truth|annotations?)"
)
_CALLED_MASK = re.compile(rf"(^|[^a-z]){_MASK_WORDS}([ _-]?\d+)?$")
_CALLED_MASK_FIRST = re.compile(rf"^{_MASK_WORDS}[ _-]+")
_FOLDER_OF_MASKS = re.compile(rf"(^|[ _-]){_MASK_WORDS}$")
FEW_VALUES = "holds but a few flat values, as a mask does"


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
