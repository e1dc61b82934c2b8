"""A growing table brought to the disk itself, with the masks that it names, beside the work."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from napari_multicancer.io.files import flush, flush_folder, not_written

EVERY_SECONDS = 1.0
"""After a flush, so long is waited before the next."""
MOST_MASKS = 1000
"""So many wait at most; what is written faster is left to the system."""


class Flusher:
    """Flushes in a thread of its own, so that nobody waits for the disk.

    Parameters
    ----------
    table : Path
        Which grows.

    Raises
    ------
    OutputError
        By `note` and `close`: the disk did not take what was written before.
    """

    def __init__(self, table: Path) -> None:
        self._table = table
        self._masks: deque[Path] = deque(maxlen=MOST_MASKS)
        self._error: OSError | None = None
        self._grown, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="flusher", daemon=True)
        self._thread.start()

    def note(self, mask: str) -> None:
        """Take note that the table has grown by a row.

        Parameters
        ----------
        mask : str
            Of the row, relative to the table; empty where there is none.
        """
        if mask:
            self._masks.append(self._table.parent / mask)
        self._grown.set()
        self._raise()

    def close(self) -> None:
        """Flush the rest, and end the thread."""
        self._closed.set()
        self._grown.set()
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise not_written(self._table, self._error) from self._error

    def _run(self) -> None:
        while not self._closed.is_set():
            self._grown.wait()
            self._flush()
            self._closed.wait(EVERY_SECONDS)
        self._flush()

    def _flush(self) -> None:
        """Flush first the masks, then the rows that say they are there."""
        if not self._grown.is_set():
            return
        self._grown.clear()
        folders = set()
        try:
            while self._masks:
                mask = self._masks.popleft()
                folders.add(mask.parent)
                if mask.is_file():
                    flush(mask)
            for folder in folders:
                flush_folder(folder)
            flush(self._table)
        except OSError as error:
            self._error = error
