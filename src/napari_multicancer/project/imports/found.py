"""A mask from elsewhere that was found, before it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.project.records import ListedScan


@dataclass(frozen=True)
class FoundMask:
    """A mask from elsewhere.

    Attributes
    ----------
    name : str
        Of its file, for people.
    scan : callable
        Finds whose mask it is.
    labels : callable
        Opens it for that scan.
    finding : str
        What it outlines, where that is told.
    """

    name: str
    scan: Callable[[], ListedScan]
    labels: Callable[[Scan], NDArray[Any]]
    finding: str = ""
