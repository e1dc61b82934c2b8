"""An export from beginning to end: a folder that is there as a whole, or not at all."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.core.errors import MaskError, OutputError
from napari_multicancer.io.files import flushed_later, not_written
from napari_multicancer.io.holding import held
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.card import LEFT_OUT, Tally, write_card
from napari_multicancer.project.exports.forms import EXPORTS
from napari_multicancer.project.exports.options import ExportOptions
from napari_multicancer.project.exports.place import check_place
from napari_multicancer.project.exports.plan import LeftOut, cases, make_plan, makers_of_masks
from napari_multicancer.project.records import FINISHED, State
from napari_multicancer.translation import tr, tr_n

USUAL = ExportOptions()


@dataclass(frozen=True)
class Exported:
    """What became of an export.

    Attributes
    ----------
    out : Path
    scans : int
        In it.
    left_out : tuple of LeftOut
        Not in it.
    is_remembered : bool
        Whether later exports will know the splits.
    """

    out: Path
    scans: int
    left_out: tuple[LeftOut, ...]
    is_remembered: bool = True

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        told = [
            tr_n(
                "{n} scan is in {folder}.",
                "{n} scans are in {folder}.",
                self.scans,
                folder=self.out,
            )
        ]
        if self.left_out:
            told.append(
                tr_n(
                    "{n} scan is left out: {file} there says why.",
                    "{n} scans are left out: {file} there says why.",
                    len(self.left_out),
                    file=LEFT_OUT,
                )
            )
        if not self.is_remembered:
            told.append(
                tr("The list cannot be written: a later export may split these scans otherwise.")
            )
        return " ".join(told)


def export(
    project: OpenList,
    kind: str,
    out: Path,
    *,
    options: ExportOptions = USUAL,
    progress: Callable[[int, int], None] = lambda done, total: None,
    proceed: Callable[[], None] = lambda: None,
) -> Exported:
    """Hand a project's scans and masks on.

    Parameters
    ----------
    project : OpenList
    kind : str
        One of `EXPORTS`.
    out : Path
        A folder that is empty, or not there yet.
    options : ExportOptions
    progress : callable
        Called with scans done and scans in all.
    proceed : callable
        Called before each scan; may raise CancelledError.

    Returns
    -------
    Exported

    Raises
    ------
    OutputError
        There is nothing to export, `out` is not empty, lies among the list's scans or masks, or
        cannot be written; then nothing is left in it.
    """
    if kind not in EXPORTS:
        raise OutputError(f"There is no export {kind!r}; choose one of: {', '.join(EXPORTS)}.")
    check_place(project, out)
    with appearing(out) as folder:
        plan, tally = make_plan(project, options, proceed), Tally()
        writer = EXPORTS[kind](folder)
        for case in cases(project, plan, proceed):
            try:
                writer.put(case)
            except MaskError as error:
                plan.left_out.append(LeftOut(case.listed, error.message))
            else:
                tally.note(case, plan.scanners[case.listed.id])
            progress(tally.scans + len(plan.left_out), len(plan.splits))
        writer.finish()
        if tally.scans == 0:
            reason = plan.left_out[0].reason if plan.left_out else _none_in(project, options)
            raise OutputError(f"There is nothing to export: {reason}")
        write_card(folder, kind, tally, plan)
    return Exported(out, tally.scans, tuple(plan.left_out), plan.is_remembered)


def _none_in(project: OpenList, options: ExportOptions) -> str:
    """Say what was asked for, and of what there are masks."""
    states = options.states
    asked = " or ".join(state.value for state in State if state in states)
    counts = project.counts()
    if not any(counts.values()):
        return "no scan is in the list: add some first."
    if options.by and (makers := makers_of_masks(project, states)):
        known = ", ".join(makers)
        return f"no mask of a scan that is {asked} is by {options.by}: there are those by {known}."
    others = [state for state in State if state not in states and counts.get(state)]
    choices = " ".join(
        f"--state {shlex.quote(state.value)}" for state in others if state is not State.NEW
    )
    finish = "finish some" if states & FINISHED or not choices else ""
    export_others = f"export others by {choices}" if choices else ""
    todo = ", or ".join(part for part in (finish, export_others) if part)
    return f"no scan is {asked or 'in the states asked for'}: {todo}."


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """Write a folder beside its place, and put it there at the end.

    Meanwhile its place is held for this export alone.

    Raises
    ------
    OutputError
        Another export writes there, there is something already, or the disk does not take it;
        then nothing is left of this one.
    """
    out = Path(os.path.abspath(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(out, error) from error
    with held(out.with_name(f".{out.name}.lock"), lambda holder: _in_use(out, holder)):
        beside = out.with_name(f".{out.name}.part")
        try:
            if out.exists() and any(out.iterdir()):
                raise OutputError(f"{out} is not empty: choose another folder.")
            shutil.rmtree(beside, ignore_errors=True)
            beside.mkdir()
            with flushed_later():
                yield beside
            if out.exists():
                out.rmdir()
            os.replace(beside, out)
        except OSError as error:
            raise not_written(out, error) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _in_use(out: Path, holder: str) -> OutputError:
    return OutputError(
        f"Another export ({holder}) is writing into {out}: wait until it ends, or choose another "
        "folder."
    )
