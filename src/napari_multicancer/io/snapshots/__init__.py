"""Automatic copies of masks that are being corrected."""
