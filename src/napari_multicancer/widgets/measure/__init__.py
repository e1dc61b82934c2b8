"""Sizes of a mask, live while it is being corrected."""
