"""A project: a folder with a list of scans, open for one who works or for those who look."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from napari_multicancer.batch.lists import Entry, listed
from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.batch.results import Row
from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import (
    CancelledError,
    InUseError,
    OutputError,
    UnreadableFileError,
)
from napari_multicancer.io.files import not_written
from napari_multicancer.io.formats import mask_formats
from napari_multicancer.io.holding import held, holder, is_held
from napari_multicancer.io.masks import NO_GROUND, Ground
from napari_multicancer.io.row import Format
from napari_multicancer.io.save import save_mask
from napari_multicancer.project import adding, places, proposals, readings, versions
from napari_multicancer.project.database import Database
from napari_multicancer.project.records import MaskVersion, VersionKind
from napari_multicancer.project.working import WorkedList

FILE_NAME = "project.sqlite"
LOCK_NAME = "project.lock"

Progress = Callable[[int], None]
Cancelled = Callable[[], bool]


class Project(WorkedList):
    """The list of scans of a folder; made by `Project.create` or `Project.open`.

    What is changed is on the disk when a method returns, whatever happens to the process
    afterwards. Methods may be called from any thread, and raise MulticancerError with one
    sentence where the disk is full, read-only or gone; the list then is as it was before, and
    the next call goes on when the disk is back.

    Attributes
    ----------
    folder : Path
        Absolute.
    who : str
        Under whose name states and work are noted.
    read_only : bool
        Whether it can only be looked at.

    Examples
    --------
    >>> import tempfile
    >>> from napari_multicancer.project import State
    >>> from napari_multicancer.samples import SAMPLES
    >>> with tempfile.TemporaryDirectory() as folder, Project.create(folder, "Ada") as project:
    ...     project.add([sample.path for sample in SAMPLES[:2]])
    ...     first = project.next(None)
    ...     project.set_state(first.id, State.DONE)
    ...     project.counts()[State.DONE], project.scan(first.id).done_by
    2
    (1, 'Ada')
    """

    def __init__(self, folder: Path, who: str, database: Database, kept: ExitStack) -> None:
        super().__init__(folder, database, who)
        self._kept = kept

    @classmethod
    def create(cls, folder: str | Path, who: str = "") -> Self:
        """Make a project of a folder, and open it.

        Parameters
        ----------
        folder : str or Path
            Made where it does not exist.
        who : str
            As in `open`.

        Raises
        ------
        OutputError
            It is a project already, or cannot be written.
        """
        path = Path(folder)
        if (path / FILE_NAME).exists():
            raise OutputError(f"{path} is a project already: open it, or choose another folder.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(path, error) from error
        return cls._opened(path, who, read_only=False)

    @classmethod
    def open(cls, folder: str | Path, who: str = "", *, read_only: bool = False) -> Self:
        """Open a project; a folder with results of a batch becomes one.

        Parameters
        ----------
        folder : str or Path
        who : str
            Who works; the name of the computer's user unless told.
        read_only : bool
            Only look at it, also while another process works on it.

        Raises
        ------
        InUseError
            Another process, which the message names, works on it; one can still look.
        OutputError
            It cannot be written.
        UnreadableFileError
            It is no project, or one of a newer version, or damaged.
        """
        path = Path(folder)
        if not (path / FILE_NAME).is_file():
            if not (path / RESULTS).is_file():
                raise UnreadableFileError(
                    f"{path} is no project and holds no results.csv: choose the folder that "
                    "analyze wrote, or make a new project."
                )
            if read_only:
                raise UnreadableFileError(
                    f"{path} holds no list of scans yet: open it for writing once."
                )
        return cls._opened(path, who, read_only=read_only)

    @staticmethod
    def require_free(folder: str | Path) -> None:
        """Make sure that nobody else works on the list of a folder now.

        Raises
        ------
        InUseError
            Another process, which the message names, works on it.
        """
        path = Path(folder)
        if is_held(path / LOCK_NAME):
            raise _refusal(path)(holder(path / LOCK_NAME))

    @classmethod
    def _opened(cls, folder: Path, who: str, *, read_only: bool) -> Self:
        folder, who = Path(os.path.abspath(folder)), who.strip() or user_name()
        with ExitStack() as stack:
            if not read_only:
                stack.enter_context(held(folder / LOCK_NAME, _refusal(folder), who))
            database = Database(folder / FILE_NAME, read_only=read_only)
            stack.callback(database.close)
            return cls(folder, who, database, stack.pop_all())

    def close(self) -> None:
        """Let others work on it."""
        self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add(
        self,
        paths: Iterable[Entry],
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        """Put scans into the list, each once however often and under how many names it is given.

        Parameters
        ----------
        paths : iterable of Path, str or Listed
            Files and series as `batch.worklist.find_files` gives them; read as they come, so
            their number does not matter. What a `Listed` is said to be counts as said by a
            person, unless one has said something else.
        progress : callable, optional
            Called with the number of scans looked at.
        cancelled : callable, optional
            True stops; what was put in stays.

        Returns
        -------
        int
            Scans that are new. One that was moved is found again, and is not.
        """
        entries = map(listed, paths)
        return adding.add(self._database, self.folder, entries, *_told(progress, cancelled))

    def take_results(
        self, progress: Progress | None = None, cancelled: Cancelled | None = None
    ) -> int:
        """Take the new rows of results.csv into the list, while a batch may be writing it.

        A row with an answer makes a new scan a proposed one, with the models' mask as a version;
        of a scan on which somebody works only what the models say changes. A row that failed
        leaves its scan as it is, with the reason.

        Returns
        -------
        int
            Rows that were taken.
        """
        return proposals.take(self._database, self.folder, *_told(progress, cancelled))

    def take_answer(self, row: Row) -> None:
        """Take what the models say of one scan that they were asked of anew.

        It counts until the scan's row in results.csv changes.

        Parameters
        ----------
        row : dict of str to str
            As `batch.one_file.analyze_file` gives it, of a scan of the list; its mask lies in
            this folder.
        """
        proposals.take_one(self._database, self.folder, row)

    def find_moved(
        self,
        where: str | Path,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        """Look in a folder and those inside for scans that are gone, by what their files hold.

        Returns
        -------
        int
            Scans that were found again.
        """
        found = find_files([Path(where)], recursive=True, leave_out=self.folder)
        files = (listed(one).source for one in found)
        return places.find_moved(self._database, self.folder, files, *_told(progress, cancelled))

    def save_mask(
        self,
        scan: int,
        labels: NDArray[Any],
        ground: Ground = NO_GROUND,
        provenance: Mapping[str, Any] | None = None,
        *,
        kind: VersionKind = VersionKind.CORRECTED,
        maker: str = "",
        finding: str = "",
        note: str = "",
        format: Format | None = None,
    ) -> MaskVersion:
        """Keep a mask as the newest version of a scan's; earlier ones stay.

        Parameters
        ----------
        scan : int
        labels, ground, provenance
            As `io.save_mask` takes them.
        kind : VersionKind
        maker : str
            This project's person unless told.
        finding : str
            What its maker says the scan shows.
        note : str
        format : Format, optional
            Of the file; the usual one unless told.

        Returns
        -------
        MaskVersion
            When it is on the disk.
        """
        told = {"finding": finding, "note": note, **_size(labels, ground)}
        suffix = (format or mask_formats()[0]).suffixes[0]

        def write(file: Path) -> None:
            save_mask(file, labels, ground, provenance)

        with self._saving:
            made = versions.keep(
                self._database, self.folder, scan, suffix, write, maker or self.who, kind, told
            )
            if kind is VersionKind.SECOND:
                with self._database.changing() as disk:
                    readings.answer(disk, made)
        return made


def _size(labels: NDArray[Any], ground: Ground) -> dict[str, Any]:
    """Give what is noted of how large a lesion is, as a batch measures it."""
    from napari_multicancer.core.masks.measurements import measure_lesion  # brings SciPy

    lesion = measure_lesion(labels, ground.place.pixel_size)
    unit = "px" if ground.place.pixel_size is None else "mm2"
    return {"area": 0.0 if lesion is None else lesion.area, "area_unit": unit}


def user_name() -> str:
    """Give the name of the computer's user; empty where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _refusal(folder: Path) -> Callable[[str], OutputError]:
    def refused(holder: str) -> OutputError:
        return InUseError(
            f"{folder} is open elsewhere ({holder}): close it there to work on it here, or only "
            "look at it."
        )

    return refused


def _told(
    progress: Progress | None, cancelled: Cancelled | None
) -> tuple[Progress, Callable[[], None]]:
    """Make of what may be missing what can be called."""

    def proceed() -> None:
        if cancelled is not None and cancelled():
            raise CancelledError("Stopped.")

    return progress or (lambda done: None), proceed
