"""Which list of scans is open in a viewer: opened, filled from results, closed."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.core.errors import InUseError, MulticancerError, OutputError
from napari_multicancer.project import Project
from napari_multicancer.project.project import FILE_NAME
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.settings import own_name
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress

WATCH_MS = 5_000
"""So often a list that is open is looked at for what others have added."""


class ListHolder(QObject):
    """Holds one project at a time.

    Attributes
    ----------
    listed : Signal()
        The list, or what is known of its scans, has changed.
    said : Signal(str)
        A sentence on what was done.
    project : Project or None
    """

    listed = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self._taking = BackgroundJob(self)
        self._taken: tuple[int, int] | None = None
        self._is_taken_elsewhere = False
        self._is_in_use = False
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self.look)
        self._taking.progressed.connect(self.listed)
        self._taking.returned.connect(self.listed)
        self._taking.failed.connect(partial(tell, doing=tr("reading the results")))

    @property
    def can_change(self) -> bool:
        """Whether there is a list that may be changed."""
        return self.project is not None and not self.project.read_only

    def open_list(self, folder: Path, *, make: bool = False) -> None:
        """Open the list of a folder; only to look at it where it is in use or cannot be written.

        Parameters
        ----------
        folder : Path
        make : bool
            Begin a list where there is none.

        Raises
        ------
        MulticancerError
            It cannot be opened.
        """
        if self.project is not None and self.project.folder == folder.absolute():
            return
        self.close()
        self._is_in_use = False
        said = ""
        try:
            self.project = _opened(folder, make)
        except OutputError as error:
            if not (folder / FILE_NAME).is_file():
                raise
            self.project = Project.open(folder, own_name(), read_only=True)
            self._is_in_use = isinstance(error, InUseError)
            said = tr("Open to look at only. {reason}", reason=error)
        self.said.emit(said)
        self.take_results()
        self._watch.start()
        self.listed.emit()

    def open_anew(self) -> None:
        """Open the list once more, to work on it where nobody else does any longer.

        Raises
        ------
        MulticancerError
            Somebody does still, and it stays open to look at; or it cannot be opened.
        """
        if self.project is not None:
            folder = self.project.folder
            Project.require_free(folder)
            self.close()
            self.open_list(folder)

    def take_results(self) -> None:
        """Take what a batch has written into the list, in a thread."""
        if self.project is not None and self.can_change:
            self._taken = _as_written(self.project.folder / RESULTS)
            self._taking.start(partial(_take_results, self.project))

    def stop_taking(self) -> None:
        """Take nothing more: somebody else takes the results, until `go_on_taking`."""
        self._taking.cancel()
        self._is_taken_elsewhere = True

    def go_on_taking(self) -> None:
        """Take what a batch adds from now on; what there is was taken by somebody else."""
        self._is_taken_elsewhere = False
        if self.project is not None:
            self._taken = _as_written(self.project.folder / RESULTS)

    def look(self) -> None:
        """See whether a batch in a terminal, or who works on the list, has added to it."""
        project = self.project
        if project is None or self._is_taken_elsewhere or self._taking.is_running:
            return
        if self.can_change:
            if _as_written(project.folder / RESULTS) != self._taken:
                self.take_results()
            return
        with suppress(MulticancerError):  # a share may be back the next time
            if project.has_changed():
                self.listed.emit()
        if self._is_in_use and _is_free(project.folder):
            self._is_in_use = False
            self.said.emit(tr("The list is free by now: press Open to work on it."))

    def close(self) -> None:
        """Let others work on the list."""
        self._taking.cancel()
        self._watch.stop()
        project, self.project = self.project, None
        if project is not None:
            project.close()
            self.listed.emit()


def _opened(folder: Path, make: bool) -> Project:
    try:
        return Project.open(folder, own_name())
    except InUseError:
        raise
    except MulticancerError:
        if not make or (folder / FILE_NAME).exists():
            raise
    return Project.create(folder, own_name())


def _is_free(folder: Path) -> bool:
    try:
        Project.require_free(folder)
    except InUseError:
        return False
    return True


def _as_written(table: Path) -> tuple[int, int] | None:
    """Give what changes when something is written into a file; None where there is none."""
    try:
        told = table.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


def _take_results(project: Project, report: Progress, cancelled: Cancelled) -> int:
    return project.take_results(lambda done: report(done, done), cancelled)
