"""DICOM: single files, series, and segmentations."""
