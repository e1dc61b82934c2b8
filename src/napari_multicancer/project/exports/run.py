"""An export from beginning to end: a folder that is there as a whole, or not at all."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from napari_multicancer.core.errors import MaskError, OutputError
from napari_multicancer.io.files import flushed_later, not_written
from napari_multicancer.io.formats import mask_format, mask_formats
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.card import Tally, write_card
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.coco import CocoExport
from napari_multicancer.project.exports.masks import MasksExport
from napari_multicancer.project.exports.measurements import MeasurementsExport
from napari_multicancer.project.exports.monai_label import MonaiLabelExport
from napari_multicancer.project.exports.nnunet import NnunetExport
from napari_multicancer.project.exports.plan import LeftOut, cases, make_plan
from napari_multicancer.project.exports.training import TrainingExport
from napari_multicancer.project.exports.yolo import YoloExport
from napari_multicancer.project.records import FINISHED, State


class Export(Protocol):
    """Writes cases in one form."""

    def put(self, case: Case) -> None:
        """Write a case; MaskError leaves it out."""

    def finish(self) -> None:
        """Write what there is to say of all."""


def _masks(name: str) -> Callable[[Path], Export]:
    return lambda folder: MasksExport(folder, mask_format(name))


EXPORTS: Mapping[str, Callable[[Path], Export]] = {
    "coco": CocoExport,
    "yolo": YoloExport,
    "nnunet": NnunetExport,
    "monai-label": MonaiLabelExport,
    **{row.name: _masks(row.name) for row in mask_formats()},
    "measurements": MeasurementsExport,
    "training": TrainingExport,
}
"""What makes an export, by the name of its form."""


@dataclass(frozen=True)
class Exported:
    """What became of an export: how many scans are in it, and which are not."""

    scans: int
    left_out: tuple[LeftOut, ...]


def export(
    project: OpenList,
    kind: str,
    out: Path,
    *,
    states: frozenset[State] = FINISHED,
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
    states : collection of State
        Of the scans that are taken.
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
        There is nothing to export, `out` is not empty, or it cannot be written; then nothing is
        left in it.
    """
    if kind not in EXPORTS:
        raise OutputError(f"There is no export {kind!r}; choose one of: {', '.join(EXPORTS)}.")
    with appearing(out) as folder:
        plan, tally = make_plan(project, states, proceed), Tally()
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
            reason = plan.left_out[0].reason if plan.left_out else _none_in(project, states)
            raise OutputError(f"There is nothing to export: {reason}")
        write_card(folder, kind, tally, plan)
    return Exported(tally.scans, tuple(plan.left_out))


def _none_in(project: OpenList, states: frozenset[State]) -> str:
    """Say which states were asked for, and in which there may be masks."""
    asked = " or ".join(state.value for state in State if state in states)
    counts = project.counts()
    if not any(counts.values()):
        return "no scan is in the list: add some first."
    others = [state for state in State if state not in states and counts.get(state)]
    options = " ".join(
        f"--state {shlex.quote(state.value)}" for state in others if state is not State.NEW
    )
    finish = "finish some" if states & FINISHED or not options else ""
    export_others = f"export others by {options}" if options else ""
    todo = ", or ".join(part for part in (finish, export_others) if part)
    return f"no scan is {asked or 'in the states asked for'}: {todo}."


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """Write a folder beside its place, and put it there at the end.

    Raises
    ------
    OutputError
        There is something already, or the disk does not take it; then nothing is left.
    """
    beside = out.with_name(f".{out.name}.part")
    try:
        if out.exists() and any(out.iterdir()):
            raise OutputError(f"{out} is not empty: choose another folder.")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        with flushed_later():
            yield beside
        if out.exists():
            out.rmdir()
        os.replace(beside, out)
    except OSError as error:
        raise not_written(out, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
