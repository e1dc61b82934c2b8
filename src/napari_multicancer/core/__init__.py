"""The analysis itself: numpy in, numpy out; never napari, Qt or TensorFlow."""

RESEARCH_USE = "For research use only, not for diagnosis."
"""What every window, table and file says."""
