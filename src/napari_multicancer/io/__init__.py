"""Files to `Scan` and back, one format a file."""

from __future__ import annotations

from napari_multicancer.io.load import load_scan

__all__ = ["load_scan"]
