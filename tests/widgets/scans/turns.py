"""Goes from a picture to a stack and back, as often as it is told.

``turns.py FOLDER NUMBER`` works through a list that holds both; each time the slider of planes
comes or goes, so that the canvas has another size.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from qtpy.QtTest import QTest

from .keyed import opened
from .labeler import NEXT, PREVIOUS, wait_until
from .lists import press

PAUSE_MS = 30
"""So long both are looked at."""


def main(folder: Path, number: int) -> None:
    labeler = opened(folder, Path(tempfile.mkdtemp()))
    labeler.viewer.window._qt_window.resize(1280, 800)
    for turn in range(number):
        for key in (NEXT, NEXT if turn == 0 else PREVIOUS):
            press(labeler.viewer, key)
            wait_until(labeler.is_settled)
            QTest.qWait(PAUSE_MS)
    os._exit(0)  # how the program ends is no matter of this


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
