"""What is said of the open scan in other tabs: by the models asked anew, and by the user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from napari_multicancer.project.records import State
from napari_multicancer.widgets.common.answers import answer_of, treated_as
from napari_multicancer.widgets.common.layers import scan_from_layer

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.project import Project
    from napari_multicancer.widgets.scans.prepared import Prepared
    from napari_multicancer.widgets.scans.stage import Stage


@dataclass(frozen=True, eq=False)
class SaidAnew:
    """What the list does not know yet of a scan.

    Attributes
    ----------
    number : int
        The `ListedScan.id`.
    organ : str
        What the user says that it shows; empty where nothing.
    scan : Scan
        As the models saw it.
    analysis : Analysis or None
        What the models said; None where they said nothing new.
    """

    number: int
    organ: str
    scan: Scan
    analysis: Analysis | None

    def put(self, project: Project) -> None:
        """Tell the list; the mask comes when the scan is saved."""
        from napari_multicancer.batch.results import answered

        project.treat_as(self.number, self.organ)
        if self.analysis is not None:
            path = project.scan(self.number).path
            seconds = self.analysis.seconds
            project.take_answer(answered(path, self.scan, self.analysis, "", seconds))

    def known(self, shown: Prepared) -> Prepared:
        """Give what is shown with what the list knows by now."""
        scan = replace(shown.scan, treated_as=self.organ)
        if self.analysis is None:
            return replace(shown, scan=scan)
        scan = replace(scan, organ=self.analysis.organ.label, error="")
        if scan.state is State.NEW:
            scan = replace(scan, state=State.PROPOSED)
        return replace(shown, scan=scan, answer=self.analysis)


def said_anew(stage: Stage) -> SaidAnew | None:
    """Look whether something was said of the open scan that the list does not know."""
    shown, image = stage.shown, stage.image
    if shown is None or image is None or shown.blind:
        return None
    organ, said = treated_as(image), answer_of(image)
    if not organ and said is not None and said.organ_chosen:
        organ = said.organ.label  # chosen for all scans: of this one it is said, too
    is_new = said is not None and said is not shown.answer
    if not is_new and organ == shown.scan.treated_as:
        return None
    analysis = replace(said, mask=_mask(stage, said)) if said is not None and is_new else None
    return SaidAnew(shown.scan.id, organ, scan_from_layer(image), analysis)


def _mask(stage: Stage, said: Analysis) -> NDArray[Any] | None:
    """Give the mask beside an answer, by which its table tells an empty one from none."""
    masks = stage.masks()
    return None if said.refused or not masks else masks[-1].data
