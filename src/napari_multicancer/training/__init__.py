"""Training, export and evaluation of the networks: the only place that imports Keras."""
