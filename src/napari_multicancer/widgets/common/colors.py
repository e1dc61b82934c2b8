"""The colors by which the panels tell states apart; a word stands beside each."""

from __future__ import annotations

from qtpy.QtGui import QColor

ACCENT = QColor("#2f9e8f")
"""What is chosen, done or fine."""
ATTENTION = QColor("#ffb020")
"""What is in doubt, or needs a look."""
FAULT = QColor("#d9542b")
"""What went wrong."""
