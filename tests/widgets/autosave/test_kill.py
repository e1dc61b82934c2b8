"""Fifty times the program is killed while somebody paints: no stroke older than 5 s is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.io.snapshots.fingerprint import fingerprint
from napari_multicancer.io.snapshots.folder import VARIABLE, list_snapshots, restorable
from napari_multicancer.io.snapshots.snapshot import read_pixels

from .painter import scan

PAINTER = Path(__file__).with_name("painter.py")
KILLS = {"layer": 47, "window": 3}
AT_ONCE = 4
LONGEST_S = 6.5
"""Killed at a random moment so long after the first stroke at most."""
SAVED_WITHIN_S = 5.0
START_S = 240
NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)


class Painter:
    """A process that paints, what it reported, and when it was killed."""

    def __init__(self, kind: str, seed: int, folder: Path) -> None:
        self.folder = folder
        self.strokes: list[tuple[int, float]] = []
        self.began = threading.Event()
        environment = {**os.environ, VARIABLE: str(folder)}
        if kind == "layer":
            environment["QT_QPA_PLATFORM"] = "offscreen"
        self._process = subprocess.Popen(
            [sys.executable, str(PAINTER), kind, str(seed)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if not line.endswith("\n"):
                break  # the kill came while it was written
            row, at = line.split()
            self.strokes.append((int(row), float(at)))
            self.began.set()
        self.began.set()

    def kill_after(self, seconds: float) -> None:
        self.began.wait(START_S)
        assert self.strokes, "nothing was painted"
        time.sleep(max(self.strokes[0][1] + seconds - time.monotonic(), 0))
        self.killed_at = time.monotonic()
        self.end()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def lost(self) -> list[float]:
        """Give the ages of the strokes that cannot be restored; fail where a file is unreadable."""
        listed, skipped = list_snapshots(self.folder)
        assert skipped == []
        kept = restorable(listed, fingerprint(scan(), 3))
        rows = {int(row) for one in kept for row in np.nonzero(read_pixels(one))[1]}
        return [self.killed_at - at for row, at in self.strokes if row not in rows]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KILLS)
def test_no_stroke_older_than_five_seconds_is_lost(tmp_path, kind):
    if kind == "window" and NO_DISPLAY:
        pytest.skip("a real viewer needs a display; run the tests under scripts/with_display.sh")
    chance = random.Random(kind)
    restored = 0
    for first in range(0, KILLS[kind], AT_ONCE):
        seeds = range(first, min(first + AT_ONCE, KILLS[kind]))
        painters = [Painter(kind, seed, tmp_path / str(seed)) for seed in seeds]
        moments = sorted(chance.uniform(0.1, LONGEST_S) for _ in painters)
        try:
            for painter, moment in zip(painters, moments, strict=True):
                painter.kill_after(moment)
        finally:
            for painter in painters:
                painter.end()
        for painter in painters:
            lost = painter.lost()
            assert max(lost, default=0) <= SAVED_WITHIN_S
            restored += len(painter.strokes) - len(lost)
    assert restored > 0
