"""How raters' masks were begun: from a model's proposal, which they are near to, or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from napari_multicancer.core.masks.history import SEGMENTED_IN_BOX, standing
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.project.records import MaskVersion, VersionKind

_OF_A_PROPOSAL = f"{VersionKind.PROPOSAL.value} of "


class Beginning(StrEnum):
    """What a mask was before its rater's first stroke."""

    ACCEPTED = "proposal accepted"
    """A model's, taken as it was."""
    CORRECTED = "proposal corrected"
    """A model's, or partly one: a model outlined what was inside a box."""
    DRAWN = "drawn"
    """Empty; no model's outline came into it."""
    NOT_KNOWN = "not known"
    """Made elsewhere, or by clicks of a network, or its file does not say."""


@dataclass(frozen=True)
class Beginnings:
    """How many masks were begun in which way."""

    accepted: int = 0
    corrected: int = 0
    drawn: int = 0
    not_known: int = 0

    @classmethod
    def of(cls, some: Iterable[Beginning]) -> Beginnings:
        """Count."""
        count = Counter(some)
        return cls(
            accepted=count[Beginning.ACCEPTED],
            corrected=count[Beginning.CORRECTED],
            drawn=count[Beginning.DRAWN],
            not_known=count[Beginning.NOT_KNOWN],
        )

    @property
    def from_proposal(self) -> int:
        """Begun from a model's, and so no yardstick that is independent of it."""
        return self.accepted + self.corrected

    @property
    def masks(self) -> int:
        """All."""
        return self.from_proposal + self.drawn + self.not_known


def beginning(version: MaskVersion, provenance: Mapping[str, Any] | None) -> Beginning:
    """Tell how a rater's mask was begun, by the list's note and by the record in its file.

    Parameters
    ----------
    version : MaskVersion
    provenance : mapping or None
        As `io.load_mask` reads it.
    """
    record = MaskRecord.of(provenance, None)
    tools = {change.tool for change in standing(record.history)}
    is_accepted = version.kind is VersionKind.ACCEPTED
    if is_accepted and version.note.startswith(_OF_A_PROPOSAL):
        return Beginning.ACCEPTED
    if record.model:
        edited = (record.provenance or {}).get("edited_by_hand")
        return Beginning.CORRECTED if edited and not is_accepted else Beginning.ACCEPTED
    if SEGMENTED_IN_BOX in tools:
        return Beginning.CORRECTED
    says = record.provenance is not None and "models" in record.provenance
    is_drawn = says and not is_accepted and not record.clicks.clicks
    return Beginning.DRAWN if is_drawn else Beginning.NOT_KNOWN
