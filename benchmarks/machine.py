"""The machine that the figures are of: what it is, and how fast it multiplies matrices."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

PACKAGES = (
    "napari-multicancer", "ai-edge-litert", "numpy", "napari", "dask", "tensorflow", "keras",
    "onnxruntime", "tf2onnx", "openvino",
)  # fmt: skip
SIDE = 1536


def describe() -> dict[str, object]:
    """Name the processor, cores, memory, system and versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = info.read_text().splitlines() if info.exists() else []
    return next((n.partition(": ")[2] for n in names if n.startswith("model name")), "unknown")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def matrix_product(threads: int) -> Callable[[], object]:
    """Make two float32 matrices of `SIDE` x `SIDE` ready for a product of SIDE ** 3 multiply-adds.

    NumPy's linear algebra heeds the environment variables of the process for its threads.
    """
    rng = np.random.default_rng(0)
    left, right = (rng.random((SIDE, SIDE), np.float32) for _ in range(2))
    product = left @ right
    return lambda: np.matmul(left, right, out=product)
