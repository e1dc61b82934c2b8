"""The panel: choose a scan, press one button, read the answer."""
