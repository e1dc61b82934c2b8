"""Files to scans and back, one format a file."""

from napari_multicancer.io.label_tiff import read_label_tiff, write_label_tiff
from napari_multicancer.io.load import load_scan

__all__ = ["load_scan", "read_label_tiff", "write_label_tiff"]
