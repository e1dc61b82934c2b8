"""What is told of masks that come in: once, for the terminal and the window."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.options import option


@dataclass(frozen=True)
class ImportOptions:
    """What is told of masks that come in.

    Attributes
    ----------
    by : str
        Who or what made them; the name of the file or folder where empty.
    """

    by: str = option(
        "",
        "Who or what made the masks; the name of their file or folder unless given.",
        metavar="NAME",
    )
