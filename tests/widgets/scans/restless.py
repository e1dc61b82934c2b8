"""Works through a list at random until it is killed, and says what it does.

``restless.py FOLDER SEED`` prints a line before each event: seconds since 1970, what, on which
scan, and for a stroke the row and the column that it paints.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from qtpy.QtTest import QTest

from .keyed import opened
from .labeler import NEXT, PREVIOUS, Labeler, wait_until
from .lists import press

SLOWEST_MS = 250


def main(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    labeler = opened(folder, Path(tempfile.mkdtemp()))
    labeler.go()
    say("open", labeler.name)
    while True:
        QTest.qWait(chance.randrange(SLOWEST_MS))
        what = chance.choices(("stroke", "next", "previous", "row"), (6, 2, 1, 1))[0]
        if what == "stroke":
            stroke(labeler, chance)
        else:
            move(labeler, what, chance)


def stroke(labeler: Labeler, chance: random.Random) -> None:
    """Paint a pixel that nobody has painted."""
    labels = labeler.mask()
    rows, columns = np.nonzero(np.asarray(labels.data) == 0)
    if rows.size:
        cell = chance.randrange(rows.size)
        labels.brush_size = 1
        say("stroke", labeler.name, rows[cell], columns[cell])
        labels.paint((int(rows[cell]), int(columns[cell])), 1)


def move(labeler: Labeler, what: str, chance: random.Random) -> None:
    """Go on, or back, or to any row, and wait until that scan is open; saving may go on."""
    session = labeler.session
    say(what, labeler.name)
    if what == "row":
        others = [scan.id for scan in session.project.scans() if scan.id != session.at]
        session.open(chance.choice(others))
    else:
        labeler.look()
        press(labeler.viewer, NEXT if what == "next" else PREVIOUS)
    wait_until(lambda: session.scan is not None and session.scan.id == session.at)
    say("open", labeler.name)


def say(*words: object) -> None:
    print(f"{time.time():.3f}", *words, flush=True)  # noqa: T201  the parent reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
