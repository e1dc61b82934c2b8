"""An import from beginning to end: each mask becomes a version of its scan's, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, MulticancerError, OutputError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import LARGEST_LABEL, Ground
from napari_multicancer.project.imports.coco import coco_masks
from napari_multicancer.project.imports.found import FoundMask
from napari_multicancer.project.imports.mask_files import mask_files, nnunet_masks
from napari_multicancer.project.imports.options import ImportOptions
from napari_multicancer.project.imports.place import check_source
from napari_multicancer.project.opening import fitted, open_scan
from napari_multicancer.project.project import Project
from napari_multicancer.project.records import State, VersionKind
from napari_multicancer.translation import tr_n


@dataclass(frozen=True)
class ImportForm:
    """A form in which masks come in.

    Attributes
    ----------
    find : callable
        Finds the masks of the scans of a project.
    is_file : bool
        Whether a file is to be named; else a folder.
    """

    find: Callable[[Project, Path], Iterator[FoundMask]]
    is_file: bool = False


IMPORTS: Mapping[str, ImportForm] = {
    "masks": ImportForm(mask_files),
    "coco": ImportForm(coco_masks, is_file=True),
    "nnunet": ImportForm(nnunet_masks),
}
"""What finds the masks, by the name of the form."""
USUAL = ImportOptions()


@dataclass(frozen=True)
class Imported:
    """What became of an import: how many masks were taken, and why others were not."""

    masks: int
    refused: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        told = [tr_n("{n} mask was taken.", "{n} masks were taken.", self.masks)]
        if self.refused:
            told.append(tr_n("{n} mask was not.", "{n} masks were not.", len(self.refused)))
        return " ".join(told)


def import_masks(
    project: Project,
    kind: str,
    path: Path,
    *,
    options: ImportOptions = USUAL,
    progress: Callable[[int], None] = lambda done: None,
    proceed: Callable[[], None] = lambda: None,
) -> Imported:
    """Take masks that were made elsewhere as starting points of the scans in the list.

    A mask becomes a version of its scan's; a new scan is a proposed one then. States of scans
    on which somebody worked stay.

    Parameters
    ----------
    project : Project
    kind : str
        One of `IMPORTS`.
    path : Path
        A folder of masks or of nnU-Net's, or COCO's JSON file.
    options : ImportOptions
    progress : callable
        Called with the number of masks looked at.
    proceed : callable
        Called before each; may raise CancelledError: those taken before stay.

    Raises
    ------
    OutputError
        There is no import of this name, or the project cannot be written.
    UnreadableFileError
        `path` is not what `kind` says, or the list wrote it.
    """
    if kind not in IMPORTS:
        raise OutputError(f"There is no import {kind!r}; choose one of: {', '.join(IMPORTS)}.")
    check_source(project, path)
    taken, refused = 0, []
    for done, found in enumerate(IMPORTS[kind].find(project, path), start=1):
        proceed()
        try:
            _take(project, found, options.by or path.name)
            taken += 1
        except OutputError:
            raise
        except MulticancerError as error:
            refused.append(error.message)
        progress(done)
    return Imported(taken, tuple(refused))


def _take(project: Project, found: FoundMask, maker: str) -> None:
    listed = found.scan()
    scan: Scan = open_scan(project, listed)
    labels: NDArray[Any] = fitted(found.labels(scan), scan, found.name)
    if labels.dtype.kind not in "bui" or labels.min() < 0 or labels.max() > LARGEST_LABEL:
        raise MaskError(
            f"{found.name} holds other values than 0 to {LARGEST_LABEL}: renumber its labels."
        )
    project.save_mask(
        listed.id,
        labels,
        Ground.of(scan),
        {"source": scan.name, "maker": maker, "imported_from": found.name},
        kind=VersionKind.IMPORTED,
        maker=maker,
        finding=found.finding,
        note=found.name,
    )
    if project.scan(listed.id).state is State.NEW:
        project.set_state(listed.id, State.PROPOSED, f"mask from {found.name}")
