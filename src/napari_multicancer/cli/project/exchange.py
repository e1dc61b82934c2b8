"""The commands `project export` and `project import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from napari_multicancer.project.records import FINISHED, State


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
    state: Annotated[
        list[State] | None,
        typer.Option(help="In this state; repeatable. Unless given, done and reviewed."),
    ] = None,
    who: Who = "",
) -> None:
    """Hand scans and masks on, split by patient, with a data card.

    Exit code 0: all well; 3: some scan is left out, left_out.csv says why; 2: the
    command itself is wrong.
    """
    from napari_multicancer.project.exports.run import export

    with for_looking(folder, who) as project, bar("Exporting") as show:
        states = frozenset(state) if state else FINISHED
        done = export(project, kind, out, states=states, progress=show)
    say(f"{done.scans} scans are in {out}, {len(done.left_out)} are not. {RESEARCH_USE}")
    tell_reasons([one.reason for one in done.left_out])


def import_into_project(
    folder: Folder,
    kind: Annotated[str, typer.Argument(metavar="FORM", help="masks, coco, nnunet.")],
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="Folder of masks or of nnU-Net's, or COCO's file."),
    ],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who or what made the masks.")] = "",
    who: Who = "",
) -> None:
    """Take masks made elsewhere as starting points of the scans in the list.

    Exit code 0: all well; 3: some mask was not taken; 2: the command itself is wrong.
    """
    from napari_multicancer.project.imports.run import import_masks

    with for_work(folder, who) as project, bar("Importing") as show:
        done = import_masks(
            project, kind, path, maker=by, progress=lambda number: show(number, None)
        )
    say(f"{done.masks} masks were taken, {len(done.refused)} were not.")
    tell_reasons(done.refused)
