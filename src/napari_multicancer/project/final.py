"""Which of a scan's masks counts, and what it is called outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.io.files import shortened
from napari_multicancer.io.formats import stem
from napari_multicancer.project.records import ListedScan, MaskVersion, VersionKind

LESION = "lesion"
"""The class of what is outlined where nobody said what it is."""
INDEX = "scans.csv"
"""In each export: which scan is meant by a name, by what its file holds."""
STARTING_POINTS = (VersionKind.PROPOSAL, VersionKind.IMPORTED)
STOOD_FOR = (VersionKind.CORRECTED, VersionKind.ACCEPTED, VersionKind.CONSENSUS)
_LONGEST_STEM = 120


def final_version(versions: Sequence[MaskVersion]) -> MaskVersion | None:
    """Choose the mask that counts: a person's newest, else the newest proposal.

    A second rater's mask is for comparison, and never counts by itself.
    """
    people = [one for one in versions if one.kind in STOOD_FOR]
    others = [one for one in versions if one.kind in STARTING_POINTS]
    return next(iter([*people[::-1], *others[::-1]]), None)


def last_proposal(versions: Sequence[MaskVersion]) -> MaskVersion | None:
    """Choose the models' newest mask."""
    proposals = [one for one in versions if one.kind is VersionKind.PROPOSAL]
    return proposals[-1] if proposals else None


def said_by_mask(scan: ListedScan, area: float) -> str:
    """Say what a person's mask tells of a scan against the models' finding; empty where nothing.

    Parameters
    ----------
    scan : ListedScan
    area : float
        Of what is outlined; 0 for an empty mask.

    Returns
    -------
    str
        The organ's healthy class where nothing is outlined; where something is, the only class
        of a lesion that the organ has, or `LESION` where there are several.
    """
    card = organ_card(scan.shown_organ)
    if card is None or scan.finding not in card.classes:
        return ""
    if not area:
        return "" if scan.finding == card.healthy else card.healthy
    if scan.finding != card.healthy:
        return ""
    ill = lesion_classes(card)
    return ill[0] if len(ill) == 1 else LESION


def lesion_classes(card: ModelCard) -> list[str]:
    """List the classes of an organ that mean a lesion."""
    return [name for name in card.classes if name != card.healthy]


def finding_of(scan: ListedScan, version: MaskVersion | None) -> str:
    """Say what a scan shows: a person's word, else its mask's maker's, else the models'."""
    return scan.said_finding or (version.finding if version else "") or scan.finding


def case_name(scan: ListedScan) -> str:
    """Give a scan a name that is its own in the list and that every program takes as a file's."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", stem(Path(scan.name))).strip("_")
    return f"{shortened(plain, _LONGEST_STEM) or 'scan'}_{scan.id}"
