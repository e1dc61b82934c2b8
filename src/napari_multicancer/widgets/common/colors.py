"""The colors by which the panels tell states apart; a word stands beside each."""

from __future__ import annotations

from qtpy.QtGui import QColor

ACCENT = QColor("#2f9e8f")
"""What is chosen, done or fine."""
ATTENTION = QColor("#ffb020")
"""What is in doubt, or needs a look."""
BESIDE = (QColor("#56b4e9"), QColor("#f0e442"), QColor("#009e73"))
"""Masks that lie over another one, told apart by the color-blind, too (Okabe and Ito 2008)."""
FAULT = QColor("#d9542b")
"""What went wrong."""
