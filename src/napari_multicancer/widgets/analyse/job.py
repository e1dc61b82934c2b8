"""What the panel lets a thread do: analyze a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.widgets.common.lesions import record_for
from napari_multicancer.widgets.common.thread import Cancelled, Progress, logged_warnings

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.masks.record import MaskRecord


def analyze_scan(
    scan: Scan,
    organ: str,
    steps: Sequence[str],
    models: Mapping[str, str],
    progress: Progress,
    cancelled: Cancelled,
) -> tuple[Analysis, MaskRecord]:
    """Classify and segment a scan; the arguments are those of `analyze`.

    What takes long to import is imported here, where the window does not wait
    for it: pandas too, which napari needs for the first Labels layer.
    """
    import pandas  # noqa: F401

    from napari_multicancer.core.analysis.analyze import analyze

    with logged_warnings():
        analysis = analyze(
            scan, organ=organ, steps=steps, models=models, progress=progress, cancelled=cancelled
        )
    return analysis, record_for(scan, analysis)
