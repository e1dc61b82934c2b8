"""What goes into an export, and into which split; what does not, and why."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.splits import draw_splits
from napari_multicancer.io.equipment import Equipment
from napari_multicancer.io.folders import files_of
from napari_multicancer.io.formats import equipment_of
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.options import ExportOptions
from napari_multicancer.project.final import case_name, final_version, finding_of, last_proposal
from napari_multicancer.project.opening import open_mask, open_scan, sized_by_hand
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import ListedScan, State

NOT_KNOWN = "not known"
WHOLE = "train"
"""The split of all scans where they are not split."""


@dataclass(frozen=True)
class LeftOut:
    """A scan that is not part of an export, with the reason in a sentence."""

    scan: ListedScan
    reason: str


@dataclass
class Plan:
    """Which scans an export takes.

    Attributes
    ----------
    groups, splits, scanners, findings : dict of int to str
        By `ListedScan.id`.
    left_out : list of LeftOut
        Grows while the scans are opened.
    is_remembered : bool
        Whether later exports will know the splits.
    """

    groups: dict[int, str] = field(default_factory=dict)
    splits: dict[int, str] = field(default_factory=dict)
    scanners: dict[int, str] = field(default_factory=dict)
    findings: dict[int, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    is_remembered: bool = True


def make_plan(project: OpenList, options: ExportOptions, proceed: Callable[[], None]) -> Plan:
    """Choose scans by their state and who made their mask, and put their groups into splits.

    A group is what somebody named, else the patient of the DICOM header (known by the first of
    its scans, as nothing of a header goes out), else the scan itself. A group that was in an
    export before stays in its split.
    """
    plan, salt = Plan(), os.urandom(16)
    patients: dict[str, str] = {}
    for scan in project.each(ScanFilter(options.states)):
        proceed()
        version = final_version(project.versions(scan.id))
        if options.by and (version is None or version.maker != options.by):
            continue
        if version is None:
            plan.left_out.append(LeftOut(scan, f"{scan.name} has no mask."))
            continue
        made_on = _equipment(scan, salt)
        name = case_name(scan)
        if made_on.patient:
            name = patients.setdefault(made_on.patient, f"patient of {name}")
        plan.groups[scan.id] = scan.group or name
        plan.scanners[scan.id] = made_on.scanner or NOT_KNOWN
        plan.findings[scan.id] = finding_of(scan, version)
    plan.splits = _splits(project, plan) if options.split else dict.fromkeys(plan.groups, WHOLE)
    return plan


def makers_of_masks(project: OpenList, states: frozenset[State]) -> list[str]:
    """Name those whose masks count for the scans in some states."""
    chosen = (final_version(project.versions(scan.id)) for scan in project.each(ScanFilter(states)))
    return sorted({version.maker for version in chosen if version is not None})


def _equipment(scan: ListedScan, salt: bytes) -> Equipment:
    path = scan.path
    try:
        if isinstance(path, str):
            return Equipment()
        return equipment_of(path if path.is_file() else files_of(path)[0], salt)
    except MulticancerError:
        return Equipment()  # it says why when it is opened


def _splits(project: OpenList, plan: Plan) -> dict[int, str]:
    groups = set(plan.groups.values())
    known = project.splits(groups)
    new = [scan for scan, group in plan.groups.items() if group not in known]
    drawn = draw_splits([plan.groups[s] for s in new], [plan.findings[s] for s in new])
    chosen = {plan.groups[scan]: split for scan, split in zip(new, drawn, strict=True)}
    plan.is_remembered = project.remember_splits(chosen)
    known = chosen | project.splits(groups)
    return {scan: known[group] for scan, group in plan.groups.items()}


def cases(project: OpenList, plan: Plan, proceed: Callable[[], None]) -> Iterator[Case]:
    """Open the scans of a plan one after another; one that fails is left out, and says why."""
    for number in plan.splits:
        proceed()
        listed = project.scan(number)
        masks = project.versions(number)
        version = final_version(masks)
        if version is None:
            continue
        try:
            scan = open_scan(project, listed)
            saved = open_mask(scan, version)
            scan = sized_by_hand(scan, saved)
        except MulticancerError as error:
            plan.left_out.append(LeftOut(listed, error.message))
            continue
        yield Case(
            listed,
            version,
            scan,
            saved.labels,
            saved.provenance,
            last_proposal(masks),
            plan.splits[number],
            plan.groups[number],
        )
