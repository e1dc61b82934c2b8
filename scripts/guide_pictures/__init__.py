"""The guide's pictures, taken from the running program on the scans that ship."""
