"""Whether an exported model says what its original says."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.errors import ModelError

MAX_PROBABILITY_GAP = 0.01
MAX_DISTANCE_GAP = 0.02
MIN_MASK_AGREEMENT = 0.999


@dataclass(frozen=True)
class Parity:
    """How far an exported model strays from its Keras original.

    Attributes
    ----------
    scans : int
        Number of real scans compared.
    largest_probability_gap : float
        Over all scans and classes.
    mask_agreement : float
        Share of pixels that both put on the same side of one half; 1 without masks.
    largest_distance_gap : float
        By what share a distance differs at most; 0 without distances.
    """

    scans: int
    largest_probability_gap: float
    mask_agreement: float
    largest_distance_gap: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the export may ship."""
        return (
            self.largest_probability_gap < MAX_PROBABILITY_GAP
            and self.mask_agreement >= MIN_MASK_AGREEMENT
            and self.largest_distance_gap < MAX_DISTANCE_GAP
        )


def require(parity: Parity, name: str) -> None:
    """Refuse an export that does not say what its original says.

    Raises
    ------
    ModelError
    """
    if not parity.holds:
        raise ModelError(
            f"The exported {name!r} differs from its original: probabilities by up to "
            f"{parity.largest_probability_gap:.4f}, masks alike in {parity.mask_agreement:.2%} "
            f"of the pixels, distances by up to {parity.largest_distance_gap:.2%}. "
            "Nothing was written."
        )
