"""Lengths of a voxel's sides: which ones are believed."""

from __future__ import annotations

SMALLEST_LENGTH, LARGEST_LENGTH = 0.0001, 100.0
"""Millimeters between which a side of a voxel is believed, whatever a file tells."""
NO_LENGTH = 1e-9
"""Millimeters of a side of which a file tells something that is no length; not believed either."""


def told_length(told: float) -> float:
    """Give what a file tells for a side of a voxel as a length; `NO_LENGTH` where it is none."""
    length = abs(float(told))
    return length if 0 < length < float("inf") else NO_LENGTH


def is_possible_length(told: float) -> bool:
    """Say whether a side of a voxel can be so long in mm."""
    return SMALLEST_LENGTH <= told <= LARGEST_LENGTH
