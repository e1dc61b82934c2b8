"""Files to scans and back, one format a file; each format's library is loaded when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_multicancer.io.formats import Format, register
    from napari_multicancer.io.load import load_mask, load_scan
    from napari_multicancer.io.save import save_mask
    from napari_multicancer.io.tiff.mask import read_label_tiff, write_label_tiff

__all__ = [
    "Format",
    "load_mask",
    "load_scan",
    "read_label_tiff",
    "register",
    "save_mask",
    "write_label_tiff",
]

_HOMES = {
    "Format": "formats",
    "load_mask": "load",
    "load_scan": "load",
    "read_label_tiff": "tiff.mask",
    "register": "formats",
    "save_mask": "save",
    "write_label_tiff": "tiff.mask",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
