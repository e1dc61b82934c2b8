"""Files opened so that a damaged length costs no memory."""

from __future__ import annotations

import io
import os
from pathlib import Path

_LARGE = 2**20
"""Bytes; what is asked for above is compared with what the file still holds."""


class BoundedReader(io.BufferedReader):
    """A file that never makes room for more than it holds.

    A length in a header takes four bytes, so damage turns it into gigabytes, which
    Python's own files set aside before they look how much there is to read.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._end = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, or as many as are left."""
        if size is not None and size > _LARGE:
            size = max(0, min(size, self._end - self.tell()))
        return super().read(size)
