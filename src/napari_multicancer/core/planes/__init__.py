"""One plane at a time: from a scan's own values to the square that a network sees, and back."""
