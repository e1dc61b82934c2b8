"""Whether an exported model says what its original says."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.errors import ModelError


@dataclass(frozen=True)
class ParityLimits:
    """How far an exported model may stray from its Keras original; see `Parity`."""

    probability_gap: float
    mask_agreement: float
    distance_gap: float


LIMITS = {
    "float16": ParityLimits(0.01, 0.999, 0.02),
    "mixed": ParityLimits(0.05, 0.995, 0.02),
    "int8": ParityLimits(0.1, 0.99, 0.02),
}
"""By quantization: weights of 8 bits are a slightly different network, with figures of its own."""


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

    def holds(self, quantization: str = "float16") -> bool:
        """Say whether the export may ship."""
        limits = LIMITS[quantization]
        return (
            self.largest_probability_gap < limits.probability_gap
            and self.mask_agreement >= limits.mask_agreement
            and self.largest_distance_gap < limits.distance_gap
        )


def require(parity: Parity, name: str, quantization: str = "float16") -> None:
    """Refuse an export that does not say what its original says.

    Raises
    ------
    ModelError
    """
    if not parity.holds(quantization):
        raise ModelError(
            f"The exported {name!r} differs from its original: probabilities by up to "
            f"{parity.largest_probability_gap:.4f}, masks alike in {parity.mask_agreement:.2%} "
            f"of the pixels, distances by up to {parity.largest_distance_gap:.2%}. "
            "Nothing was written."
        )
