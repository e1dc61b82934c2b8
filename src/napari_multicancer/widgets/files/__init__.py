"""Files in and out of napari: readers, writers, sample scans."""
