"""Scans that are gone from where they were, looked for in a folder, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.planes.progress import check_stop
from napari_multicancer.project.paths import is_there
from napari_multicancer.project.project import Project
from napari_multicancer.project.records import Condition
from napari_multicancer.translation import tr, tr_n

_FOUND = (Condition.HERE, Condition.MOVED)


@dataclass(frozen=True)
class Moved:
    """What came of a look for moved scans.

    Attributes
    ----------
    found : int
        Scans that were found again.
    missing : tuple of str
        Where the others were last seen.
    """

    found: int
    missing: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        if not self.found and not self.missing:
            return tr("No scan of the list is missing.")
        told = []
        if self.found:
            told.append(
                tr_n("{n} scan was found again.", "{n} scans were found again.", self.found)
            )
        if self.missing:
            told.append(
                tr_n(
                    "{n} scan was not found: look in another folder.",
                    "{n} scans were not found: look in another folder.",
                    len(self.missing),
                )
            )
        return " ".join(told)

    @property
    def reasons(self) -> tuple[str, ...]:
        """A sentence for each scan that was not found."""
        return tuple(tr("{path} is gone.", path=path) for path in self.missing)


def look_for_moved(
    project: Project,
    where: Path,
    progress: Callable[[int], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Moved:
    """Look in a folder and those inside for scans that are gone, by what their files hold.

    Parameters
    ----------
    project : Project
    where : Path
    progress : callable
        Called with the number of files looked at.
    cancelled : callable
        True stops, by a CancelledError; what was found until then stays so.

    Raises
    ------
    UnreadableFileError
        There is no such folder.
    OutputError
        The list cannot be written.
    """
    if not where.is_dir():
        raise UnreadableFileError(f"There is no folder {where}: check its name.")
    missing = list(_missing(project, cancelled))
    found = project.find_moved(where, progress, cancelled)
    now = [project.scan(one) for one in missing]
    return Moved(found, tuple(str(scan.path) for scan in now if not is_there(scan.path)))


def _missing(project: Project, cancelled: Callable[[], bool]) -> Iterator[int]:
    for scan in project.each():
        check_stop(cancelled)
        if not is_there(scan.path) and project.locate(scan.id).condition not in _FOUND:
            yield scan.id
