"""Where the time of one analysis goes, step by step."""

from __future__ import annotations

import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

STEPS = (
    ("decoding the file", "napari_multicancer.io.load.load_scan"),
    ("colour and alpha", "napari_multicancer.core.scan.scan.Scan.plane"),
    ("grey window", "napari_multicancer.core.planes.squares.intensity_window"),
    ("stretching to the window", "napari_multicancer.core.planes.squares.normalize"),
    ("resizing and letterbox", "napari_multicancer.core.planes.letterbox.Letterbox.there"),
    ("three channels", "napari_multicancer.core.planes.prepare.as_three_channels"),
    ("networks", "napari_multicancer.core.models.runtime.Model.__call__"),
    ("map back to the scan's pixels", "napari_multicancer.core.planes.letterbox.Letterbox.back"),
    ("cutting and cleaning the mask", "napari_multicancer.core.analysis.outlines.outline"),
    ("measuring the lesion", "napari_multicancer.core.analysis.analyze.measure_lesion"),
)
REST = "all else"


def profiler(threads: int, sample: str, rounds: int) -> Callable[[], dict[str, float]]:
    """Make `profile` ready; a maker for `child`."""
    return lambda: profile(sample, rounds)


def profile(sample: str, rounds: int) -> dict[str, float]:
    """Time the steps of reading and analysing a shipped scan.

    Parameters
    ----------
    sample : str
        Its file.
    rounds : int

    Returns
    -------
    dict of str to float
        Median milliseconds by step, in order.
    """
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.io import load
    from napari_multicancer.samples import FOLDER

    found: list[dict[str, float]] = []
    for number in range(rounds + 1):
        with _watched() as seconds:
            start = time.perf_counter()
            analyze(load.load_scan(FOLDER / sample))
            whole = time.perf_counter() - start
        seconds[REST] = whole - sum(seconds.values())
        if number:
            found.append(dict(seconds))
    names = [*(name for name, _ in STEPS), REST]
    return {name: median(one.get(name, 0.0) for one in found) * 1e3 for name in names}


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """Put a clock around each step's function."""
    seconds: dict[str, float] = defaultdict(float)
    with ExitStack() as patches:
        for name, target in STEPS:
            module, _, function = target.rpartition(".")
            original = getattr(pkgutil.resolve_name(module), function)
            patches.enter_context(patch(target, _clocked(original, name, seconds)))
        yield seconds


def _clocked(
    function: Callable[..., Any], name: str, seconds: dict[str, float]
) -> Callable[..., Any]:
    def run(*arguments: Any, **more: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **more)
        finally:
            seconds[name] += time.perf_counter() - start

    return run
