"""Many scans: a folder in, a folder out, a live table."""
