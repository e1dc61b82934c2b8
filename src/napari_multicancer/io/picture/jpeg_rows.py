"""Whether a JPEG holds all the rows that its header promises: decoders fill those up evenly."""

from __future__ import annotations

import re
import struct
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image

_START_OF_SCAN, _FILL = 0xDA, 0xFF
_AFTER_A_SCAN = re.compile(rb"(?=\xff[\xc4\xda\xd9])")
"""DHT, SOS or EOI, the markers that follow coded pixels (ITU-T T.81, B.1.1.3)."""
_STRAY = bytes(range(1, 65))
"""Bytes that a decoder passes over where it is done, and takes for pixels where it is not."""
_LAST_ROWS = 4


def holds_all_rows(file: BinaryIO, image: Image.Image) -> bool:
    """Say whether a decoder came to the end of a picture before the end of its data.

    One that runs out of data repeats the last block's mean in all that is left. So
    only a picture whose last rows are all the same is looked at again: decoded with
    stray bytes at the end of each scan, which change nothing but the rows that are not there.

    Parameters
    ----------
    file : binary file
        A JPEG that a decoder has already taken for sound; left anywhere.
    image : PIL.Image.Image
        What it has made of it.
    """
    last = np.asarray(image)[-_LAST_ROWS:]
    if (last != last[0, 0]).any():
        return True
    file.seek(0)
    content = file.read()
    start = _first_scan(content)
    altered = content[:start] + _AFTER_A_SCAN.sub(_STRAY, content[start:])
    with Image.open(BytesIO(altered), formats=("JPEG",)) as again:
        return again.tobytes() == image.tobytes()


def _first_scan(content: bytes) -> int:
    """Find where coded pixels begin, past all segments, one of which may hold a thumbnail."""
    at = 2
    while (marker := content[at + 1]) != _START_OF_SCAN:
        is_fill = marker == _FILL
        at += 1 if is_fill else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return at + 2
