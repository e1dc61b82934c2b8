"""Cold starts: a file from the terminal, and napari with and without the panel."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.child import REPOSITORY
from benchmarks.rows import Row, missing
from benchmarks.timing import Timing, in_turns, seconds_of
from napari_multicancer.samples import FOLDER

SECTION = "cold starts"
TARGET_TERMINAL, TARGET_PANEL = 0.20, 0.5
_WINDOW = """
import sys, time
start = time.perf_counter()
import napari
viewer = napari.Viewer()
viewer.window._qt_window.repaint()
if "panel" in sys.argv:
    viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
from qtpy.QtWidgets import QApplication
QApplication.processEvents()
loaded = {"tensorflow", "keras", "ai_edge_litert"} & set(sys.modules)
print("opened", time.perf_counter() - start, ",".join(sorted(loaded)) or "none")
import os
os._exit(0)
"""


def terminal(rounds: int) -> Iterator[Row]:
    """Analyse one file from the terminal, beside the import of TensorFlow."""
    timings = in_turns(
        {"one file": _one_file, "import": lambda: seconds_of(lambda: _python("import tensorflow"))},
        rounds,
    )
    yield _seconds("napari-multicancer analyze FILE", timings["one file"])
    yield _seconds("python -c 'import tensorflow'", timings["import"])
    ratio = timings["one file"].ratio(timings["import"])
    yield Row(SECTION, "one file against the import", ratio, "x", target=TARGET_TERMINAL)


def window(rounds: int) -> Iterator[Row]:
    """Open napari with and without the panel."""
    try:
        timings = in_turns({"bare": _opened, "panel": lambda: _opened("panel")}, rounds)
    except (subprocess.CalledProcessError, FileNotFoundError) as reason:
        yield missing(SECTION, "napari's window", reason)
        return
    yield _seconds("napari's window", timings["bare"])
    yield _seconds("napari's window with the panel", timings["panel"])
    added = [a - b for a, b in zip(timings["panel"].seconds, timings["bare"].seconds, strict=True)]
    yield _seconds("added by the panel", Timing(tuple(added)), target=TARGET_PANEL)


def _seconds(what: str, timing: Timing, target: float | None = None) -> Row:
    return Row(SECTION, what, timing.median, "s", timing.fastest, timing.slowest, target)


def _python(code: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    ).stdout


def _one_file() -> float:
    program = Path(sys.executable).with_name("napari-multicancer")
    with tempfile.TemporaryDirectory() as out:
        command = [program, "analyze", FOLDER / "brain_tumor.jpg", "--out", Path(out) / "o"]
        return seconds_of(lambda: subprocess.run(command, check=True, capture_output=True))


def _opened(*arguments: str) -> float:
    """Open a window in a process of its own, as far as the first events are done."""
    found = subprocess.run(
        ["scripts/with_display.sh", sys.executable, "-c", _WINDOW, *arguments],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    _, seconds, loaded = found[found.index("opened") :].split()[:3]
    if loaded != "none":
        raise AssertionError(f"opening the window has loaded {loaded}")
    return float(seconds)
