"""Files to scans and back, one format a file; each format's library is loaded when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_multicancer.io.load import load_scan
    from napari_multicancer.io.tiff.mask import read_label_tiff, write_label_tiff

__all__ = ["load_scan", "read_label_tiff", "write_label_tiff"]

_HOMES = {
    "load_scan": "napari_multicancer.io.load",
    "read_label_tiff": "napari_multicancer.io.tiff.mask",
    "write_label_tiff": "napari_multicancer.io.tiff.mask",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
