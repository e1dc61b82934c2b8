"""How much of a mask was made by clicks: what the record, report and files tell of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from napari_multicancer.core.masks.history import plain_words

_LONGEST_NAME = 200


@dataclass(frozen=True)
class ClickTally:
    """What clicks of the network's tool have done to a mask.

    Attributes
    ----------
    clicks : int
        Clicks and strokes that count in the end.
    planes : int
        Planes that were clicked on.
    proposed : int
        Planes outlined from their neighbors that nobody has settled.
    network : str
        Name and version.
    seconds : float
        What the network has taken.
    """

    clicks: int = 0
    planes: int = 0
    proposed: int = 0
    network: str = ""
    seconds: float = 0.0

    def as_record(self) -> dict[str, Any]:
        """Put it in words that JSON knows; `tally_of` reads them back."""
        return {
            "clicks": self.clicks,
            "planes": self.planes,
            "proposed_planes": self.proposed,
            "network": self.network,
            "seconds": self.seconds,
        }


NO_CLICKS = ClickTally()


def tally_of(record: object) -> ClickTally:
    """Read a tally that stood in a file or in a layer's metadata; nonsense counts as nothing."""
    if not isinstance(record, Mapping):
        return NO_CLICKS
    try:
        counts = [int(record.get(key, 0)) for key in ("clicks", "planes", "proposed_planes")]
        seconds = float(record.get("seconds", 0))
    except (TypeError, ValueError, OverflowError):
        return NO_CLICKS
    if min(counts) < 0 or not math.isfinite(seconds) or seconds < 0:
        return NO_CLICKS
    network = record.get("network", "")
    name = plain_words(network, _LONGEST_NAME) if isinstance(network, str) else ""
    clicks, planes, proposed = counts
    return ClickTally(clicks, planes, proposed, name, seconds)
