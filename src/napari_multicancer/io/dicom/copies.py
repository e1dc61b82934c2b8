"""Pictures that are there twice under two file names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.dicom.header import Header, read_file


def check_copies(name: str, headers: Sequence[Header]) -> None:
    """Make sure that no picture is there twice.

    One SOPInstanceUID alone does not make a copy, as some anonymizers give all pictures the same;
    so their places and, where these are one, their pixels are compared.

    Parameters
    ----------
    name : str
        How the whole is called in a message.
    headers : sequence of Header

    Raises
    ------
    UnsupportedScanError
    """
    by_uid: dict[object, list[Header]] = defaultdict(list)
    for header in headers:
        place = header.position or header.point or header.location
        if header.sop_instance_uid:
            by_uid[header.sop_instance_uid, place].append(header)
    for same in by_uid.values():
        seen: dict[bytes, Header] = {}
        for header in same if len(same) > 1 else ():
            first = seen.setdefault(_pixels(header), header)
            if first is not header:
                raise UnsupportedScanError(
                    f"{name} holds a slice twice ({first.path.name} and {header.path.name} are "
                    "the same picture): remove one of them."
                )


def _pixels(header: Header) -> bytes:
    """Give what is the same for two files of the same pixels."""
    pixels = read_file(header.path).get("PixelData", b"")
    return blake2b(pixels).digest()
