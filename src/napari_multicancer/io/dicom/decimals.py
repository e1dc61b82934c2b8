"""Numbers of a header that are written in the way of a country, or are none."""

from __future__ import annotations

from contextlib import suppress
from math import isinf

from pydicom.datadict import dictionary_has_tag, dictionary_VM, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

_LONGEST = 4096
"""Bytes of an element that holds decimal numbers."""


def mend_decimals(dataset: Dataset) -> None:
    """Write the commas in decimal numbers (VR DS) of a header as points.

    Where several numbers share one value, commas may separate them, and they stay; see
    `geometry.pixel_spacing`. Whole numbers (VR IS) that are infinite are taken out.

    Parameters
    ----------
    dataset : Dataset
        As it was read, so that its elements are not decoded yet; changed in place.
    """
    for tag in list(dataset.keys()):
        raw = dataset.get_item(tag)
        if not isinstance(raw, RawDataElement) or not raw.value or len(raw.value) > _LONGEST:
            continue
        is_known = dictionary_has_tag(tag)
        kind = raw.VR or (dictionary_VR(tag) if is_known else "")
        if kind == "IS" and _is_infinite(raw.value):
            dataset[tag] = raw._replace(value=b"")
        if kind != "DS":
            continue
        parts = raw.value.split(b"\\")
        is_one_each = len(parts) > 1 or not is_known or dictionary_VM(tag).startswith("1")
        if is_one_each and all(part.count(b",") + part.count(b".") <= 1 for part in parts):
            dataset[tag] = raw._replace(value=raw.value.replace(b",", b"."))


def _is_infinite(written: bytes) -> bool:
    """Say whether one of the numbers in a value is; pydicom fails at these."""
    for part in written.split(b"\\"):
        with suppress(ValueError):
            if isinf(float(part.strip(b" \0"))):
                return True
    return False
