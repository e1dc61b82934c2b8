"""What every reader asks before it decodes pixels."""

from __future__ import annotations

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan import LARGEST_PLANE


def check_plane_size(name: str, height: int, width: int) -> None:
    """Refuse a plane that is too large, while it still is only a header.

    Parameters
    ----------
    name : str
        How the file is called in the message.
    height, width : int
        In pixels.

    Raises
    ------
    UnsupportedScanError
    """
    if height * width > LARGEST_PLANE:
        raise UnsupportedScanError(
            f"{name} measures {height} x {width} pixels, more than "
            f"{LARGEST_PLANE // 10**6} million a plane: crop it or scale it down first."
        )
