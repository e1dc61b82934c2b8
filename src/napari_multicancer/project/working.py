"""What a person does with a project's scans: states, work, words, tasks, reviews."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.models.organs import organ_card, require_finding, require_organ
from napari_multicancer.project import adding, changed, journal, people, readings, versions
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.database import Database
from napari_multicancer.project.final import STOOD_FOR, final_version
from napari_multicancer.project.records import MaskVersion, SecondReading, State, Verdict, Work


class WorkedList(OpenList):
    """The list of scans of a folder, changed in somebody's name; see `project.Project`."""

    def __init__(self, folder: Path, database: Database, who: str) -> None:
        super().__init__(folder, database)
        self.who = who
        self._saving = Lock()

    @property
    def who(self) -> str:
        """Who works, as the list knows the name: case and spaces make no second person."""
        return self._who

    @who.setter
    def who(self, name: str) -> None:
        self._who = people.as_known(self._database, name)

    def set_state(self, scan: int, state: State, note: str = "") -> None:
        """Set a scan's state, in this person's name, and note when, with a word on why.

        Who says that a scan is done stands for its mask: one that is a model's still is kept as
        an accepted version.
        """
        if state is State.DONE:
            with self._saving:
                versions.accept(self._database, self.folder, scan, self.who)
        with self._database.changing() as disk:
            journal.set_state(disk, scan, state, self.who, note)

    def accept(self, version: MaskVersion) -> MaskVersion:
        """Stand for one of a scan's masks as it is: it is a version of its own, and counts."""
        with self._saving:
            return versions.accepted(self._database, self.folder, version, self.who)

    def note_work(self, scan: int, work: Work) -> None:
        """Add work to what this person had with a scan."""
        with self._database.changing() as disk:
            journal.note_work(disk, scan, self.who, work)

    def treat_as(self, scan: int, organ: str) -> None:
        """Say what a scan shows, whatever the models say; "" leaves it to them again.

        Raises
        ------
        ModelError
            No model answers for that organ; the message lists those there are.
        """
        require_organ(organ, [""])
        known = self.scan(scan)
        card = organ_card(organ or known.organ)
        fits = card is not None and known.said_finding in card.classes
        self._set(scan, treated_as=organ, said_finding=known.said_finding if fits else "")
        self._say_of_mask(scan)

    def say_finding(self, scan: int, finding: str) -> None:
        """Say what a scan shows in its organ, whatever the models say; "" leaves it to them again.

        The mask that counts says so from now on, too, where it is this person's.

        Raises
        ------
        ModelError
            The scan's organ knows no such finding; the message lists those there are.
        """
        if finding:
            require_finding(finding, self.scan(scan).shown_organ)
        with self._database.changing() as disk:
            adding.change(disk, scan, {"said_finding": finding})
            self._say_of_mask(scan)

    def _say_of_mask(self, scan: int) -> None:
        """Let the mask that counts say what this person says of its scan, where it is theirs."""
        final, known = final_version(self.versions(scan)), self.scan(scan)
        if final is None or final.kind not in STOOD_FOR or final.maker != self.who:
            return
        with self._database.changing() as disk:
            versions.say_finding(disk, final, known)

    def comment(self, scan: int, text: str) -> None:
        """Write a comment, in place of an earlier one."""
        self._set(scan, comment=text)

    def assign(self, scans: Iterable[int], who: str) -> None:
        """Make scans somebody's task; "" makes them anybody's."""
        assigned = people.as_known(self._database, who)
        with self._database.changing() as disk:
            for scan in scans:
                adding.change(disk, scan, {"assigned": assigned})

    def set_group(self, scan: int, group: str) -> None:
        """Name the patient, or whatever may not stand in two splits of a training."""
        self._set(scan, patient=group)

    def review(self, scan: int, verdict: Verdict, note: str = "") -> None:
        """Say as a second person what is to become of a scan that is done.

        Parameters
        ----------
        scan : int
        verdict : Verdict
            Sent back, it is in work again.
        note : str
            A word on why.

        Raises
        ------
        OutputError
            It is not done, or this person's own.
        """
        listed, final = self.scan(scan), final_version(self.versions(scan))
        if final is not None and final.kind in STOOD_FOR and final.maker == self.who:
            raise OutputError(readings.own(listed, self.who))
        with self._database.changing() as disk:
            readings.review(disk, listed, verdict, self.who, note)

    def ask_second(self, scans: Iterable[int], rater: str, *, blind: bool = True) -> int:
        """Ask somebody to outline scans a second time; the same person may be asked, too.

        Parameters
        ----------
        scans : iterable of int
        rater : str
        blind : bool
            Without the masks that are there.

        Returns
        -------
        int
            Scans of which that was not asked before.
        """
        asked = people.as_known(self._database, rater)
        with self._database.changing() as disk:
            return sum(readings.ask(disk, scan, asked, blind) for scan in scans)

    def asked(self, rater: str = "") -> list[SecondReading]:
        """List the scans that somebody (this person unless told) is still to outline again."""
        known = people.as_known(self._database, rater) if rater else self.who
        return readings.asked(self._database, known)

    def shown_versions(self, scan: int) -> list[MaskVersion]:
        """List the masks of a scan that this person may see: none before a blind second reading."""
        return readings.shown(self._database, self.who, scan, self.versions(scan))

    def drew_blind(self, scan: int) -> bool:
        """Whether this person was asked for a blind second outline, and has drawn it."""
        return readings.was_blind(self._database, self.who, scan)

    def accept_change(self, scan: int, *, keep_mask: bool = False) -> None:
        """Take a scan's file as it is now for the right one.

        Parameters
        ----------
        scan : int
        keep_mask : bool
            The mask that counts holds for the changed scan, too: it becomes a version of its
            own, with its maker. Else no earlier mask fits the scan any more.

        Raises
        ------
        UnreadableFileError
            The scan is gone, or cannot be read.
        MaskError
            The mask to be kept has other pixels; the scan stays as it was listed.
        """
        with self._saving:
            changed.accept(self, self._database, scan, self.who, keep_mask=keep_mask)

    def _set(self, scan: int, **columns: str) -> None:
        self.scan(scan)
        with self._database.changing() as disk:
            adding.change(disk, scan, columns)
