"""What else was tried to make it faster; each beside what the program does."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.child import Child
from benchmarks.engines import square
from benchmarks.rows import Row, in_ms, missing
from benchmarks.timing import in_turns, seconds_of
from napari_multicancer.core.models.cards import find_model

SECTION = "what was tried"
PLANES = 16


def lanes(threads: int, at_once: int) -> Callable[[], object]:
    """Ask about 16 squares on so many interpreters that share the threads; a maker."""
    from napari_multicancer.core.models.runtime import Model

    model, image = Model(find_model("brain"), at_once), square("brain")[0]
    pool = ThreadPoolExecutor(at_once)

    def run() -> None:
        list(pool.map(lambda _: model(image), range(PLANES)))

    run()
    return run


def batch(threads: int, planes: int) -> Callable[[], object]:
    """Show Keras' compiled network 16 squares, so many at a time; a maker.

    The LiteRT files take one plane: their XNNPACK refuses any other shape.
    """
    import tensorflow as tf

    from benchmarks.engines import _keras_networks

    network = _keras_networks(threads)[1][0]
    call = tf.function(lambda x: network(x, training=False), jit_compile=False)
    images = tf.constant(np.repeat(square("brain"), planes, axis=0))

    def run() -> None:
        for _ in range(PLANES // planes):
            call(images)

    run()
    return run


def reading(threads: int, ahead: bool) -> Callable[[], object]:
    """Analyse a stack of 64 compressed planes, read ahead or as one comes to it; a maker."""
    import dask.array
    import tifffile

    from benchmarks.stacks import planes
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.planes import walk
    from napari_multicancer.core.scan.scan import Scan

    file = tempfile.NamedTemporaryFile(suffix=".tif")  # noqa: SIM115  lives as long as the process
    tifffile.imwrite(file.name, planes(64), photometric="minisblack", compression="zlib")
    stack = _Pages(tifffile.TiffFile(file.name))
    scan = Scan(dask.array.from_array(stack, chunks=(1, *stack.shape[1:]), name=False), "zyx")
    if not ahead:
        walk.blocks_of = _one_block
    run = lambda: analyze(scan, organ="brain")  # noqa: E731
    run()
    run.file = file  # type: ignore[attr-defined]
    return run


def _one_block(scan, planes):
    from napari_multicancer.core.planes.blocks import Block

    yield Block(range(scan.n_planes) if planes is None else planes, scan)


class _Pages:
    """A TIFF's pages as an array."""

    def __init__(self, tiff) -> None:
        self._tiff, self._lock = tiff, threading.Lock()
        self.shape, self.dtype = tiff.series[0].shape, tiff.series[0].dtype
        self.ndim = len(self.shape)

    def __getitem__(self, key):
        numbers = np.arange(self.shape[0])[key[0]]
        with self._lock:
            read = np.stack([self._tiff.pages[int(n)].asarray() for n in np.atleast_1d(numbers)])
        return read.reshape(*numbers.shape, *self.shape[1:])[(..., *key[1:])]


def weight_cache(threads: int, cached: bool) -> Callable[[], object]:
    """Load the brain network through LiteRT's CompiledModel, which knows the cache; a maker."""
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.cpu_options import CpuOptions
    from ai_edge_litert.options import Options

    path = str(find_model("brain").path)
    folder = tempfile.mkdtemp() if cached else ""
    cpu = CpuOptions(num_threads=threads, xnnpack_weight_cache_path=folder and f"{folder}/cache")

    def run() -> None:
        CompiledModel.from_file(path, options=Options(cpu_options=cpu))

    run()
    return run


def loading(threads: int) -> Callable[[], object]:
    """Load the brain network as the program does; a maker."""
    from napari_multicancer.core.models.runtime import Model

    card = find_model("brain")
    Model(card)
    return lambda: Model(card)


_PAIRS = (
    ("two interpreters of one thread, 16 planes", "lanes", {"at_once": 2}),
    ("one interpreter of two threads, 16 planes", "lanes", {"at_once": 1}),
    ("tf.function, 16 planes one by one", "batch", {"planes": 1}),
    ("tf.function, 16 planes in batches of 4", "batch", {"planes": 4}),
    ("tf.function, 16 planes in one batch", "batch", {"planes": 16}),
    ("64 compressed planes from disk, read ahead in blocks", "reading", {"ahead": True}),
    ("64 compressed planes from disk, read when their turn comes", "reading", {"ahead": False}),
    ("loading the brain network", "loading", {}),
    ("loading it by CompiledModel", "weight_cache", {"cached": False}),
    ("loading it by CompiledModel with a weight cache on disk", "weight_cache", {"cached": True}),
)


def measure(rounds: int) -> Iterator[Row]:
    """Measure each with two threads."""
    children = {}
    for what, maker, arguments in _PAIRS:
        try:
            children[what] = Child(f"benchmarks.tries:{maker}", threads=2, **arguments)
        except RuntimeError as reason:
            yield missing(SECTION, what, reason)
    timings = in_turns({what: child.run for what, child in children.items()}, rounds)
    for what, timing in timings.items():
        yield in_ms(SECTION, what, timing, peak_mb=children[what].end()["peak_mb"])
    yield from skipping(rounds)


def skipping(rounds: int) -> Iterator[Row]:
    """Measure what it saves to leave planes out that surely show no organ, or nothing."""
    from benchmarks.stacks import planes
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.scan.scan import Scan

    shown = planes(32)
    stacks = {"all show a brain": shown, "half are empty": shown.copy()}
    stacks["half are empty"][:16] = 0
    scans = {name: Scan(stack, "zyx") for name, stack in stacks.items()}
    contenders = {
        name: lambda scan=scan: seconds_of(lambda: analyze(scan)) for name, scan in scans.items()
    }
    for name, timing in in_turns(contenders, rounds).items():
        yield in_ms(SECTION, f"32 planes, {name}", timing)
