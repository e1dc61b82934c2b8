"""A scan treated as what a person says it shows: the models are asked anew, for it alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject

from napari_multicancer.batch.results import NOTES, ORGAN_BY_HAND
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import say, tell, warn
from napari_multicancer.widgets.common.thread import WorkQueue
from napari_multicancer.widgets.scans.session import Session

if TYPE_CHECKING:
    from napari_multicancer.project import Project


class Treating(QObject):
    """Overrules the recognizer for one scan after another.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._queue = WorkQueue("treating", self)

    def treat_as(self, number: int, organ: str, models: Mapping[str, str]) -> None:
        """Treat a scan as an organ's; "" leaves it to the models again.

        Parameters
        ----------
        number : int
            A `ListedScan.id`.
        organ : str
        models : mapping of str to str
            Task to model name, where not the default.
        """
        project = self._session.project
        if project is None or project.scan(number).treated_as == organ:
            return
        try:
            project.treat_as(number, organ)
        except MulticancerError as error:
            tell(error, tr("changing the list"))
            return
        self._session.stage.treat(number, organ)
        self._session.listed.emit()
        self._session.said.emit(tr("Asking the models once more..."))
        ask = partial(_ask, project, number, organ, dict(models))
        self._queue.add(ask, partial(self._on_answered, number))

    def wait(self, seconds: float) -> None:
        """Wait until the models have answered."""
        self._queue.wait(seconds)

    def _on_answered(
        self, number: int, row: dict[str, Any] | None, error: Exception | None
    ) -> None:
        self._session.said.emit("")
        self._session.listed.emit()
        is_open = number == self._session.at
        if is_open:
            self._session.reopen()
        if error is not None:
            tell(error, tr("asking the models"))
        elif row is not None and row["error"]:
            warn(row["error"])
        elif is_open and row is not None and row[ORGAN_BY_HAND] == "true" and row[NOTES]:
            self._session.warn_here(row[NOTES])
        elif is_open and self._session.is_painted:
            say(tr("The models' answer is in the list; your outline stays."))


def _ask(project: Project, number: int, organ: str, models: Mapping[str, str]) -> dict[str, str]:
    """Analyze a scan as an organ's, and take the answer into the list."""
    from napari_multicancer.batch.one_file import analyze_file
    from napari_multicancer.batch.worklist import FileJob
    from napari_multicancer.core.options import AUTOMATIC
    from napari_multicancer.io.files import LONGEST_NAME, shortened
    from napari_multicancer.io.formats import stem
    from napari_multicancer.project.paths import shown
    from napari_multicancer.project.versions import FOLDER

    scan = project.scan(number)
    end = f"_{scan.id}_as_{organ or AUTOMATIC}_mask.tif"
    name = shortened(shown(stem(Path(scan.name))), LONGEST_NAME - len(end) - len(".nii.gz")) + end
    (project.folder / FOLDER).mkdir(exist_ok=True)
    job = FileJob(project.locate(number).path, f"{FOLDER}/{name}")
    row = analyze_file(job, out=project.folder, models=models, organ=organ or AUTOMATIC)
    project.take_answer(row)
    return row
