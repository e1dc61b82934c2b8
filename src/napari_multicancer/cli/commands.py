"""The same functions from a terminal."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from typer.core import TyperGroup

from napari_multicancer import __version__
from napari_multicancer.batch.options import BatchOptions
from napari_multicancer.cli.doctor import doctor
from napari_multicancer.cli.exit_codes import SOME_FAILED, STOPPED, UNEXPECTED, WRONG_COMMAND
from napari_multicancer.cli.options import chosen_models, with_options
from napari_multicancer.cli.project.commands import app as project
from napari_multicancer.cli.say import say
from napari_multicancer.cli.stopping import stopped_by_signals
from napari_multicancer.cli.training.evaluate import evaluate
from napari_multicancer.cli.training.export import export
from napari_multicancer.cli.training.prepare import prepare
from napari_multicancer.cli.training.train import train
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import (
    CancelledError,
    InUseError,
    MulticancerError,
    UnreadableFileError,
)
from napari_multicancer.logs import log_file, set_up_logging
from napari_multicancer.printable import printable

if TYPE_CHECKING:
    from napari_multicancer.batch.lists import Entry
    from napari_multicancer.batch.results import Row
    from napari_multicancer.batch.run import BatchSummary

MOST_NOTES = 20
"""So many scans of a batch are named with what is to be heeded of their answers."""

_log = logging.getLogger(__name__)


class _Speed(ProgressColumn):
    """Files a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} files/s")


_BAR = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    _Speed(),
    TimeRemainingColumn(),
    TextColumn("[red]{task.fields[failed]} failed"),
)


class _InSentences(TyperGroup):
    """The group of all commands: what goes wrong becomes one sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; its traceback goes to the log."""
        set_up_logging()
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, CancelledError) as error:
            say("Stopped; what was done is kept.")
            raise typer.Exit(STOPPED) from error
        except MulticancerError as error:
            _log.warning("%s", error, exc_info=True)
            say(error.message)
            for detail in error.details:
                say(f"  {detail}")
            raise typer.Exit(WRONG_COMMAND) from error
        except Exception as error:
            if isinstance(error, typer.Abort) or hasattr(error, "exit_code"):
                if isinstance(message := getattr(error, "message", None), str):
                    error.message = printable(message)  # type: ignore[attr-defined]
                raise  # Typer's own, which it puts into words itself
            number = getattr(error, "errno", None)
            if number == errno.EPIPE:
                raise  # nobody reads on: Typer ends without a word
            _log.exception("The command failed")
            if number == errno.ENOSPC:
                say("There is no space left where the output goes: free some, then run again.")
                raise typer.Exit(UNEXPECTED) from error
            say(f"Something unexpected went wrong: {log_file()} has the details.")
            raise typer.Exit(UNEXPECTED) from error


app = typer.Typer(
    cls=_InSentences,
    help=f"Medical scans: recognized, classified, segmented. {RESEARCH_USE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where masks, table and picture go.")] = Path(
        "demo_output"
    ),
    screenshot: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Save a picture of the napari window, do not stay."),
    ] = None,
) -> None:
    """Do the main job on the sample scans, and show it in napari."""
    from napari_multicancer.batch.demo import OVERVIEW, demo_table, write_overview
    from napari_multicancer.samples import SAMPLES

    paths = [sample.path for sample in SAMPLES]
    rows: list[Row] = []
    with stopped_by_signals():
        summary = _analyse(paths, out, BatchOptions(overwrite=True), rows.append)
    write_overview(out / OVERVIEW, rows, out)
    console = Console()
    console.print(demo_table(rows))
    say(f"Masks, {summary.table.name} and {OVERVIEW} are in {out}. {RESEARCH_USE}")
    if screenshot is not None or _has_display():
        # The window's last scan lies on top: let that be the first sample.
        _open_window(paths[::-1], screenshot)
    if summary.failed:
        raise typer.Exit(SOME_FAILED)


@app.command("open")
def open_scans(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Scans to open.")],
) -> None:
    """Open scans in napari, with the panel docked.

    A folder of DICOM opens all its series; FOLDER#SERIESNUMBER opens one.
    """
    for path in paths:
        folder = Path(str(path).rpartition("#")[0])
        if not (path.exists() or (folder.name and folder.is_dir())):
            raise UnreadableFileError(f"There is no file {path}: check its name.")
    _open_window(paths)


@app.command()
@with_options(BatchOptions, models=chosen_models)
@stopped_by_signals()
def analyze(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Files, folders, patterns such as 'scans/**/*.png', addresses such as "
            "s3://bucket/scans, or a text file (.txt) that names such, one a line, "
            "behind a tab maybe its organ.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where results.csv and masks/ go.")],
    options: BatchOptions,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into subfolders.")] = False,
) -> None:
    """Analyse many scans without a window.

    Exit code 0: all well; 3: some file failed, its row says why; 2: the command
    itself is wrong; 130: stopped by Ctrl-C, SIGTERM or the like, rows so far are kept.
    """
    if options.workers > 1 and options.scheduler is not None:
        raise typer.BadParameter("give --workers or --scheduler, not both")
    from napari_multicancer.batch.worklist import ReadAhead, find_files

    files = ReadAhead(find_files(paths, recursive=recursive, leave_out=out))
    if files.total == 0:
        raise UnreadableFileError(
            f"There are no scans in {', '.join(paths)}: "
            "check the folder, or look into its subfolders by --recursive."
        )
    summary = _analyse(files, out, options)
    say(
        f"{summary.ok} analysed, {summary.failed} failed, {summary.skipped} done before: "
        f"{summary.table}. {RESEARCH_USE}"
    )
    if summary.failed:
        raise typer.Exit(SOME_FAILED)


@app.command("models")
def show_models(
    cards: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Also the cards here, of networks that do not ship.",
        ),
    ] = None,
) -> None:
    """List the models, with their figures on scans that they have never seen.

    Exit code 0 when all cards can be used, 3 when one is damaged: a sentence says which.
    """
    from napari_multicancer.cli.model_table import model_table
    from napari_multicancer.core.models.cards import damaged_cards, list_models

    Console().print(model_table(list_models() + (list_models(cards) if cards else [])))
    damaged = dict.fromkeys(damaged_cards() + (damaged_cards(cards) if cards else []))
    for card in damaged:
        say(card.sentence)
    if damaged:
        raise typer.Exit(SOME_FAILED)


app.command()(doctor)
app.add_typer(project, name="project")
app.command()(prepare)
app.command()(train)
app.command()(export)
app.command()(evaluate)


def _analyse(
    sources: Iterable[Entry],
    out: Path,
    options: BatchOptions,
    on_row: Callable[[Row], None] = lambda row: None,
) -> BatchSummary:
    """Run a batch with a progress bar on standard error, naming what fails and what to heed."""
    from napari_multicancer.batch.results import NOTES
    from napari_multicancer.batch.run import run_batch

    console = Console(stderr=True)
    with Progress(*_BAR, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Analysing", total=None, failed=0)
        failed = noted = 0
        tell = partial(say, console=bar.console)

        def show(row: Row) -> None:
            nonlocal failed, noted
            note = row.get(NOTES)
            if row["error"]:
                failed += 1
                tell(row["error"])
            elif note and (noted := noted + 1) <= MOST_NOTES:
                tell(f"{Path(row['path']).name}: {note}")
            on_row(row)

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, failed=failed)

        summary = run_batch(sources, out, options, on_row=show, progress=advance)
    _list_results(out)
    return summary


def _list_results(out: Path) -> None:
    """Make a project of what a batch wrote, unless somebody works on it, who will take the rows."""
    from napari_multicancer.cli.project.common import for_work

    try:
        with for_work(out, ""):
            pass
    except InUseError:
        _log.info("%s is open elsewhere", out)
    except MulticancerError as error:
        _log.warning("%s", error, exc_info=True)
        say(f"The results are written, but not listed: {error.message}")


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_window(paths: Sequence[Path], screenshot: Path | None = None) -> None:
    try:
        from napari_multicancer.widgets.window import open_window
    except ImportError as error:
        raise MulticancerError(
            f"napari's window cannot be loaded ({error}): if a Qt binding is missing, "
            'install one by pip install "napari-multicancer[pyqt6]".'
        ) from error
    open_window(paths, screenshot=screenshot)
