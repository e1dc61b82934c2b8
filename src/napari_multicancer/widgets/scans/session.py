"""A list of scans at work in a viewer: one is open, the next is ready, what is left is saved."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from napari.components import ViewerModel
from qtpy.QtCore import QCoreApplication, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.records import State
from napari_multicancer.translation import tr
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common.layers import bare
from napari_multicancer.widgets.common.notify import Passing, say, tell, warn
from napari_multicancer.widgets.scans.blindness import Blindness
from napari_multicancer.widgets.scans.garbage import SetAside
from napari_multicancer.widgets.scans.open_scan import OpenScan
from napari_multicancer.widgets.scans.prepared import Prepared, is_drawn_blind
from napari_multicancer.widgets.scans.reader import Reader
from napari_multicancer.widgets.scans.unopened import Unopened
from napari_multicancer.widgets.scans.verdicts import (
    FIRST,
    NO_LIST,
    at_the_end,
    mask_removed,
    objection,
    of_second,
    yours_now,
)
from napari_multicancer.widgets.scans.way import Way


class Session(OpenScan):
    """Goes through the scans of a project; `session_of` gives the one of a viewer.

    Going on saves what is open and sets its state.

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
        super().__init__(viewer)
        watch_viewer(viewer)
        self.at: int | None = None
        self.unopened = Unopened()
        self.said_at_the_end = ""
        self.way = Way()
        self.blindness = Blindness()
        self.reader = Reader(self.keeper, self)
        self._is_at_the_end = self._is_anothers = False
        self._shown_at = 0.0
        self._said_here = Passing()
        self._set_aside = SetAside()
        self._connect()

    def _connect(self) -> None:
        self.listed.connect(self._on_listed)
        self.reader.read.connect(self._on_read)
        self.reader.failed.connect(self._on_not_read)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self._end)

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

    def _end(self) -> None:
        """Save what is open as the program ends, once; layers go with their window."""
        self.keeper.wait()
        QCoreApplication.sendPostedEvents()  # what was written as the window closed is known then
        self._is_ending = True
        self.close()
        QCoreApplication.sendPostedEvents()  # automatic copies of what was written now are settled

    def set_name(self, name: str) -> None:
        """Work under another name from now on; what was done before stays the earlier one's."""
        self.save()
        self.keeper.wait()
        if self.project is not None:
            self._is_anothers = True  # what was on the screen is no second person's to stand for
            self.project.who = name.strip() or self.project.who
            self.reader.cancel()
            self._show_as_who_works()
            self.listed.emit()
            self.moved.emit()

    def _show_as_who_works(self) -> None:
        """Open a scan anew of which another person is to see other masks."""
        shown, project = self.stage.shown, self.project
        if shown is None or project is None or self.at is None:
            return
        if shown.second or shown.blind or is_drawn_blind(project, shown.scan.id):
            self.stage.clear()
            self._move_to(self.at)

    def set_blind(self, blind: bool) -> None:
        """Leave out other people's masks from the next scan on, or show them."""
        self.blindness.everywhere = blind
        self.listed.emit()
        self._read_ahead()

    def _on_listed(self) -> None:
        self.blindness.look(self.project)
        self.heed_answer()

    def heed_answer(self) -> None:
        """Show the models' outline where it came after the scan was opened, and nobody painted."""
        shown, project = self.stage.shown, self.project
        if shown is None or project is None or shown.scan.state is not State.NEW or shown.second:
            return
        with suppress(MulticancerError):  # the table says that the list cannot be read
            if project.scan(shown.scan.id).state is State.PROPOSED:
                self.reopen()

    def next(self) -> None:
        """Stand for what is open, and open the next scan of the list; at the last one, say so."""
        self._go(backward=False, approved=self.is_painted or not self._is_anothers)

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

    def decide(self, state: State, note: str = "") -> None:
        """Say in so many words which state the open scan is in, with its mask, and go on."""
        unopened, project = self.unopened.scan, self.project
        meant = self.scan or unopened
        problem = objection(project, meant, state, is_unread=self._is_unread)
        if meant is not None and self.is_second and state is not State.DONE:
            problem = of_second(meant)
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
        if self.scan is not None and self.can_change and not self.is_second:
            self.save(asked=State.IN_WORK, note=note)

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
        if self._is_out_of_sight() or self._has_lost_its_mask(backward):
            return
        try:
            target = self.way.neighbor(self.project, self.at, backward=backward)
            if target is None and not backward and self.at is not None and self._is_at_the_end:
                target = self.way.first_left(self.project, self.at)
            undone = self._undone() if how.get("approved") else ""
            if target is not None:
                self.way.went(self.at, backward=backward)
                self._move_to(target.id, **how)
                if undone:
                    self.warn_here(undone)
                return
        except MulticancerError as error:
            tell(error, tr("looking for the next scan"))
            return
        self.save(**how)
        if backward or self.at is None:
            self._say_at_the_end("", FIRST)
        else:
            left = partial(at_the_end, self.project, self.at, self.way.wanted)
            self.keeper.ask(left, partial(self._say_at_the_end, undone))

    def _is_out_of_sight(self) -> bool:
        """Whether another picture lay over the open scan, which nobody looked at then."""
        shown = self.stage.shown
        if shown is None or not self.stage.is_covered:
            return False
        self.stage.show_again()
        say(tr("{name} of the list is in sight again.", name=shown.scan.name))
        return True

    def _has_lost_its_mask(self, backward: bool) -> bool:
        """Whether all masks of the open scan were taken out of the viewer; it gets an empty one."""
        shown = self.stage.shown
        if backward or shown is None or not (self.can_change and self.stage.is_there):
            return False
        if self.stage.masks():
            return False
        self.effort.begin(self.stage.add_empty())
        self.warn_here(mask_removed(shown.scan))
        return True

    def _say_at_the_end(self, undone: str, sentence: str) -> None:
        self._is_at_the_end = True
        self.said_at_the_end = sentence
        self.said.emit(sentence)
        if undone:
            self.warn_here(undone)
        else:
            say(sentence)

    def _move_to(self, number: int, **how: Any) -> None:
        project = self.project
        assert project is not None
        ready = self.reader.take(project, number, self.blindness.everywhere)
        self._leave(**how)
        self.reader.stop_waiting()
        self.unopened.let_go()
        self._said_here.take_back()
        self._is_at_the_end = self._is_anothers = False
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

    def warn_here(self, sentence: str) -> None:
        """Warn of what concerns the user until they go on, and no longer."""
        warn(sentence)
        self._said_here.note(sentence)

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

    @property
    def seconds_shown(self) -> float:
        """How long the open scan has been on the screen; without end where none is open."""
        return inf if self.scan is None else monotonic() - self._shown_at

    def look_through_all(self) -> None:
        """Have Python look for garbage everywhere again, as the window may be part of it soon."""
        self._set_aside.end()

    def _begin(self) -> None:
        self._shown_at = monotonic()
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


_sessions: WeakKeyDictionary[ViewerModel, Session] = WeakKeyDictionary()


def session_of(viewer: ViewerModel) -> Session:
    """Give the session of a viewer, the same one each time."""
    viewer = bare(viewer)
    if viewer not in _sessions:
        _sessions[viewer] = Session(viewer)
    return _sessions[viewer]
