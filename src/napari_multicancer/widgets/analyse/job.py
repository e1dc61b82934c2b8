"""One analysis in a thread of its own, with progress and a way to stop it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.widgets.common.background_job import BackgroundJob
from napari_multicancer.widgets.common.lesions import record_for

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.masks.record import MaskRecord

logger = logging.getLogger("napari_multicancer")


class Job(BackgroundJob):
    """Runs `analyze` in a thread; a new start or the end of this object stops the old run.

    Attributes
    ----------
    analysed : Signal(object, object)
        The `Analysis`, and the `MaskRecord` of its mask.
    """

    analysed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.returned.connect(self._on_analysed)

    def analyse(
        self, scan: Scan, *, organ: str, steps: Sequence[str], models: Mapping[str, str]
    ) -> None:
        """Analyse a scan; the arguments are those of `analyze`."""
        self.start(partial(_analyse, scan, {"organ": organ, "steps": steps, "models": models}))

    def _on_analysed(self, answer: tuple[Analysis, MaskRecord]) -> None:
        self.analysed.emit(*answer)


def _analyse(
    scan: Scan,
    options: Mapping[str, Any],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> tuple[Analysis, MaskRecord]:
    """Classify and segment a scan.

    What takes long to import is imported here, where the window does not wait
    for it: pandas too, which napari needs for the first Labels layer.
    """
    import pandas  # noqa: F401

    from napari_multicancer.core.analysis.analyze import analyze

    with warnings.catch_warnings():
        warnings.showwarning = _log_warning
        analysis = analyze(scan, progress=progress, cancelled=cancelled, **options)
    return analysis, record_for(scan, analysis)


def _log_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    logger.warning("%s: %s (%s:%s)", category.__name__, message, *where[:2])
