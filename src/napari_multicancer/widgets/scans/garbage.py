"""Python looks for garbage among what is new alone while scans of a list come and go."""

from __future__ import annotations

import gc


class SetAside:
    """All that there was before the first scan of a list, left out of the search for garbage.

    napari looks for garbage at each layer that goes, which takes longer than all else of going on
    to the next scan where all modules that are loaded are looked through each time.
    """

    def __init__(self) -> None:
        self._is_there = False

    def begin(self) -> None:
        """Set aside what there is; once, until it ends."""
        if not self._is_there:
            gc.collect()
            gc.freeze()
            self._is_there = True

    def end(self) -> None:
        """Look everywhere again, as the window may be part of the garbage soon."""
        gc.unfreeze()
        self._is_there = False
