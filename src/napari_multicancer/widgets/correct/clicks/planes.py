"""The outline's way through the planes of a stack, and what is known of each plane."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.record import DOUBTFUL, PROPOSED, SETTLED, record_of
from napari_multicancer.widgets.common.thread import Cancelled, Progress, Work
from napari_multicancer.widgets.correct.clicks.asking import scan_of
from napari_multicancer.widgets.correct.clicks.state import (
    ClickPlace,
    LayerClicks,
    Marks,
    painted,
)
from napari_multicancer.widgets.correct.part import Changes, Part, find_changes, part_of

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.propagation import Propagation, Proposal

NO_STACK = tr("Propagating needs a stack of planes, and this mask is a picture.")
NO_DOUBT = tr("No plane with a doubtful outline is left.")


@dataclass(frozen=True, eq=False)
class Found:
    """What is proposed for the planes of a stack.

    Attributes
    ----------
    changes : mapping of int to Changes
        By plane, in the plane's pixels.
    planes : mapping of ClickPlace to str
        What is known of planes now.
    network : str
    seconds : float
    sentence : str
        For the user.
    """

    changes: Mapping[int, Changes] = field(default_factory=dict)
    planes: Mapping[ClickPlace, str] = field(default_factory=dict)
    network: str = ""
    seconds: float = 0.0
    sentence: str = ""


class PlaneWork(QObject):
    """Knows which planes of a stack are settled, and goes to those that are doubtful.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer

    def work(
        self,
        part: Part,
        known: LayerClicks,
        models: Mapping[str, str],
        near: int | None = None,
    ) -> Work:
        """Put together what a thread does to propagate a label over a stack.

        Parameters
        ----------
        part : Part
            The whole stack.
        known : LayerClicks
        models : mapping of str to str
        near : int, optional
            A plane whose proposed neighbors alone are to be renewed.

        Raises
        ------
        MaskError
            The mask is no stack, or there is no image under it.
        """
        if not part.is_stack:
            raise MaskError(NO_STACK)
        marked = {place.plane: what for place, what in _mine(known.marks, part).items()}
        changes = {
            plane: known.changes_at(ClickPlace(plane, part.normal, part.label))
            for plane in range(len(part.mask))
        }
        return partial(_propagate, scan_of(part), part, marked, changes, models, near)

    def changes(self, part: Part, found: Found) -> dict[ClickPlace, tuple[Part, Changes]]:
        """Give what is to be written, a part a plane."""
        return {
            ClickPlace(plane, part.normal, part.label): (part.at(plane), one)
            for plane, one in found.changes.items()
        }

    def settle(self, labels: Labels, marks: Marks) -> tuple[Marks, str]:
        """Count the plane in view as right; give the marks and what to say.

        Raises
        ------
        MaskError
            No single plane of a stack is in view.
        """
        part = part_of(self._viewer, labels, whole_stack=False)
        if part.plane is None:
            raise MaskError(
                tr("Only a plane of a stack can be settled, and this mask is a picture.")
            )
        after = marks.with_planes({ClickPlace.of(part): SETTLED})
        return after, tr("Plane {plane} is settled: propagating leaves it alone.", plane=part.plane)

    def go_to_next(self, labels: Labels, marks: Marks) -> str:
        """Show the next plane whose outline is doubtful, from the first on after the last."""
        part = part_of(self._viewer, labels, whole_stack=True)
        mine = _mine(marks, part)
        doubtful = sorted(place.plane or 0 for place, what in mine.items() if what == DOUBTFUL)
        if not doubtful:
            return NO_DOUBT
        here = -1 if part.plane is None else part.plane
        plane = next((one for one in doubtful if one > here), doubtful[0])
        show_plane(self._viewer, part, plane)
        return tr(
            "Plane {plane} is doubtful, {doubtful} in all: correct it, or settle it.",
            plane=plane,
            doubtful=len(doubtful),
        )


def _mine(marks: Marks, part: Part) -> dict[ClickPlace, str]:
    """Leave out what is known of other labels, and of planes along other axes."""
    return {
        place: what
        for place, what in marks.planes.items()
        if (place.normal, place.label) == (part.normal, part.label)
    }


def show_plane(viewer: ViewerModel, part: Part, plane: int) -> None:
    """Turn the viewer's slider to a plane of a stack."""
    labels = part.labels
    axis = part.normal - 3
    here = labels.world_to_data(np.asarray(viewer.dims.point)[-labels.ndim :])
    here[axis] = plane
    viewer.dims.set_point(viewer.dims.ndim + axis, labels.data_to_world(here)[axis])


def _propagate(
    scan: Scan,
    part: Part,
    marked: Mapping[int | None, str],
    changes: Mapping[int, tuple[Changes, ...]],
    models: Mapping[str, str],
    near: int | None,
    progress: Progress,
    cancelled: Cancelled,
) -> Found:
    from napari_multicancer.core.analysis.propagation import propagate

    began = time.perf_counter()
    settled = {plane for plane in changes if marked.get(plane) == SETTLED}
    settled |= _drawn(part, changes) or ({part.plane} if part.plane is not None else set())
    found = propagate(
        scan,
        part.mask,
        settled,
        label=part.label,
        planes=None if near is None else _beside(near, marked),
        models=models,
        progress=progress,
        cancelled=cancelled,
    )
    planes = dict.fromkeys(settled, SETTLED)
    planes |= {one.plane: DOUBTFUL if one.doubt else PROPOSED for one in found.proposals}
    return Found(
        {one.plane: _changes(part, one) for one in found.proposals},
        {ClickPlace(plane, part.normal, part.label): what for plane, what in planes.items()},
        found.model,
        time.perf_counter() - began,
        _told(found),
    )


def _drawn(part: Part, changes: Mapping[int, tuple[Changes, ...]]) -> set[int]:
    """Find the planes on which somebody has drawn the label, or erased it, by hand."""
    whole = record_of(part.labels).first
    first = None if whole is None or whole.shape != part.data.shape else part.of(whole)
    drawn = set()
    for plane, changed in changes.items():
        now = part.mask[plane]
        was = np.zeros_like(now) if first is None else first[plane]
        by_hand = painted(now, was, changed)
        if (by_hand & (np.equal(now, part.label) | np.equal(was, part.label))).any():
            drawn.add(plane)
    return drawn


def _beside(near: int, marked: Mapping[int | None, str]) -> list[int]:
    """Find the proposed planes on both sides of one, as far as they follow each other."""
    found = []
    for step in (-1, 1):
        plane = near + step
        while marked.get(plane) in (PROPOSED, DOUBTFUL):
            found.append(plane)
            plane += step
    return found


def _changes(part: Part, proposal: Proposal) -> Changes:
    before = part.mask[proposal.plane]
    after = np.where(before == part.label, 0, before)
    after[proposal.region & (after == 0)] = part.label
    return find_changes(before, after)


def _told(found: Propagation) -> str:
    """Say in two sentences what came of it."""
    if not found.proposals:
        why = "; ".join(
            tr("plane {plane}: {reason}", plane=one.plane, reason=one.reason) for one in found.stops
        )
        why = why or tr("all planes are settled")
        return tr("Propagate: no plane was outlined ({why}).", why=why)
    said = tr_n(
        "Propagate: {n} plane outlined, {doubtful} of them doubtful.",
        "Propagate: {n} planes outlined, {doubtful} of them doubtful.",
        len(found.proposals),
        doubtful=sum(bool(one.doubt) for one in found.proposals),
    )
    stops = ", ".join(f"{one.plane} ({one.reason})" for one in found.stops)
    return f"{said} {tr('It stopped before plane {stops}.', stops=stops)}" if stops else said
