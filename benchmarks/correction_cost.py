"""How long the window waits for a correction, and a measurement for its table.

Run it with ``python benchmarks/correction_cost.py``; it needs no display. The mask is an
ellipsoid in 155 planes of 512 x 512, uint8. Beside each time stands the processor's time
of the window's own thread, which is the time on an idle machine, and the limit:

- the answer for the stack, from its arrival to the mask in the viewer;
- tools that a thread does: one plane's snap, the largest region of the stack;
- the threshold slider, from its move to the plane cut anew;
- a tool on the whole stack, of which only the writing holds up the window;
- a stroke, from its end to the table's new values (two layers: a picture, the stack).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

SHAPE = (155, 512, 512)
REPEATS = 7
PATIENCE_S = 30


Row = tuple[str, list[tuple[float, float]], str]
"""What is measured, how long it took each time (by the clock, of the processor), the limit."""


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_MULTICANCER_AUTOSAVE"] = folder
        _measure()


def _measure() -> None:
    from napari.components import ViewerModel
    from qtpy.QtWidgets import QApplication

    app = QApplication([])
    viewer = ViewerModel()
    scan = np.random.default_rng(0).integers(0, 255, SHAPE, dtype=np.uint8)
    for rows in (
        _arrivals(viewer, scan),
        _tools(scan),
        _corrections(viewer, scan),
        _measurements(viewer, scan, app.processEvents),
    ):
        for name, times, limit in rows:
            clock, cpu = np.median(times, axis=0) * 1000
            print(f"{name:44} {clock:6.1f} ms, processor {cpu:6.1f} ms  ({limit})", flush=True)


def _distance() -> NDArray[np.float32]:
    """Give how far each voxel lies from the middle; 1 on the ellipsoid."""
    axes = [np.linspace(-1, 1, length, dtype=np.float32) ** 2 for length in SHAPE]
    return 4 * axes[0][:, None, None] + 8 * axes[1][:, None] + 8 * axes[2]


def _ellipsoid() -> NDArray[np.uint8]:
    return (_distance() < 1).astype(np.uint8)


def _arrivals(viewer: object, scan: NDArray[np.uint8]) -> list[Row]:
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.core.masks.record import MaskRecord, PackedMask, half_precision
    from napari_multicancer.io.snapshots.fingerprint import digest
    from napari_multicancer.widgets.common.lesions import add_lesion

    mask = _ellipsoid()
    probability = half_precision(np.exp2(-_distance()))
    analysis = Analysis(Prediction({"brain": 1.0}), mask=mask, probability=probability)
    known, first = MaskRecord.of({}, digest(mask)), PackedMask.of(mask)
    arrivals = []
    for _ in range(REPEATS):
        image = viewer.add_image(scan)
        arrivals.append(
            _seconds(lambda image=image: add_lesion(viewer, image, analysis, known, first))
        )
        viewer.layers.clear()
    return [("the stack's answer arrives", arrivals, "at most 200 ms")]


def _tools(scan: NDArray[np.uint8]) -> list[Row]:
    from napari_multicancer.core.masks.edges import snap_to_edges
    from napari_multicancer.core.masks.regions import keep_largest_region

    mask, middle = _ellipsoid(), SHAPE[0] // 2
    snaps = [_seconds(lambda: snap_to_edges(mask[middle], scan[middle])) for _ in range(REPEATS)]
    largest = [_seconds(lambda: keep_largest_region(mask)) for _ in range(2)]
    return [
        ("snap to edges, one plane, in a thread", snaps, "at most 1 s"),
        ("keep largest, the stack, in a thread", largest, "progress and cancel"),
    ]


def _corrections(viewer: object, scan: NDArray[np.uint8]) -> list[Row]:
    from napari_multicancer.core.masks.outline import grow
    from napari_multicancer.widgets.autosave.autosave import AutoSave
    from napari_multicancer.widgets.common.record import record_of
    from napari_multicancer.widgets.correct.part import find_changes, part_of, write
    from napari_multicancer.widgets.correct.threshold import Recut

    viewer.add_image(scan)
    labels = viewer.add_labels(_ellipsoid())
    autosave = AutoSave(viewer)
    viewer.dims.set_point(0, SHAPE[0] // 2)
    record_of(labels).keep_probability(np.exp2(-_distance()))
    recut = Recut(viewer)
    recut.begin(labels)
    cuts = [_seconds(lambda at=at: recut.cut(labels, at)) for at in np.linspace(0.1, 0.9, REPEATS)]
    recut.take_back()

    part = part_of(viewer, labels, whole_stack=True)
    before = part.mask.copy()
    after = grow(before, 2, 1)
    found, written = [], []
    for _ in range(REPEATS):
        found.append(_seconds(lambda: find_changes(before, after)))
        changes = find_changes(before, after)
        written.append(_seconds(lambda changes=changes: write(part, changes, "grow")))
        labels.undo()
    autosave.flush()
    return [
        ("threshold, one plane", cuts, "at most 50 ms"),
        ("whole stack, in a thread: what changed", found, "no limit"),
        (f"whole stack, the window: {len(changes):,} voxels", written, "felt from 100 ms"),
    ]


def _measurements(viewer: object, scan: NDArray[np.uint8], wait: Callable[[], None]) -> list[Row]:
    from napari_multicancer.widgets.measure.watch import MeasurementsWatch

    viewer.layers.clear()
    rows = []
    for name, mask, image in (
        ("picture", _ellipsoid()[SHAPE[0] // 2], scan[0]),
        ("stack", _ellipsoid(), scan),
    ):
        viewer.add_image(image)
        labels = viewer.add_labels(mask)
        watch, heard = MeasurementsWatch(viewer), []
        watch.measured.connect(heard.append)
        watch.watch(labels)
        _until(heard, wait)
        delays = []
        for number in range(REPEATS):
            heard.clear()
            place = (*(length // 2 for length in mask.shape[:-1]), 10 + 20 * number)
            labels.paint(place, 1)
            delays.append(_seconds(partial(_until, heard, wait)))
        rows.append((f"stroke to measurements, {name}", delays, "at most 200 ms"))
    return rows


def _until(heard: list[object], wait: Callable[[], None]) -> None:
    start = time.perf_counter()
    while not heard and time.perf_counter() - start < PATIENCE_S:
        wait()
        time.sleep(0.001)


def _seconds(do: Callable[[], object]) -> tuple[float, float]:
    start, used = time.perf_counter(), time.thread_time()
    do()
    return time.perf_counter() - start, time.thread_time() - used


if __name__ == "__main__":
    main()
