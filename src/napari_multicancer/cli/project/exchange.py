"""The commands `project export` and `project import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_multicancer.cli.options import with_options
from napari_multicancer.cli.project.common import (
    Folder,
    Who,
    bar,
    for_looking,
    for_work,
    tell_reasons,
)
from napari_multicancer.cli.say import say
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project.exports.options import ExportOptions
from napari_multicancer.project.imports.options import ImportOptions


@with_options(ExportOptions)
def export_project(
    folder: Folder,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="FORM",
            help="coco, yolo, nnunet, monai-label, tiff, nifti, nrrd, mha, dicom-seg, "
            "measurements, training.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="An empty folder, or a new one.")],
    options: ExportOptions,
    who: Who = "",
) -> None:
    """Hand scans and masks on, split by patient, with a data card.

    Exit code 0: all well; 3: some scan is left out, left_out.csv says why; 2: the
    command itself is wrong.
    """
    from napari_multicancer.project.exports.run import export

    with for_looking(folder, who) as project, bar("Exporting") as show:
        done = export(project, kind, out, options=options, progress=show)
    say(f"{done.sentence} {RESEARCH_USE}")
    tell_reasons([one.reason for one in done.left_out])


@with_options(ImportOptions)
def import_into_project(
    folder: Folder,
    kind: Annotated[str, typer.Argument(metavar="FORM", help="masks, coco, nnunet.")],
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="Folder of masks or of nnU-Net's, or COCO's file."),
    ],
    options: ImportOptions,
    who: Who = "",
) -> None:
    """Take masks made elsewhere as starting points of the scans in the list.

    Exit code 0: all well; 3: some mask was not taken; 2: the command itself is wrong.
    """
    from napari_multicancer.project.imports.run import import_masks

    with for_work(folder, who) as project, bar("Importing") as show:
        done = import_masks(
            project, kind, path, options=options, progress=lambda number: show(number, None)
        )
    say(done.sentence)
    tell_reasons(done.refused)
