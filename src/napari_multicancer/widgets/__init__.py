"""What napari shows: the only place that imports napari, magicgui or Qt."""
