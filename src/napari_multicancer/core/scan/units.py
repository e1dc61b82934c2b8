"""Lengths in millimetres, whatever unit a file counts in."""

from __future__ import annotations

MM_PER_UNIT = {
    "nm": 1e-6,
    "nanometer": 1e-6,
    "nanometre": 1e-6,
    "um": 1e-3,
    "\N{MICRO SIGN}m": 1e-3,
    "\N{GREEK SMALL LETTER MU}m": 1e-3,
    "\\u00b5m": 1e-3,
    "micron": 1e-3,
    "microns": 1e-3,
    "micrometer": 1e-3,
    "micrometre": 1e-3,
    "mm": 1.0,
    "millimeter": 1.0,
    "millimetre": 1.0,
    "cm": 10.0,
    "centimeter": 10.0,
    "centimetre": 10.0,
    "m": 1e3,
    "meter": 1e3,
    "metre": 1e3,
    "inch": 25.4,
    "in": 25.4,
}


def mm_per_unit(unit: str | None) -> float | None:
    """Millimetres in a unit of length; None where it is none, such as "pixel"."""
    return MM_PER_UNIT.get(str(unit or "").strip().lower())
