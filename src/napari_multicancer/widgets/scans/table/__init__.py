"""The list of scans on the screen."""
