"""What a thread does with a whole list, by the functions that the terminal's commands use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari_multicancer.core.planes.progress import check_stop
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.thread import Cancelled, Progress, logged_warnings

if TYPE_CHECKING:
    from napari_multicancer.project import Project
    from napari_multicancer.project.agreement.options import AgreementOptions
    from napari_multicancer.project.agreement.run import Agreement
    from napari_multicancer.project.exports.options import ExportOptions
    from napari_multicancer.project.imports.options import ImportOptions
    from napari_multicancer.project.tasks import TaskOptions


@dataclass(frozen=True)
class Outcome:
    """What became of a piece of work.

    Attributes
    ----------
    sentence : str
    where : Path or None
        What was written, to be shown.
    reasons : tuple of str
        Why something was left out, a sentence each.
    agreement : Agreement or None
        Where that was asked for.
    """

    sentence: str
    where: Path | None = None
    reasons: tuple[str, ...] = ()
    agreement: Agreement | None = None


@dataclass(frozen=True)
class ListOrder:
    """What is to be done with a whole list.

    Attributes
    ----------
    doing : str
        In a word, such as "Exporting".
    trouble : str
        What was being done where something unexpected went wrong, such as "exporting the list".
    if_stopped : str
        A sentence for where it was stopped on the way.
    do : callable
        Given the project, what is told of progress, and whether to stop, gives the `Outcome`.
    changes : bool
        Whether it changes the list.
    brings_masks : bool
        Whether scans may have other masks afterward.
    finds_scans : bool
        Whether a scan that could not be opened may be there afterward.
    """

    doing: str
    trouble: str
    if_stopped: str
    do: Callable[[Project, Progress, Cancelled], Outcome]
    changes: bool = False
    brings_masks: bool = False
    finds_scans: bool = False


def export_order(kind: str, out: Path, options: ExportOptions) -> ListOrder:
    """Hand scans and masks on; see `project.exports.run.export`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.exports.run import export

        done = export(
            project,
            kind,
            out,
            options=options,
            progress=report,
            proceed=partial(check_stop, cancelled),
        )
        reasons = tuple(one.reason for one in done.left_out)
        return Outcome(done.sentence, out, reasons)

    return ListOrder(
        tr("Exporting"),
        tr("exporting the list"),
        tr("Exporting was stopped; nothing was written."),
        do,
    )


def import_order(kind: str, path: Path, options: ImportOptions) -> ListOrder:
    """Take masks made elsewhere; see `project.imports.run.import_masks`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.imports.run import import_masks

        def count(done: int) -> None:
            report(done, done)

        done = import_masks(
            project,
            kind,
            path,
            options=options,
            progress=count,
            proceed=partial(check_stop, cancelled),
        )
        return Outcome(done.sentence, reasons=done.refused)

    return ListOrder(
        tr("Importing"),
        tr("importing masks"),
        tr("Importing was stopped; the masks so far are kept."),
        do,
        changes=True,
        brings_masks=True,
    )


def page_order(path: Path) -> ListOrder:
    """Write the page of the list; see `project.page.write.write_page`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.page.write import write_page

        page = write_page(project, path, report, partial(check_stop, cancelled))
        return Outcome(tr("The page is {path}.", path=page), page)

    return ListOrder(
        tr("Counting"),
        tr("writing the page of the list"),
        tr("Counting was stopped; nothing was written."),
        do,
    )


def agreement_order(out: Path, options: AgreementOptions) -> ListOrder:
    """Compare raters and models; see `project.agreement.run.agree`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.agreement.consensus_of_list import make_consensus
        from napari_multicancer.project.agreement.run import agree

        proceed = partial(check_stop, cancelled)
        told, reasons = [], tuple[str, ...]()
        if options.consensus:
            made = make_consensus(project, options.consensus, proceed, report)
            told.append(made.sentence)
            reasons = made.failed
        with logged_warnings():
            found = agree(project, out, progress=lambda done: report(done, done), proceed=proceed)
        told.append(tr("Tables and pictures are in {folder}.", folder=out))
        return Outcome(" ".join(told), out, (*reasons, *found.failed), found)

    makes = bool(options.consensus)
    kept = tr("Comparing was stopped; the masks so far are kept.")
    nothing = tr("Comparing was stopped; nothing was written.")
    return ListOrder(
        tr("Comparing"),
        tr("comparing masks of the list"),
        kept if makes else nothing,
        do,
        changes=makes,
        brings_masks=makes,
    )


def task_order(to: str, options: TaskOptions) -> ListOrder:
    """Give scans out; see `project.tasks.give_out`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.tasks import give_out

        return Outcome(give_out(project, to, options).sentence)

    return ListOrder(
        tr("Giving out"),
        tr("giving out scans of the list"),
        tr("Giving out was stopped; nothing was written."),
        do,
        changes=True,
    )


def moved_order(where: Path) -> ListOrder:
    """Look for scans that are gone from where they were; see `project.moved.look_for_moved`."""

    def do(project: Project, report: Progress, cancelled: Cancelled) -> Outcome:
        from napari_multicancer.project.moved import look_for_moved

        done = look_for_moved(project, where, lambda number: report(number, number), cancelled)
        return Outcome(done.sentence, reasons=done.reasons)

    return ListOrder(
        tr("Looking"),
        tr("looking for moved scans"),
        tr("Looking was stopped; what was found so far is kept."),
        do,
        changes=True,
        finds_scans=True,
    )
