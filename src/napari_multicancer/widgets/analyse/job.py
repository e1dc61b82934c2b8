"""What the panel lets a thread do: analyze a scan, and make its answer ready for the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari.layers import Image

from napari_multicancer.core.masks.record import MaskRecord, PackedMask, half_precision
from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.common.layers import (
    lay_over,
    reading_of,
    scan_from_layer,
    spatial_shape,
)
from napari_multicancer.widgets.common.lesions import record_for
from napari_multicancer.widgets.common.thread import Cancelled, Progress, logged_warnings

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis


@dataclass(frozen=True, eq=False)
class AnalysisTask:
    """What is asked of an image layer, as it is at the start.

    Attributes
    ----------
    scan : Scan
    reading : Reading
        How the layer's axes were read.
    shape : tuple of int
        Of a mask of the whole layer.
    organ, steps, models
        As `analyze` takes them.
    """

    scan: Scan
    reading: Reading
    shape: tuple[int, ...]
    organ: str
    steps: Sequence[str]
    models: Mapping[str, str]

    @classmethod
    def about(
        cls, image: Image, organ: str, steps: Sequence[str], models: Mapping[str, str]
    ) -> AnalysisTask:
        """Take the scan out of an image layer.

        Raises
        ------
        UnsupportedScanError
            Its shape or values cannot be analyzed.
        """
        scan = scan_from_layer(image)
        scan.check()
        return cls(scan, reading_of(image), spatial_shape(image), organ, steps, models)


@dataclass(frozen=True, eq=False)
class ReadyAnalysis:
    """An analysis as the window takes it: all that takes long with a large stack is done.

    Attributes
    ----------
    analysis : Analysis
        Its mask is as large as the layer; the map is kept in half precision.
    known : MaskRecord
        Of that mask.
    first : PackedMask or None
        The mask, compressed.
    """

    analysis: Analysis
    known: MaskRecord
    first: PackedMask | None


def analyze_task(task: AnalysisTask, progress: Progress, cancelled: Cancelled) -> ReadyAnalysis:
    """Classify and segment a scan.

    What takes long to import is imported here, where the window does not wait
    for it: pandas too, which napari needs for the first Labels layer.
    """
    import pandas  # noqa: F401

    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.analysis.second_opinion import with_second_opinion

    scan, models = task.scan, task.models
    with logged_warnings():
        analysis = analyze(
            scan,
            organ=task.organ,
            steps=task.steps,
            models=models,
            progress=progress,
            cancelled=cancelled,
        )
        analysis = with_second_opinion(analysis, scan, models=models, cancelled=cancelled)
    return _ready(task, analysis)


def _ready(task: AnalysisTask, analysis: Analysis) -> ReadyAnalysis:
    known = record_for(task.scan, analysis)
    laid = lay_over(analysis, task.reading, task.shape)
    mask = laid.mask
    if mask is None:
        return ReadyAnalysis(laid, known, None)
    if laid is not analysis:
        known = replace(known, made_digest=digest(mask))
    if laid.probability is not None:
        laid = replace(laid, probability=half_precision(laid.probability))
    return ReadyAnalysis(laid, known, PackedMask.of(mask))
