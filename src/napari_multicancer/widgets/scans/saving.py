"""What is kept of a scan that was worked on: its masks and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_multicancer.io.masks import Ground
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.project.records import FINISHED, MaskVersion, State, VersionKind
from napari_multicancer.project.versions import taken_from
from napari_multicancer.widgets.common.layers import SIZE_BY_HAND, has_size_by_hand
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.files.writer import ground_of
from napari_multicancer.widgets.scans.verdicts import BEGUN

if TYPE_CHECKING:
    from napari_multicancer.project import Project
    from napari_multicancer.project.records import ListedScan
    from napari_multicancer.widgets.scans.prepared import Prepared


@dataclass(frozen=True, eq=False)
class MaskToKeep:
    """A mask of the scan.

    Attributes
    ----------
    labels : Labels
    pixels : ndarray of integer
        No longer changed by anybody.
    ground : Ground
    held : str or None
        Digest of the pixels that the list holds already.
    """

    labels: Labels
    pixels: NDArray[Any]
    ground: Ground
    held: str | None

    @classmethod
    def of(cls, labels: Labels, held: str | None, *, copy: bool) -> MaskToKeep:
        """Take a mask while its scan is in the viewer; its pixels too, where they may change."""
        pixels = np.array(labels.data) if copy else np.asarray(labels.data)
        return cls(labels, pixels, ground_of(labels), held)


@dataclass(frozen=True, eq=False)
class ToKeep:
    """All that is to be kept of a scan.

    Attributes
    ----------
    shown : Prepared
        As it was opened.
    image : Image
    masks : tuple of MaskToKeep
        Last the one that counts.
    approved : bool
        The person went on to the next scan, and so stands for the mask as it is.
    asked : State or None
        The state that the person asked for by a button.
    note : str
        A word on why.
    """

    shown: Prepared
    image: Image
    masks: tuple[MaskToKeep, ...] = ()
    approved: bool = False
    asked: State | None = None
    note: str = ""


def keep(project: Project, order: ToKeep) -> Mapping[Labels, str]:
    """Write what has changed, then set the state; called in a thread.

    Returns
    -------
    mapping of Labels to str
        Digests of the pixels that the list holds now, of the masks that were written.

    Raises
    ------
    MulticancerError
        It cannot be written: the state is as before.
    """
    scan = project.scan(order.shown.scan.id)
    written: dict[Labels, str] = {}
    edited = False
    made: MaskVersion | None = None
    for number, mask in enumerate(order.masks, start=1):
        now, counts = digest(mask.pixels), number == len(order.masks)
        made = None
        if now != mask.held or (counts and _is_wanted(order, bool(written))):
            if _is_changed(order) and not written:
                project.accept_change(scan.id)
            made = _write(project, scan, order, mask, now)
            edited |= made.kind is not VersionKind.PROPOSAL
            written[mask.labels] = now
    if made is not None and _takes_another(order, made):
        project.accept(made)
        edited = True
    if _is_changed(order) and not written and _stands_for(scan, order, project.who):
        project.accept_change(scan.id, keep_mask=True)
    state = state_after(scan, order, edited)
    if state is not None:
        project.set_state(scan.id, state, order.note)
    return written


def _write(
    project: Project, scan: ListedScan, order: ToKeep, mask: MaskToKeep, now: str
) -> MaskVersion:
    """Write a mask: a person's, or a model's where that was asked anew and nobody painted."""
    record = record_of(mask.labels)
    models = "; ".join((record.mask.provenance or {}).get("models", ()))
    is_models = now == record.mask.made_digest
    told: dict[str, Any] = {"kind": VersionKind.CORRECTED}
    if order.shown.second:
        told = {"kind": VersionKind.SECOND, "finding": order.shown.finding}
    elif is_models and now != mask.held:
        told = {"kind": VersionKind.PROPOSAL, "maker": models}
    elif is_models and order.shown.version is not None:
        note = taken_from(VersionKind.PROPOSAL, models) if models else ""
        told = {"kind": VersionKind.ACCEPTED, "finding": record.mask.finding, "note": note}
    provenance = {**record.told(), SIZE_BY_HAND: has_size_by_hand(order.image)}
    return project.save_mask(scan.id, mask.pixels, mask.ground, provenance, **told)


def _is_wanted(order: ToKeep, beside_others: bool) -> bool:
    """Whether the mask that counts is to be written although the list holds it.

    Parameters
    ----------
    order : ToKeep
    beside_others : bool
        Other masks of the scan were written just now, and would be the newest.
    """
    if len(order.masks) > 1 and _stands_now(order) and (_ends(order) or beside_others):
        return True
    return _ends(order) and (_is_missing(order) or _says_more(order))


def _takes_another(order: ToKeep, made: MaskVersion) -> bool:
    """Whether a person goes on from a scan that was done with another model's mask than its own."""
    was_done = order.shown.scan.state in FINISHED
    return made.kind is VersionKind.PROPOSAL and was_done and _stands_now(order)


def _stands_now(order: ToKeep) -> bool:
    return order.approved if order.asked is None else order.asked in FINISHED


def _ends(order: ToKeep) -> bool:
    """Whether somebody stands for the mask from now on, be it empty."""
    if order.asked is not None:
        return order.asked in FINISHED
    if order.shown.blind:
        return order.approved and bool(order.shown.finding)
    return order.approved and (order.shown.second or _is_answered(order))


def _is_missing(order: ToKeep) -> bool:
    """Whether there is no mask yet of the kind for which somebody would stand."""
    version = order.shown.version
    return version is None or (order.shown.second and version.kind is not VersionKind.SECOND)


def _says_more(order: ToKeep) -> bool:
    """Whether a second rater says another finding than the mask that is kept."""
    version, said = order.shown.version, order.shown.finding
    return order.shown.second and bool(said) and (version is None or version.finding != said)


def _is_answered(order: ToKeep) -> bool:
    """Whether there was an outline, be it empty, for which one can stand by going on alone."""
    scan, version = order.shown.scan, order.shown.version
    is_answered = version is not None or not (scan.is_refused or order.shown.blind)
    return scan.state in BEGUN and is_answered and not order.shown.unread


def _is_changed(order: ToKeep) -> bool:
    """Whether the scan has changed, and the masks that are kept are drawn on it as it is now."""
    return order.shown.changed and not order.shown.second


def _stands_for(scan: ListedScan, order: ToKeep, who: str) -> bool:
    """Whether the person takes the mask that is shown for that of the scan as it is now."""
    if order.shown.unread:
        return False
    if order.asked is not None:
        return order.asked in FINISHED
    return order.approved and (scan.state not in FINISHED or scan.done_by == who)


def state_after(scan: ListedScan, order: ToKeep, edited: bool) -> State | None:
    """Say which state follows from what was done; None where it stays.

    A scan for which the models have no answer, or of which no mask can be read, is not done by
    going on alone: there was no outline that somebody could have stood for.

    Parameters
    ----------
    scan : ListedScan
        As it is now.
    order : ToKeep
        With the scan as it was opened.
    edited : bool
    """
    before = order.shown.scan.state
    if order.shown.second:
        return _untouched(scan, before)
    if order.asked is not None:
        return order.asked
    if order.approved and (edited or _is_answered(order)):
        return State.DONE
    if edited:
        return State.DONE if before in FINISHED else State.IN_WORK
    return _untouched(scan, before)


def _untouched(scan: ListedScan, before: State) -> State | None:
    """Take back that a stroke, which is undone by now, began the work."""
    if scan.state is not State.IN_WORK or before is State.IN_WORK:
        return None
    return State.PROPOSED if before is State.NEW and scan.organ else before
