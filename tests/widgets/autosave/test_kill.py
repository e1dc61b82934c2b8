"""Fifty times the program is killed while somebody paints: no stroke older than 5 s is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.io.snapshots.fingerprint import fingerprint
from napari_multicancer.io.snapshots.folder import list_snapshots, restorable
from napari_multicancer.io.snapshots.snapshot import read_pixels

from .painter import BEAT_MS, scan

PAINTER = Path(__file__).with_name("painter.py")
KILLS = {"layer": 47, "window": 3}
MOST_STROKES = 60
"""Killed at a random stroke up to this one, which comes after some 6.5 s."""
SAVED_WITHIN = 5_000 / BEAT_MS
"""Beats, the painter's own time."""
NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)

Strokes = list[tuple[int, int]]
"""The rows that were painted, and at which beats."""


def painted_and_killed(kind: str, folder: Path, last_strokes: dict[str, int]) -> dict[str, Strokes]:
    """Let painters paint, each in a folder of its name, and kill each at its last stroke."""
    pids: dict[str, int] = {}
    strokes: dict[str, Strokes] = defaultdict(list)
    with subprocess.Popen(
        [sys.executable, str(PAINTER), kind, *(str(folder / name) for name in last_strokes)],
        env={**os.environ, **({"QT_QPA_PLATFORM": "offscreen"} if kind == "layer" else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as painters:
        try:
            for line in painters.stdout:
                name, row, number = line.split()
                if row == "pid":
                    pids[name] = int(number)
                    continue
                strokes[name].append((int(row), int(number)))
                if len(strokes[name]) == last_strokes[name]:
                    os.kill(pids[name], signal.SIGKILL)
        finally:
            if painters.poll() is None:
                os.killpg(painters.pid, signal.SIGKILL)
    return strokes


def lost(folder: Path, strokes: Strokes) -> list[int]:
    """Give the ages of the strokes that cannot be restored; fail where a file is unreadable."""
    listed, skipped = list_snapshots(folder)
    assert skipped == []
    kept = restorable(listed, fingerprint(scan(), 3))
    rows = {int(row) for one in kept for row in np.nonzero(read_pixels(one))[1]}
    end = strokes[-1][1]
    return [end - beat for row, beat in strokes if row not in rows]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("kind", KILLS)
def test_no_stroke_older_than_five_seconds_is_lost(tmp_path, kind):
    if kind == "window" and NO_DISPLAY:
        pytest.skip("a real viewer needs a display; run the tests under scripts/with_display.sh")
    chance = random.Random(kind)
    last_strokes = {str(one): chance.randint(3, MOST_STROKES) for one in range(KILLS[kind])}
    strokes = painted_and_killed(kind, tmp_path, last_strokes)
    restored = 0
    for name, last in last_strokes.items():
        assert len(strokes[name]) >= last, "a painter ended by itself"
        missing = lost(tmp_path / name, strokes[name])
        assert max(missing, default=0) <= SAVED_WITHIN
        restored += len(strokes[name]) - len(missing)
    assert restored > 0
