"""What all panels share: the bridge to napari's layers, threads, settings, choices."""
