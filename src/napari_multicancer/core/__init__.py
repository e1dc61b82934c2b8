"""The analysis itself: numpy in, numpy out; never napari, Qt or TensorFlow."""
