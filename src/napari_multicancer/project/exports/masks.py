"""The masks alone, one file a scan, in a format of `io`."""

from __future__ import annotations

from pathlib import Path

from napari_multicancer.core.errors import MaskError
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.row import Format
from napari_multicancer.io.save import save_mask
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.records import VersionKind


class MasksExport:
    """Writes ``NAME_mask`` with the end of a format.

    Parameters
    ----------
    folder : Path
    row : Format
    """

    def __init__(self, folder: Path, row: Format) -> None:
        self._folder = folder
        self._row = row

    def put(self, case: Case) -> None:
        """Write the mask of a case.

        Raises
        ------
        MaskError
            The format has no room for masks of scans of its kind.
        """
        if not self._row.lies_on(case.scan.origin):
            raise MaskError(
                f"{case.listed.name} is no scan for {self._row.title}: export its "
                "mask in another format."
            )
        drawn = case.version.kind is not VersionKind.PROPOSAL
        told = case.provenance or provenance(case.scan, edited=drawn)
        path = self._folder / f"{case.name}_mask{self._row.suffixes[0]}"
        save_mask(path, case.labels, Ground.of(case.scan), told)

    def finish(self) -> None:
        """Nothing stands beside the masks."""
