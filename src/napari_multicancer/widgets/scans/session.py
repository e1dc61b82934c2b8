"""A list of scans at work in a viewer: one is open, the next is ready, what is left is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QCoreApplication, QTimer, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.project.records import ListedScan, State, Work
from napari_multicancer.translation import tr
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common.layers import bare
from napari_multicancer.widgets.common.notify import say, tell, warn
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.scans.anew import said_anew
from napari_multicancer.widgets.scans.blindness import Blindness
from napari_multicancer.widgets.scans.effort import EffortWatch
from napari_multicancer.widgets.scans.garbage import SetAside
from napari_multicancer.widgets.scans.holder import ListHolder
from napari_multicancer.widgets.scans.keeper import Keeper
from napari_multicancer.widgets.scans.prepared import Prepared
from napari_multicancer.widgets.scans.reader import Reader
from napari_multicancer.widgets.scans.saving import MaskToKeep, ToKeep
from napari_multicancer.widgets.scans.stage import Stage
from napari_multicancer.widgets.scans.unopened import Unopened
from napari_multicancer.widgets.scans.verdicts import (
    FIRST,
    NO_LIST,
    at_the_end,
    left_undone,
    objection,
    stays_here,
    yours_now,
)
from napari_multicancer.widgets.scans.way import Way

NOTE_MS = 3_000
"""So often seconds, strokes and clicks are noted while a scan is open."""


class Session(ListHolder):
    """Goes through the scans of a project; `session_of` gives the one of a viewer.

    Going on saves what is open and sets its state. What cannot be saved stays in memory and is
    tried again.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    moved : Signal()
        Another scan is open, or is being opened.
    opened : Signal(object)
        The image layer of the scan that is open now.
    at : int or None
        The `ListedScan.id` at which the user is, open or not.
    unopened : Unopened
        The scan at which the user is where it cannot be opened.
    said_at_the_end : str
        What was last said where the list ends.
    way : Way
        Through the list, with its filter and order.
    blindness : Blindness
        Of which scans other people's masks are left out.
    """

    moved = Signal()
    opened = Signal(object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        watch_viewer(viewer)
        self.at: int | None = None
        self.unopened = Unopened()
        self.said_at_the_end = ""
        self.way = Way()
        self.blindness = Blindness()
        self.stage = Stage(viewer)
        self.effort = EffortWatch(viewer, self)
        self.keeper = Keeper(self)
        self.reader = Reader(self.keeper, self)
        self._has_begun = False
        self._set_aside = SetAside()
        self._timer = QTimer(self)
        self._timer.setInterval(NOTE_MS)
        self._connect()

    def _connect(self) -> None:
        self.listed.connect(self._on_listed)
        self.effort.painted.connect(self._on_painted)
        self.keeper.kept.connect(self._on_kept)
        self.keeper.lost_its_list.connect(self._on_lost_its_list)
        self.keeper.changed.connect(self.listed)
        self.reader.read.connect(self._on_read)
        self.reader.failed.connect(self._on_not_read)
        self._timer.timeout.connect(self._note)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.close)

    @property
    def scan(self) -> ListedScan | None:
        """The scan that is open, as the list last had it."""
        return None if self.stage.shown is None else self.stage.shown.scan

    def open_list(self, folder: Path, *, make: bool = False) -> None:
        """Open the list of a folder, as `ListHolder.open_list`, and write into it from now on."""
        before = self.project
        super().open_list(folder, make=make)
        if self.project is not before:
            self.keeper.work_on(self.project)
            self._timer.start()

    def close(self) -> None:
        """Save what is open, and let others work on the list."""
        if self.project is None:
            return
        self.reader.cancel()
        self._timer.stop()
        self._leave()
        self.keeper.work_on(None)
        self.at = None
        self.unopened.let_go()
        self.way.forget()
        super().close()
        self.look_through_all()
        self.moved.emit()

    def set_name(self, name: str) -> None:
        """Work under another name from now on; what was done before stays the earlier one's."""
        self.save()
        self.keeper.wait()
        if self.project is not None:
            self.project.who = name.strip() or self.project.who
            self.reader.cancel()
            self.listed.emit()
            self.moved.emit()

    def set_blind(self, blind: bool) -> None:
        """Leave out other people's masks from the next scan on, or show them."""
        self.blindness.everywhere = blind
        self.listed.emit()
        self._read_ahead()

    def _on_listed(self) -> None:
        self.blindness.look(self.project)

    def next(self) -> None:
        """Stand for what is open, and open the next scan of the list; at the last one, say so."""
        self._go(backward=False, approved=True)

    def previous(self) -> None:
        """Save what is open, and open the scan before it; at the first one, say so.

        That is the one that was left by going on, even if the filter leaves it out by now.
        """
        self._go(backward=True)

    def open(self, number: int) -> None:
        """Save what is open, and open a scan by its `ListedScan.id`."""
        if self.project is not None and (number != self.at or self.scan is None):
            self.way.forget()
            self._move_to(number)

    def reopen(self) -> None:
        """Open the scan anew where nobody has painted on it, as there is more to show."""
        if self.at is not None and not self.is_painted:
            self.stage.clear()
            self._move_to(self.at)

    @property
    def is_painted(self) -> bool:
        """Whether masks of the open scan are other than the list holds."""
        return any(record_of(one).is_changed for one in self.stage.masks())

    def decide(self, state: State, note: str = "") -> None:
        """Say in so many words which state the open scan is in, with its mask, and go on."""
        unopened, project = self.unopened.scan, self.project
        meant = self.scan or unopened
        problem = objection(project, meant, state, is_unread=self._is_unread)
        if problem := problem or self.unopened.objection(state):
            warn(problem)
        elif project is not None and unopened is not None:
            self.keeper.do(partial(project.set_state, unopened.id, state, note))
            self._go(backward=False)
        elif state is State.REVIEWED and self._is_edited and self.scan is not None:
            warn(yours_now(self.scan))
            self._go(backward=False, asked=State.DONE, note=note)
        else:
            self._go(backward=False, asked=state, note=note)

    def take_back(self, note: str = "") -> None:
        """Work again on the open scan, which was said to be done; it stays open."""
        if self.scan is not None and self.can_change:
            self.save(asked=State.IN_WORK, note=note)

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

    def comment(self, text: str) -> None:
        """Keep a comment on the open scan, in place of an earlier one."""
        scan, project = self.scan or self.unopened.scan, self.project
        if scan is None or project is None or project.read_only or text == scan.comment:
            return
        if not text and self.blindness.covers(scan.id):
            return  # what somebody else wrote is not to be seen
        if self.stage.shown is not None:
            self.stage.shown = replace(self.stage.shown, scan=replace(scan, comment=text))
        self.keeper.do(partial(project.comment, scan.id, text))

    def _go(self, *, backward: bool, **how: Any) -> None:
        if self.project is None:
            warn(NO_LIST)
            return
        try:
            target = self.way.neighbor(self.project, self.at, backward=backward)
            undone = self._left_undone() if how.get("approved") else ""
            if target is not None:
                self.way.went(self.at, backward=backward)
                self._move_to(target.id, **how)
                if undone:
                    say(undone)
                return
        except MulticancerError as error:
            tell(error, tr("looking for the next scan"))
            return
        self.save(**how)
        if backward or self.at is None:
            self._say_at_the_end(FIRST)
        else:
            left = partial(at_the_end, self.project, self.at, self.way.wanted)
            self.keeper.ask(left, self._say_at_the_end)

    def _say_at_the_end(self, sentence: str) -> None:
        self.said_at_the_end = sentence
        self.said.emit(sentence)
        say(sentence)

    def _left_undone(self) -> str:
        """Say of a scan that going on alone does not make done that it is not."""
        shown = self.stage.shown
        if shown is None or shown.second or not self.can_change or self._is_edited:
            return ""
        return left_undone(shown.scan)

    def _move_to(self, number: int, **how: Any) -> None:
        project = self.project
        assert project is not None
        ready = self.reader.take(project, number, self.blindness.everywhere)
        self._leave(**how)
        self.reader.stop_waiting()
        self.unopened.let_go()
        self.at = number
        self.way.come_to(project, number)
        if (waiting := self.keeper.waiting(number)) is not None:
            self.stage.bring_back(waiting)
            self._begin()
        elif ready is not None:
            self._show(ready)
        else:
            self.reader.start(project, number, self.blindness.everywhere)
        self.moved.emit()

    def _on_read(self, prepared: Prepared) -> None:
        if prepared.scan.id == self.at:
            self._show(prepared)
            self.moved.emit()

    def _on_not_read(self, error: Exception) -> None:
        self.unopened.hold(self.project, self.at, tell(error, tr("opening a scan of the list")))
        self.moved.emit()
        self._read_ahead()

    def _show(self, prepared: Prepared) -> None:
        self._set_aside.begin()
        try:
            image = self.stage.show(prepared)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self.stage.clear()
            told = tell(error, tr("opening {name}", name=prepared.scan.name))
            self.unopened.hold(self.project, self.at, told)
            return
        self._begin()
        for sentence in prepared.told:
            warn(sentence)
        self.opened.emit(image)

    def look_through_all(self) -> None:
        """Have Python look for garbage everywhere again, as the window may be part of it soon."""
        self._set_aside.end()

    def _begin(self) -> None:
        if self.stage.labels is not None:
            self._has_begun = False
            self.effort.begin(self.stage.labels)
        self._read_ahead()

    def _read_ahead(self) -> None:
        """Read the next scan while this one is looked at."""
        if self.project is None or self.at is None:
            return
        try:
            target = self.way.neighbor(self.project, self.at, backward=False)
        except MulticancerError:
            return  # the user is told when going on
        number = None if target is None else target.id
        self.reader.start_ahead(self.project, number, self.blindness.everywhere)

    def save(self, **how: Any) -> None:
        """Save what is open, which stays so."""
        self._note()
        self._keep(copy=True, **how)

    def _leave(self, **how: Any) -> None:
        """Save what is open, and take it out of the viewer."""
        scan = self.scan
        if scan is not None:
            self._note(self.effort.end())
        stays = scan is not None and not self.can_change and self.is_painted
        if stays and scan is not None:
            warn(stays_here(scan))
        self._keep(copy=False, **how)
        self.stage.clear(keep=stays)

    def _keep(self, *, copy: bool, **how: Any) -> None:
        stage = self.stage
        if stage.shown is None or stage.image is None or not (self.can_change and stage.is_there):
            return
        masks = tuple(
            MaskToKeep.of(labels, stage.held.get(labels), copy=copy) for labels in stage.masks()
        )
        self.keeper.send(ToKeep(stage.shown, stage.image, masks, **how))

    def _on_kept(self, order: ToKeep, written: Mapping[Labels, str]) -> None:
        """Take note that the list holds what is open."""
        shown, project = self.stage.shown, self.project
        if shown is None or project is None or order.image is not self.stage.image:
            return
        self.stage.held.update(written)
        versions = project.versions(shown.scan.id)
        self.stage.shown = replace(
            shown, scan=project.scan(shown.scan.id), version=versions[-1] if versions else None
        )
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


_sessions: WeakKeyDictionary[ViewerModel, Session] = WeakKeyDictionary()


def session_of(viewer: ViewerModel) -> Session:
    """Give the session of a viewer, the same one each time."""
    viewer = bare(viewer)
    if viewer not in _sessions:
        _sessions[viewer] = Session(viewer)
    return _sessions[viewer]
