"""Makes the mask of a stack consistent between its planes, as one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.history import MADE_CONSISTENT
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.record import SETTLED, record_of
from napari_multicancer.widgets.common.thread import Cancelled, Progress
from napari_multicancer.widgets.correct.part import Mask, Part, part_of
from napari_multicancer.widgets.correct.runner import CorrectionRunner
from napari_multicancer.widgets.correct.tools import Action

if TYPE_CHECKING:
    from napari_multicancer.core.masks.consistency import Consistent

CONSISTENT = Action(
    name="consistent",
    title=tr("Consistent planes"),
    word=MADE_CONSISTENT,
    is_hand=False,
    help=tr(
        "Smooth the probability across neighboring planes (1:2:1), cut it where the model does, "
        "and remove regions on one plane alone; planes that you drew on, clicked on, used a tool "
        "on or settled stay as they are"
    ),
)
ROLLED = tr(
    "The model outlined the planes in which the scan was taken: roll the axes on until you see "
    "those, with the button below the layer list."
)
USUAL = 0.5


class ConsistentPlanes(QObject):
    """Changes a mask in a thread, and says in words what that changed.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    said : Signal(str)
        How far it is, what changed, or why nothing did.
    ended : Signal()
        Nothing is under way any more.
    """

    said = Signal(str)
    ended = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._found: Consistent | None = None
        self._runner = CorrectionRunner(viewer, self)
        self._runner.said.connect(self.said)
        self._runner.progressed.connect(self._on_progressed)
        self._runner.corrected.connect(self._on_corrected)
        self._runner.working.connect(self._on_working)

    @property
    def is_working(self) -> bool:
        """Whether a thread is at work."""
        return self._runner.is_working

    def start(self, labels: Labels) -> None:
        """Make a mask's selected label consistent between planes.

        Raises
        ------
        MaskError
            The mask is no stack of planes in memory, or its planes are not those in view.
        """
        part = part_of(self._viewer, labels, whole_stack=True)
        if part.normal:
            raise MaskError(ROLLED)
        self._found = None
        self._runner.run(part, CONSISTENT, self._work(part), slow=True)

    def cancel(self) -> None:
        """Stop; nothing that was there changes."""
        self._runner.cancel()

    def _work(self, part: Part) -> Callable[[Mask, Progress, Cancelled], Mask]:
        record = record_of(part.labels)
        probability, threshold = record.probability, record.cut_at
        settled = {plane for plane, known in record.planes.items() if known == SETTLED}
        first = None if record.first is None else part.of(record.first)
        made, usual = record.made, USUAL if threshold is None else threshold

        def correct(mask: Mask, progress: Progress, cancelled: Cancelled) -> Mask:
            from napari_multicancer.core.masks.consistency import make_consistent

            self._found = make_consistent(
                mask,
                part.label,
                probability=None if probability is None else part.of(probability),
                threshold=made.cuts(mask, usual),
                fixed=settled | made.by_hand(mask, first),
                progress=progress,
                cancelled=cancelled,
            )
            return self._found.mask

        return correct

    def _on_progressed(self, done: int, total: int) -> None:
        self.said.emit(
            tr(
                "{title}: {done} of {total}. Press again to cancel.",
                title=CONSISTENT.title,
                done=done,
                total=total,
            )
        )

    def _on_corrected(self, labels: Labels, action: Any, pixels: int) -> None:
        if self._found is not None:
            self.said.emit(words_of(self._found))

    def _on_working(self, working: bool) -> None:
        if not working:
            self.ended.emit()


def words_of(found: Consistent) -> str:
    """Say what was changed, and what was left alone."""
    kept = tr_n(
        "{n} plane of yours stayed as it was.",
        "{n} planes of yours stayed as they were.",
        found.kept,
    )
    said = [kept] if found.kept else []
    if not found.planes:
        nothing = tr("{title}: nothing to change.", title=CONSISTENT.title)
        return " ".join([nothing, *said])
    return " ".join([_changed(found), *said, tr("Ctrl+Z takes it back.")])


def _changed(found: Consistent) -> str:
    parts = [
        tr_n("{n} plane changed", "{n} planes changed", found.planes),
        tr_n("{n} voxel added", "{n} voxels added", found.added),
        tr_n("{n} removed", "{n} removed", found.removed),
    ]
    gone = tr_n(
        "with {n} region on one plane alone", "with {n} regions on one plane alone", found.dropped
    )
    changes = ", ".join([*parts, gone] if found.dropped else parts)
    return tr("{title}: {changes}.", title=CONSISTENT.title, changes=changes)
