"""Image layers whose turn it is to be analyzed, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.job import AnalysisTask, ReadyAnalysis, analyze_task
from napari_multicancer.widgets.analyse.opening import Opening
from napari_multicancer.widgets.common.layers import finest_level
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.thread import BackgroundJob


class AnalysisRuns(QObject):
    """Analyzes image layers one after the other, each in a thread.

    One that another reader has opened is compared with its file before. Where ours reads
    that differently, it is left out until the user has decided. A layer that is deleted
    loses its turn; one that fails does not keep the next from its own.

    Parameters
    ----------
    viewer : ViewerModel
    opening : Opening
        Says which image has to wait, or is held back.
    organ_of : callable
        From an image to the organ that `analyze` takes.
    models : callable
        Gives the models to ask, task to name.
    show : callable
        Given an image and its `ReadyAnalysis`; what it raises is told to the user.

    Attributes
    ----------
    begun : Signal(object)
        The `Image` whose turn it is.
    progressed : Signal(int, int)
        Planes done and in all.
    ended : Signal(bool)
        An image's turn is over; True where there was an answer.
    """

    begun = Signal(object)
    progressed = Signal(int, int)
    ended = Signal(bool)

    def __init__(
        self,
        viewer: ViewerModel,
        opening: Opening,
        organ_of: Callable[[Image], str],
        models: Callable[[], Mapping[str, str]],
        show: Callable[[Image, ReadyAnalysis], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._opening = viewer, opening
        self._organ_of, self._models, self._show = organ_of, models, show
        self._waiting: list[Image] = []
        self._steps: Sequence[str] = ()
        self._pixels: Any = None
        self.image: Image | None = None
        self.turn, self.turns = 0, 0
        self._job = BackgroundJob(self)
        self._job.progressed.connect(self.progressed)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)
        viewer.layers.events.removed.connect(self._on_removed)

    @property
    def is_working(self) -> bool:
        """Whether an analysis is under way, or waits until its image is compared with its file."""
        return self.image is not None

    def start(self, images: Sequence[Image], steps: Sequence[str]) -> None:
        """Analyze images in this order; what is under way is stopped."""
        self._job.cancel()
        self._opening.forget()
        self._waiting, self._steps = list(images), steps
        self.turn, self.turns = 0, len(images)
        self._next()

    def cancel(self) -> None:
        """Stop, and let nobody have their turn any more."""
        self._waiting.clear()
        self._drop()

    def _next(self) -> None:
        if self._waiting:
            self.turn += 1
            self._begin(self._waiting.pop(0))

    def _begin(self, image: Image) -> None:
        self.image, self._pixels = image, finest_level(image)
        self.begun.emit(image)
        if self._opening.waits_for(image, partial(self._begin, image)):
            return
        if self._opening.holds_back(image):
            self._end(False)
        else:
            self._ask(image)

    def _ask(self, image: Image) -> None:
        try:
            task = AnalysisTask.about(image, self._organ_of(image), self._steps, self._models())
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, tr("reading {name}", name=image.name))
            self._end(False)
        else:
            self._job.start(partial(analyze_task, task))

    def _on_returned(self, answer: ReadyAnalysis) -> None:
        image, answered = self.image, False
        if image is None:
            return
        try:
            if finest_level(image) is not self._pixels:
                raise UnsupportedScanError(
                    tr(
                        "{name} was changed while it was being analyzed: run it again.",
                        name=image.name,
                    )
                )
            self._show(image, answer)
            answered = True
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, tr("showing the result for {name}", name=image.name))
        self._end(answered)

    def _on_failed(self, error: Exception) -> None:
        name = tr("a scan") if self.image is None else self.image.name
        tell(error, tr("analyzing {name}", name=name))
        self._end(False)

    def _on_removed(self, event: Any) -> None:
        self._waiting = [image for image in self._waiting if image is not event.value]
        if event.value is self.image:
            self._drop()

    def _drop(self) -> None:
        """Stop the one that is under way."""
        if self.is_working:
            self._job.cancel()
            self._opening.forget()
            self._end(False)

    def _end(self, answered: bool) -> None:
        self.image = self._pixels = None
        self.ended.emit(answered)
        if not self.is_working:
            self._next()
