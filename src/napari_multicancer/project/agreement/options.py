"""What is made of the masks of several raters: told once."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.options import option

MAJORITY, STAPLE = METHOD_NAMES = ("majority", "staple")


@dataclass(frozen=True)
class AgreementOptions:
    """What is made of the masks of several raters besides their comparison.

    Attributes
    ----------
    consensus : str
        One of `METHOD_NAMES`, by which they become one mask, which counts from then on; else empty.
    """

    consensus: str = option(
        "",
        f"Also make one mask of several: {', '.join(METHOD_NAMES)}.",
        metavar="METHOD",
    )
