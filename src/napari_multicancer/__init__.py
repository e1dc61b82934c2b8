"""Brain MRI and breast ultrasound in napari: recognised, classified, segmented, corrected, saved.

For research use only, not for diagnosis.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io import load_scan

__all__ = ["Analysis", "Scan", "analyze", "load_scan"]
__version__ = version("napari-multicancer")

_HOMES = {
    "Analysis": "napari_multicancer.core.analysis.answer",
    "analyze": "napari_multicancer.core.analysis.analyze",
    "Scan": "napari_multicancer.core.scan.scan",
    "load_scan": "napari_multicancer.io",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
