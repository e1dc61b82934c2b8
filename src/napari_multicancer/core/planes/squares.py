"""A scan's planes as networks see them: squares, all under one gray window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.planes.color import as_colored, rule_for_planes
from napari_multicancer.core.planes.known import AS_IT_IS
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.planes.prepare import fit_plane, intensity_window, normalize
from napari_multicancer.core.planes.walk import Walk

Fitted = tuple[NDArray[np.float32], Letterbox]
"""The square that a network sees, and the way back."""
Window = tuple[float, float]
"""Black and white point, in the scan's own units."""


class Squares:
    """Fits the planes of one scan to any network.

    Networks learn from single planes, each stretched by itself; so the black and
    white point of a whole scan are a typical plane's: the medians over a sample,
    planes that show nothing left out.

    Parameters
    ----------
    walk : Walk
        Over the scan.
    n_sample : int
        How many planes the sample may have at most.

    Attributes
    ----------
    sample : tuple of int
        Evenly spaced planes; where all of those show nothing, of the planes that do.

    Raises
    ------
    UnsupportedScanError
        No plane shows anything.
    CancelledError
        The user wants to stop.
    """

    def __init__(self, walk: Walk, n_sample: int) -> None:
        self._scan = walk.scan
        self.sample, window = _look_over(walk, n_sample)
        self._settled = {AS_IT_IS: (AS_IT_IS, window)}
        self._normalized: dict[str, NDArray[np.float32]] = {}

    def fit(
        self, plane: NDArray[Any], size: int, steps: Sequence[str] = (), color: str = AS_IT_IS
    ) -> Fitted | None:
        """Fit a plane to a network; safe to call from several threads.

        Parameters
        ----------
        plane : ndarray, shape (row, column) or (row, column, 3)
            Of this scan, as `Scan.plane` gives it.
        size : int
            Side of the square in pixels.
        steps : sequence of str
            As for `prepare.prepare_plane`.
        color : str
            What colors mean to the network, one of `color.COLORS`.

        Returns
        -------
        (ndarray of float32 in 0..255, shape (size, size, 3), Letterbox) or None
            None where a stack's plane shows nothing.
        """
        rule, window = self._in_color(color)
        normalized = self._normalized.get(rule)
        if normalized is None:
            normalized = normalize(as_colored(plane, rule), window)
        if self._scan.n_planes == 1:
            self._normalized[rule] = normalized
        square, box = fit_plane(normalized, size, steps, self._scan.pixel_aspect)
        if self._scan.is_stack and float(np.ptp(square[box.inner])) < 1.0:
            return None
        return square, box

    def _in_color(self, color: str) -> tuple[str, Window]:
        """Settle what colors mean for the whole scan, and its black and white point then."""
        if color not in self._settled and "c" not in self._scan.axes:
            self._settled[color] = self._settled[AS_IT_IS]
        if color not in self._settled:
            planes = [self._scan.plane(index) for index in self.sample]
            settled = rule_for_planes(planes, color) if planes[0].ndim == 3 else AS_IT_IS
            if settled not in self._settled:
                colored = [as_colored(plane, settled) for plane in planes]
                windows = [intensity_window(plane) for plane in colored]
                shown = [window for window in windows if window[0] < window[1]]
                low, high = np.median(shown or windows, axis=0)
                self._settled[settled] = (settled, (float(low), float(high)))
                if self._scan.n_planes == 1:
                    self._normalized[settled] = normalize(colored[0], self._settled[settled][1])
            self._settled[color] = self._settled[settled]
        return self._settled[color]


def _look_over(walk: Walk, n_sample: int) -> tuple[tuple[int, ...], Window]:
    """Choose a sample, and the black and white point for the whole scan."""
    every = range(walk.scan.n_planes)
    sample = _evenly_spaced(every, n_sample)
    windows = _windows(walk, sample)
    if not windows:
        windows = _windows(walk, every)
        sample = _evenly_spaced(tuple(windows), n_sample)
    if not windows:
        raise UnsupportedScanError(
            f"{walk.scan.name} shows the same value everywhere: open a scan with something to see."
        )
    low, high = np.median(list(windows.values()), axis=0)
    return sample, (float(low), float(high))


def _windows(walk: Walk, planes: Sequence[int]) -> dict[int, Window]:
    """Find the black and white points of the planes that show something, by index."""
    windows = walk.over(lambda _, plane: intensity_window(plane), planes, counted=False)
    return {index: (low, high) for index, (low, high) in windows if low < high}


def _evenly_spaced(planes: Sequence[int], n_sample: int) -> tuple[int, ...]:
    places = np.linspace(0, len(planes) - 1, min(n_sample, len(planes)))
    return tuple(planes[place] for place in np.unique(places.astype(int)))
