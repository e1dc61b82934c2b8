"""One 2-D scan, warm: against other runtimes, against the machine's bound, and step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.child import REPOSITORY, Child
from benchmarks.engines import TASKS
from benchmarks.machine import SIDE
from benchmarks.multiply_adds import multiply_adds
from benchmarks.rows import Row, in_ms, missing
from benchmarks.timing import Timing, in_turns
from napari_multicancer.core.models.cards import find_model

SAMPLE = "brain_tumor.jpg"
SECTION = "one 2-D scan, warm"
OURS, PREDICT, BOUND = "analyze", "keras.Model.predict", "float32 matrix product"
TARGET_PREDICT, TARGET_BOUND = 0.25, 2.0


def measure(rounds: int, folder: Path, threads: int) -> Iterator[Row]:
    """Measure all contenders with so many threads."""
    section = f"{SECTION}, {threads} thread{'s' * (threads > 1)}"
    _write_copies(folder)
    children: dict[str, Child] = {}
    for name, maker, arguments in _contenders(folder):
        try:
            children[name] = Child(f"benchmarks.{maker}", threads=threads, **arguments)
        except RuntimeError as reason:
            yield missing(section, name, reason)
    timings = in_turns({name: _second(child) for name, child in children.items()}, rounds)
    peaks = {name: child.end()["peak_mb"] for name, child in children.items()}
    for name, timing in timings.items():
        yield in_ms(section, name, timing, peak_mb=peaks[name])
    yield from _ratios(section, timings)


def _contenders(folder: Path) -> list[tuple[str, str, dict[str, str]]]:
    copies = {"folder": str(folder)}
    return [
        (OURS, "engines:analysis", {"sample": SAMPLE}),
        ("LiteRT, the networks alone", "engines:litert", {}),
        ("OpenVINO, float32", "engines:openvino", {"precision": "f32"} | copies),
        (
            "OpenVINO, bfloat16 (another precision)",
            "engines:openvino",
            {"precision": "bf16"} | copies,
        ),
        ("ONNX Runtime", "engines:onnx", copies),
        ("tf.function, compiled", "engines:tf_function", {}),
        (PREDICT, "engines:keras_predict", {}),
        (BOUND, "machine:matrix_product", {}),
    ]


def _second(child: Child) -> Callable[[], float]:
    """Time the second of two runs: the first finds the caches as the others left them."""

    def run() -> float:
        child.run()
        return child.run()

    return run


def _ratios(section: str, timings: dict[str, Timing]) -> Iterator[Row]:
    ours = timings[OURS]
    if PREDICT in timings:
        ratio = ours.ratio(timings[PREDICT])
        yield Row(section, f"{OURS} against {PREDICT}", ratio, "x", target=TARGET_PREDICT)
    counted = sum(multiply_adds(find_model(task).path) for task in TASKS)
    share = counted / SIDE**3
    bound = Timing(tuple(seconds * share for seconds in timings[BOUND].seconds))
    rate = SIDE**3 / timings[BOUND].fastest / 1e9
    note = f"{counted / 1e6:.0f} million multiply-adds at {rate:.0f} thousand million a second"
    yield in_ms(section, "the bound", bound, note=note)
    for name in (OURS, "LiteRT, the networks alone"):
        target = TARGET_BOUND if name == OURS else None
        yield Row(
            section, f"{name} against the bound", timings[name].ratio(bound), "x", target=target
        )


def _write_copies(folder: Path) -> None:
    if not list(folder.glob("*.onnx")):
        subprocess.run(
            [sys.executable, "-m", "benchmarks.engines", str(folder)],
            cwd=REPOSITORY,
            capture_output=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            check=False,  # where tf2onnx is not installed, ONNX Runtime's row says so
        )
