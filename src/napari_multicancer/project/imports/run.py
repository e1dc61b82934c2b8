"""An import from beginning to end: each mask becomes a version of its scan's, or says why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, MulticancerError, OutputError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import LARGEST_LABEL, Ground
from napari_multicancer.project.final import final_version
from napari_multicancer.project.imports.coco import coco_masks
from napari_multicancer.project.imports.found import FoundMask
from napari_multicancer.project.imports.mask_files import mask_files, nnunet_masks
from napari_multicancer.project.imports.options import ImportOptions
from napari_multicancer.project.imports.place import check_source
from napari_multicancer.project.opening import fitted, open_scan
from napari_multicancer.project.project import Project
from napari_multicancer.project.records import ListedScan, State, VersionKind
from napari_multicancer.translation import tr_n

Result = TypeVar("Result")


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
    """What became of an import.

    Attributes
    ----------
    masks : int
        Those that were taken.
    beside : int
        Those of them that do not count, as people stand for another mask of the scan.
    left : int
        Those that were not taken.
    refused : tuple of str
        Why not, in sentences; several for one scan share one.
    """

    masks: int
    beside: int = 0
    left: int = 0
    refused: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        told = [tr_n("{n} mask was taken.", "{n} masks were taken.", self.masks)]
        if self.left:
            told.append(tr_n("{n} mask was not.", "{n} masks were not.", self.left))
        if self.beside:
            told.append(
                tr_n(
                    "{n} of those taken lies beside a person's mask, which counts.",
                    "{n} of those taken lie beside a person's mask, which counts.",
                    self.beside,
                )
            )
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
    on which somebody worked stay, and so does the mask that counts there. Of several masks for
    one scan none is taken.

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
        Called before each mask; may raise CancelledError: those taken before stay.

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
    some = IMPORTS[kind].find(project, path)
    return _Import(project, options.by or path.name, proceed, progress).take_all(some)


class _Import:
    """Takes masks of one scan after the other, and counts them.

    Parameters
    ----------
    project : Project
    maker : str
    proceed, progress : callable
        As `import_masks` takes them.
    """

    def __init__(
        self,
        project: Project,
        maker: str,
        proceed: Callable[[], None],
        progress: Callable[[int], None],
    ) -> None:
        self._project, self._maker = project, maker
        self._proceed, self._progress = proceed, progress
        self._seen = self._taken = self._beside = 0
        self._refused: list[str] = []

    def take_all(self, found: Iterable[FoundMask]) -> Imported:
        """Take masks, where there is one for a scan."""
        for scan, some in self._by_scan(found).items():
            self._proceed()
            self._attempt(partial(self._take, scan, some))
            self._count(len(some))
        left = self._seen - self._taken
        return Imported(self._taken, self._beside, left, tuple(self._refused))

    def _by_scan(self, found: Iterable[FoundMask]) -> dict[int, list[FoundMask]]:
        known: dict[int, list[FoundMask]] = defaultdict(list)
        for one in found:
            self._proceed()
            scan = self._attempt(one.scan)
            if scan is None:
                self._count(1)
            else:
                known[scan.id].append(one)
        return known

    def _attempt(self, do: Callable[[], Result]) -> Result | None:
        """Do something, or take note of why that is refused; a list that takes nothing ends all."""
        try:
            return do()
        except OutputError:
            raise
        except MulticancerError as error:
            self._refused.append(error.message)
            return None

    def _count(self, number: int) -> None:
        self._seen += number
        self._progress(self._seen)

    def _take(self, number: int, some: Sequence[FoundMask]) -> None:
        """Take the only mask among what is named after a scan, its picture maybe.

        Raises
        ------
        MulticancerError
            The scan cannot be opened, or there are several masks.
        """
        listed = self._project.scan(number)
        scan = open_scan(self._project, listed)
        read = [(one, self._attempt(partial(_labels, one, scan))) for one in some]
        masks = [(one, labels) for one, labels in read if labels is not None]
        if len(masks) > 1:
            names = ", ".join(one.name for one, _ in masks)
            raise MaskError(
                f"{listed.name} has {len(masks)} masks here, of which none was taken ({names}): "
                "leave one of them."
            )
        for one, labels in masks:
            self._keep(listed, scan, one, labels)

    def _keep(self, listed: ListedScan, scan: Scan, found: FoundMask, labels: NDArray[Any]) -> None:
        made = self._project.save_mask(
            listed.id,
            labels,
            Ground.of(scan),
            {"source": scan.name, "maker": self._maker, "imported_from": found.name},
            kind=VersionKind.IMPORTED,
            maker=self._maker,
            finding=found.finding,
            note=found.name,
        )
        self._taken += 1
        self._beside += final_version(self._project.versions(listed.id)) != made
        if listed.state is State.NEW:
            self._project.set_state(listed.id, State.PROPOSED, f"mask from {found.name}")


def _labels(found: FoundMask, scan: Scan) -> NDArray[Any]:
    labels = fitted(found.labels(scan), scan, found.name)
    if labels.dtype.kind not in "bui" or labels.min() < 0 or labels.max() > LARGEST_LABEL:
        raise MaskError(
            f"{found.name} holds other values than 0 to {LARGEST_LABEL}: renumber its labels."
        )
    return labels
