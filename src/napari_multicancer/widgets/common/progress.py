"""The slim progress bar of the panels."""

from __future__ import annotations

from qtpy.QtWidgets import QProgressBar

HEIGHT = 6


def slim_progress_bar(name: str) -> QProgressBar:
    """Make a progress bar without text.

    Parameters
    ----------
    name : str
        What a screen reader says of it.
    """
    bar = QProgressBar()
    bar.setFixedHeight(HEIGHT)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar
