"""The terminal's `prepare`, `train`, `export` and `evaluate`; Keras is loaded only inside."""
