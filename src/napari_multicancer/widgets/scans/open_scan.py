"""The scan of the list that is open: worked on, and saved with what was said and done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QTimer, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.project.records import ListedScan, State, Work
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.scans.anew import said_anew
from napari_multicancer.widgets.scans.effort import EffortWatch
from napari_multicancer.widgets.scans.holder import ListHolder
from napari_multicancer.widgets.scans.keeper import Keeper
from napari_multicancer.widgets.scans.saving import MaskToKeep, ToKeep
from napari_multicancer.widgets.scans.stage import Stage
from napari_multicancer.widgets.scans.verdicts import left_undone, nothing_drawn, stays_here

NOTE_MS = 3_000
"""So often seconds, strokes and clicks are noted while a scan is open."""


class OpenScan(ListHolder):
    """Shows one scan of a list in a viewer, and keeps what becomes of it.

    What cannot be saved stays in memory and is tried again.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    leaving : Signal()
        The scan that is open is about to be left.
    stage : Stage
    effort : EffortWatch
    keeper : Keeper
    """

    leaving = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self.stage = Stage(viewer)
        self.effort = EffortWatch(viewer, self)
        self.keeper = Keeper(self)
        self._has_begun = self._is_ending = False
        self._timer = QTimer(self)
        self._timer.setInterval(NOTE_MS)
        self._timer.timeout.connect(self._note)
        self.effort.painted.connect(self._on_painted)
        self.keeper.kept.connect(self._on_kept)
        self.keeper.lost_its_list.connect(self._on_lost_its_list)
        self.keeper.changed.connect(self.listed)

    @property
    def scan(self) -> ListedScan | None:
        """The scan that is open, as the list last had it."""
        return None if self.stage.shown is None else self.stage.shown.scan

    @property
    def is_second(self) -> bool:
        """Whether what is drawn is a second outline, kept beside the first."""
        return self.stage.shown is not None and self.stage.shown.second

    @property
    def is_painted(self) -> bool:
        """Whether masks of the open scan are other than the list holds."""
        return any(record_of(one).is_changed for one in self.stage.masks())

    def say_finding(self, number: int, finding: str) -> None:
        """Say what a scan shows; "" leaves it to the models again.

        Of a second outline that is open, it is what its rater says, kept with the mask.
        """
        shown, project = self.stage.shown, self.project
        if project is None or not self.can_change:
            return
        is_open = shown is not None and shown.scan.id == number
        if is_open and shown is not None and shown.second:
            self.stage.shown = replace(shown, finding=finding)
            return
        try:
            project.say_finding(number, finding)
        except MulticancerError as error:
            tell(error, tr("changing the list"))
            return
        if is_open and shown is not None:
            self.stage.shown = replace(shown, scan=replace(shown.scan, said_finding=finding))
        self.listed.emit()

    @property
    def _is_edited(self) -> bool:
        """Whether a mask of the open scan has other pixels than the list holds."""
        held = self.stage.held
        return self.is_painted and any(
            digest(labels.data) != held.get(labels) for labels in self.stage.masks()
        )

    @property
    def _is_unread(self) -> bool:
        """Whether there are masks of the open scan, none of which can be read, and no new one."""
        return self.stage.shown is not None and self.stage.shown.unread and not self._is_edited

    def _undone(self) -> str:
        """Say of a scan that going on alone does not make done that it is not."""
        shown = self.stage.shown
        if shown is None or not self.can_change or self._is_edited:
            return ""
        if shown.blind:
            return "" if shown.version or shown.finding else nothing_drawn(shown.scan)
        if shown.second:
            return ""
        return "" if shown.version and shown.scan.is_refused else left_undone(shown.scan)

    def save(self, **how: Any) -> None:
        """Save what is open, which stays so."""
        self._note()
        self._keep(copy=True, **how)

    def _leave(self, **how: Any) -> None:
        """Save what is open, and take it out of the viewer."""
        self.leaving.emit()
        scan = self.scan
        if scan is not None:
            self._note(self.effort.end())
        stays = scan is not None and not self.can_change and self.is_painted
        if stays and scan is not None:
            warn(stays_here(scan))
        self._keep(copy=False, **how)
        if not self._is_ending:
            self.stage.clear(keep=stays)

    def _keep(self, *, copy: bool, **how: Any) -> None:
        stage = self.stage
        if stage.shown is None or stage.image is None or not self.can_change:
            return
        masks = tuple(
            MaskToKeep.of(labels, stage.held.get(labels), copy=copy) for labels in stage.masks()
        )
        if masks or stage.is_there:
            self.keeper.send(ToKeep(stage.shown, stage.image, masks, **how))

    def _on_kept(self, order: ToKeep, written: Mapping[Labels, str]) -> None:
        """Take note that the list holds what is open."""
        shown, project = self.stage.shown, self.project
        if shown is None or project is None or order.image is not self.stage.image:
            return
        self.stage.held.update(written)
        now = project.scan(shown.scan.id)
        if shown.scan.state is State.NEW and now.state is State.PROPOSED and not written:
            return  # the models' outline has come, and is not on the screen yet
        versions = project.versions(shown.scan.id)
        self.stage.shown = replace(shown, scan=now, version=versions[-1] if versions else None)
        self._has_begun = False

    def _on_lost_its_list(self, order: ToKeep) -> None:
        self.stage.put_back(order)

    def _on_painted(self, labels: Labels) -> None:
        """Say in the list that somebody has begun, at the first stroke."""
        shown, project = self.stage.shown, self.project
        if self._has_begun or shown is None or project is None or project.read_only:
            return
        self._has_begun = True
        if not shown.second and shown.scan.state is not State.IN_WORK:
            self.keeper.do(partial(project.set_state, shown.scan.id, State.IN_WORK))

    def _note(self, work: Work | None = None) -> None:
        """Tell the list of the work so far, and of what was said of the open scan elsewhere."""
        work = self.effort.take() if work is None else work
        scan, project = self.scan, self.project
        if scan is None or project is None or not self.can_change:
            return
        if work != Work():
            self.keeper.do(partial(project.note_work, scan.id, work))
        said = said_anew(self.stage) if self.stage.is_there else None
        if said is not None and self.stage.shown is not None:
            self.stage.shown = said.known(self.stage.shown)
            self.keeper.do(partial(said.put, project))
