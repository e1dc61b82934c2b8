"""Brain MRI and breast ultrasound in napari: recognized, classified, segmented, corrected, saved.

For research use only, not for diagnosis.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.analysis.clicks import Refinement, refine
    from napari_multicancer.core.analysis.guides import Click
    from napari_multicancer.core.analysis.propagation import Propagation, propagate
    from napari_multicancer.core.scan.pixel_size import with_pixel_size
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io import load_scan

__all__ = [
    "Analysis",
    "Click",
    "Propagation",
    "Refinement",
    "Scan",
    "analyze",
    "load_scan",
    "propagate",
    "refine",
    "with_pixel_size",
]
__version__ = version("napari-multicancer")

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "core.analysis.analyze": ["analyze"],
        "core.analysis.answer": ["Analysis"],
        "core.analysis.clicks": ["Refinement", "refine"],
        "core.analysis.guides": ["Click"],
        "core.analysis.propagation": ["Propagation", "propagate"],
        "core.scan.pixel_size": ["with_pixel_size"],
        "core.scan.scan": ["Scan"],
        "io": ["load_scan"],
    },
)
