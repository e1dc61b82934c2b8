"""Stacks: time a plane as they grow, against the bare runtime, and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.child import Child
from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing, in_turns
from napari_multicancer.samples import FOLDER

SECTION = "stacks"
LENGTHS = (1, 16, 155, 2000)
VOLUME = 155
TARGET_PLANE, TARGET_MEMORY = 1.0, 600.0
SIDE = 256


def planes(n_planes: int) -> NDArray[np.uint8]:
    """Make a stack of the shipped one's planes, there and back again, none of them empty."""
    from napari_multicancer.io import load_scan

    shipped = load_scan(FOLDER / "brain_tumor_stack.tif").pixels
    there_and_back = np.concatenate([shipped, shipped[::-1]])
    return there_and_back[np.arange(n_planes) % len(there_and_back)]


def analysis(n_planes: int, threads: int, times: int = 1) -> Callable[[], object]:
    """Analyse a stack in memory, all three steps; a maker for `child`."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.scan.scan import Scan

    stack = planes(n_planes)
    scan = Scan(stack, "zyx") if n_planes > 1 else Scan(stack[0], "yx")
    analyze(Scan(stack[:16], "zyx") if n_planes > 1 else scan)

    def run() -> None:
        for _ in range(times):
            analyze(scan)

    return run


def bare(n_planes: int, threads: int) -> Callable[[], object]:
    """Show the brain network so many squares, one after another, and do nothing else."""
    from benchmarks.engines import litert

    ask = litert(threads, ("brain",))

    def run() -> None:
        for _ in range(n_planes):
            ask()

    return run


def from_disk(path: str) -> Callable[[], object]:
    """Analyse a file, opened as the program opens it."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.io import load_scan

    return lambda: analyze(load_scan(Path(path)))


def explained_from_disk(path: str) -> Callable[[], object]:
    """Explain every plane of a file, and look at one plane's maps, as the window does."""
    from napari_multicancer.core.analysis.explanation import explain
    from napari_multicancer.io import load_scan

    def run() -> None:
        found = explain(load_scan(Path(path)), "brain")
        for one in (found.activation, found.probability, found.uncertainty):
            np.asarray(one[one.shape[0] // 2])

    return run


def growth(rounds: int, threads: int, lengths: tuple[int, ...] = LENGTHS) -> Iterator[Row]:
    """Measure the time a plane of stacks of several lengths."""
    for length in lengths:
        repeats = rounds if length <= VOLUME else min(rounds, 2)
        yield from _length(length, repeats, threads)


def _length(length: int, rounds: int, threads: int) -> Iterator[Row]:
    ours = Child("benchmarks.stacks:analysis", threads=threads, n_planes=length)
    theirs = Child("benchmarks.stacks:bare", threads=threads, n_planes=length)
    timings = in_turns({"ours": ours.run, "bare": theirs.run}, rounds)
    a_plane = {
        name: Timing(tuple(seconds / length for seconds in timing.seconds))
        for name, timing in timings.items()
    }
    many = f"{length:,} plane{'s' * (length > 1)}, {threads} thread{'s' * (threads > 1)}"
    yield in_ms(SECTION, f"{many}: a plane", a_plane["ours"], peak_mb=ours.end()["peak_mb"])
    what = f"{many}: the bare runtime"
    yield in_ms(SECTION, what, a_plane["bare"], peak_mb=theirs.end()["peak_mb"])
    ratio = a_plane["ours"].ratio(a_plane["bare"])
    target = TARGET_PLANE if length == VOLUME else None
    yield Row(SECTION, f"{many}: against the bare runtime", ratio, "x", target=target)


def memory(n_planes: int = 2000) -> Iterator[Row]:
    """Measure the memory above the start while a stack on disk is analyzed, and explained."""
    import tifffile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stack.tif"
        tifffile.imwrite(path, planes(n_planes), photometric="minisblack")
        mask_mb = n_planes * SIDE**2 / 1e6
        yield _memory("from_disk", "memory above the start", path, n_planes, mask_mb)
        what = "explained, memory above the start"
        yield _memory("explained_from_disk", what, path, n_planes, 0.0)


def _memory(maker: str, what: str, path: Path, n_planes: int, mask_mb: float) -> Row:
    child = Child(f"benchmarks.stacks:{maker}", path=str(path))
    seconds = child.run()
    found = child.end()
    and_the_mask = f" and the mask's {mask_mb:.0f} MB" if mask_mb else ""
    return Row(
        SECTION,
        f"{n_planes:,} planes from disk: {what}",
        found["peak_mb"] - found["start_mb"],
        "MB",
        target=TARGET_MEMORY + mask_mb,
        peak_mb=found["peak_mb"],
        note=f"{TARGET_MEMORY:.0f} MB{and_the_mask}; {seconds / n_planes * 1e3:.1f} ms a plane",
    )
