"""The group of commands `project`."""

from __future__ import annotations

import typer

from napari_multicancer.cli.project.agreement import agreement
from napari_multicancer.cli.project.assign import assign
from napari_multicancer.cli.project.begin import begin
from napari_multicancer.cli.project.changed import changed
from napari_multicancer.cli.project.exchange import export_project, import_into_project
from napari_multicancer.cli.project.find import find
from napari_multicancer.cli.project.mark import mark
from napari_multicancer.cli.project.report import report
from napari_multicancer.cli.project.status import status

app = typer.Typer(
    help="A list of scans with their states: the folder that analyze wrote, for one.",
    no_args_is_help=True,
)
app.command()(begin)
app.command()(status)
app.command()(assign)
app.command()(mark)
app.command()(find)
app.command()(changed)
app.command("export")(export_project)
app.command("import")(import_into_project)
app.command()(agreement)
app.command()(report)
