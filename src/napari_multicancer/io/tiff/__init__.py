"""TIFF: scans of any flavor, and masks."""
