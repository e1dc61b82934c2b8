"""One network a file, in Keras 3 without TensorFlow calls."""
