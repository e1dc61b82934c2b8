"""Files to scans and back, one format a file; each format's library is loaded when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from napari_multicancer.io.formats import register
    from napari_multicancer.io.load import load_mask, load_scan
    from napari_multicancer.io.row import Format
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

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "formats": ["register"],
        "row": ["Format"],
        "load": ["load_mask", "load_scan"],
        "save": ["save_mask"],
        "tiff.mask": ["read_label_tiff", "write_label_tiff"],
    },
)
