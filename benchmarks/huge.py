"""Huge pictures and long stacks on disk: memory, time, and how soon they stop when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.child import Child
from benchmarks.rows import Row
from benchmarks.stacks import planes
from napari_multicancer.samples import FOLDER

SECTION = "huge scans"
SIDE, LONG = 20_000, 5000
TARGET_MEMORY, TARGET_STOP = 600.0, 0.5
STOPS = (0.1, 0.5, 1.0, 2.0)
"""Seconds after the start when somebody presses Cancel."""


def analysis(path: str) -> Callable[[], object]:
    """Open and analyse a file; a maker for `child`."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.io import load_scan

    return lambda: analyze(load_scan(Path(path)), organ="brain")


def cancelling(path: str) -> Callable[[], dict[str, float]]:
    """Cancel at several moments, and give the longest wait for the end; a maker.

    The first analysis of a process, which is timed apart, also loads its libraries.
    """
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.errors import CancelledError
    from napari_multicancer.io import load_scan

    scan = load_scan(Path(path))

    def stop_after(seconds: float) -> float:
        pressed = threading.Event()
        at = [time.perf_counter()]

        def press() -> None:
            at[0] = time.perf_counter()
            pressed.set()

        timer = threading.Timer(seconds, press)
        timer.start()
        try:
            analyze(scan, organ="brain", cancelled=pressed.is_set)
        except CancelledError:
            return time.perf_counter() - at[0]
        finally:
            timer.cancel()
        return 0.0

    def run() -> dict[str, float]:
        first = stop_after(STOPS[0])
        return {"first": first, "longest": max(stop_after(seconds) for seconds in STOPS)}

    return run


def measure(folder: Path) -> Iterator[Row]:
    """Measure a picture of 20,000 x 20,000 pixels and a stack of 5,000 planes."""
    for what, path, n_pixels in (
        (f"a picture of {SIDE:,} x {SIDE:,} pixels", _picture(folder), SIDE**2),
        (f"a stack of {LONG:,} planes of 256 x 256", _stack(folder), LONG * 256**2),
    ):
        child = Child("benchmarks.huge:analysis", path=str(path))
        seconds, memory = child.run(), child.end()
        above, mask = memory["peak_mb"] - memory["start_mb"], n_pixels / 1e6
        yield Row(SECTION, f"{what}: analysis", seconds, "s", peak_mb=memory["peak_mb"])
        note = f"{TARGET_MEMORY:.0f} MB and the mask's {mask:.0f} MB"
        what_above = f"{what}: memory above the start"
        yield Row(SECTION, what_above, above, "MB", target=TARGET_MEMORY + mask, note=note)
        child = Child("benchmarks.huge:cancelling", path=str(path))
        wait = child.value()
        child.end()
        what_wait = f"{what}: longest wait after Cancel"
        yield Row(SECTION, what_wait, wait["longest"], "s", target=TARGET_STOP)
        yield Row(SECTION, f"{what}: while libraries are being loaded", wait["first"], "s")
        path.unlink()


def _picture(folder: Path) -> Path:
    """Write a shipped plane, each pixel repeated, as a tiled TIFF, row of tiles by row of tiles."""
    import tifffile

    from napari_multicancer.io import load_scan

    small = load_scan(FOLDER / "brain_tumor.jpg").plane(0)
    places = np.arange(SIDE) * len(small) // SIDE
    tile = 400

    def tiles() -> Iterator[np.ndarray]:
        for top in range(0, SIDE, tile):
            rows = small[places[top : top + tile]][:, places]
            yield from np.split(rows, SIDE // tile, axis=1)

    path = folder / "picture.tif"
    tifffile.imwrite(
        path,
        tiles(),
        shape=(SIDE, SIDE),
        dtype=np.uint8,
        tile=(tile, tile),
        compression="zlib",
        photometric="minisblack",
    )
    return path


def _stack(folder: Path) -> Path:
    import tifffile

    path = folder / "stack.tif"
    tifffile.imwrite(path, planes(LONG), photometric="minisblack")
    return path
