"""A list begun with the scans of files and folders, or more of them put into one that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.batch.lists import Entry, listed
from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.batch.worklist import ReadAhead, find_files
from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.project.paths import is_there
from napari_multicancer.project.project import FILE_NAME, Project
from napari_multicancer.translation import tr, tr_n

AHEAD = 100
"""So many files are found before the list is begun, which is not where there are none."""


@dataclass(frozen=True)
class Begun:
    """What became of a list.

    Attributes
    ----------
    folder : Path
        Of the list.
    new : int
        Scans that are new in it.
    scans : int
        In all.
    missing : tuple of str
        A sentence for each file that was named and is not there.
    """

    folder: Path
    new: int
    scans: int
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        return tr_n(
            "{new} of {n} scan in the list {folder} is new.",
            "{new} of {n} scans in the list {folder} are new.",
            self.scans,
            new=f"{self.new:,}",
            folder=self.folder,
        )


def begin(
    sources: Iterable[str | Path],
    folder: str | Path,
    who: str = "",
    *,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Begun:
    """Begin a list of scans, or put more scans into one that is there; no model is asked.

    Parameters
    ----------
    sources : iterable of str or Path
        Files, folders with all inside them, patterns, and text files that name such, one a
        line; as `batch.worklist.find_files` takes them.
    folder : str or Path
        Of the list; made where it does not exist.
    who : str
        As in `Project.open`.
    progress : callable, optional
        Called with the number of scans looked at.
    cancelled : callable, optional
        True stops; what was put in stays.

    Raises
    ------
    OutputError
        The list would lie where the scans are, is in use, or cannot be written.
    UnreadableFileError
        There are no scans; then no list is begun.
    """
    named, folder = [*map(str, sources)], Path(folder)
    refuse_scans_folder(named, folder)
    missing = list[str]()
    found = find_files(named, recursive=True, leave_out=folder)
    there = ReadAhead(_that_are_there(found, missing), AHEAD)
    if there.total == 0:
        why = missing[0] if missing else f"There are no scans in {', '.join(named)}: check them."
        raise UnreadableFileError(why)
    is_list = (folder / FILE_NAME).is_file() or (folder / RESULTS).is_file()
    with Project.open(folder, who) if is_list else Project.create(folder, who) as project:
        project.take_results(cancelled=cancelled)
        new = project.add(there, progress, cancelled)
        return Begun(folder, new, project.count(), tuple(missing))


def refuse_scans_folder(sources: Iterable[str | Path], folder: Path) -> None:
    """Refuse a list that would lie among its scans.

    Raises
    ------
    OutputError
    """
    if folder.resolve() in [Path(source).resolve() for source in sources]:
        raise OutputError(
            tr("{path} holds the scans: choose another folder for the list.", path=folder)
        )


def _that_are_there(found: Iterable[Entry], missing: list[str]) -> Iterator[Entry]:
    for one in found:
        source = listed(one).source
        if is_there(source):
            yield one
        else:
            missing.append(f"There is no file {source}: check its name.")
