"""A scan's planes as networks see them, with one grey window, progress and a way to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import CancelledError, UnsupportedScanError
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.planes.color import AS_IT_IS, as_colored, rule_for_planes
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.planes.prepare import fit_plane, intensity_window, normalize
from napari_multicancer.core.scan.scan import Scan

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
Fitted = tuple[NDArray[np.float32], Letterbox]
"""The square that a network sees, and the way back."""


class PreparedPlanes:
    """Prepares the planes of one scan, one at a time, for any model.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    n_sample : int
        How many planes the sample may have at most.
    progress : callable, optional
        Called with (done, total) after each `step`.
    cancelled : callable, optional
        Asked before each plane; True raises CancelledError.

    Attributes
    ----------
    sample : tuple of int
        Evenly spaced planes; where all of those show nothing, of the planes that do.

    Raises
    ------
    UnsupportedScanError
        No plane shows anything.
    CancelledError
        `cancelled` said so.
    """

    def __init__(
        self,
        scan: Scan,
        n_sample: int,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        self.scan = scan
        self._progress = progress
        self._cancelled = cancelled
        self.sample, window = self._look_over(n_sample)
        self._colored = {AS_IT_IS: (AS_IT_IS, window)}
        self._normalized: dict[str, NDArray[np.float32]] = {}
        self._done = 0
        self._total = scan.n_planes

    def _look_over(self, n_sample: int) -> tuple[tuple[int, ...], tuple[float, float]]:
        """Choose a sample, and the black and white point for the whole scan: a typical plane's.

        Networks learn from single planes, each stretched by itself; so a stack takes
        the median over its sample, planes that show nothing left out.
        """
        sample = _evenly_spaced(range(self.scan.n_planes), n_sample)
        windows = self._windows(sample)
        if not windows:
            windows = self._windows(range(self.scan.n_planes))
            sample = _evenly_spaced(tuple(windows), n_sample)
        if not windows:
            raise UnsupportedScanError(
                f"{self.scan.name} shows the same value everywhere: "
                "open a scan with something to see."
            )
        low, high = np.median(list(windows.values()), axis=0)
        return sample, (float(low), float(high))

    def _in_color(self, rule: str) -> tuple[str, tuple[float, float]]:
        """Settle what colors mean for the whole scan, and its black and white point then."""
        if rule not in self._colored:
            planes = [self.scan.plane(index) for index in self.wanted(self.sample)]
            settled = rule_for_planes(planes, rule) if planes[0].ndim == 3 else AS_IT_IS
            if settled not in self._colored:
                windows = [intensity_window(as_colored(plane, settled)) for plane in planes]
                low, high = np.median([w for w in windows if w[0] < w[1]] or windows, axis=0)
                self._colored[settled] = (settled, (float(low), float(high)))
            self._colored[rule] = self._colored[settled]
        return self._colored[rule]

    def _windows(self, planes: Iterable[int]) -> dict[int, tuple[float, float]]:
        """Find the black and white points of the planes that show something, by index."""
        windows = (
            (index, intensity_window(self.scan.plane(index))) for index in self.wanted(planes)
        )
        return {index: (low, high) for index, (low, high) in windows if low < high}

    def expect(self, n_steps: int) -> None:
        """Count on so many steps more than one a plane."""
        self._total += n_steps

    def step(self) -> None:
        """Report that one more is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)

    def proceed(self) -> None:
        """Go on, unless the user wants to stop.

        Raises
        ------
        CancelledError
        """
        if self._cancelled is not None and self._cancelled():
            raise CancelledError("Stopped.")

    def wanted(self, planes: Iterable[int]) -> Iterator[int]:
        """Go through planes, asking before each whether to go on."""
        for index in planes:
            self.proceed()
            yield index

    def square(self, index: int, card: ModelCard) -> Fitted | None:
        """Read one plane and fit it to a network, unless the user wants to stop; see `fit`."""
        self.proceed()
        return self.fit(self.scan.plane(index), card)

    def fit(self, plane: NDArray[np.generic], card: ModelCard) -> Fitted | None:
        """Fit a plane to a network; safe to call from several threads.

        Parameters
        ----------
        plane : ndarray, shape (row, column) or (row, column, 3)
            Of this scan, as `Scan.plane` gives it.
        card : ModelCard

        Returns
        -------
        (ndarray of float32 in 0..255, shape (size, size, 3), Letterbox) or None
            None where a stack's plane shows nothing.
        """
        rule, window = self._in_color(card.color)
        normalized = self._normalized.get(rule)
        if normalized is None:
            normalized = normalize(as_colored(plane, rule), window)
        if self.scan.n_planes == 1:
            self._normalized[rule] = normalized
        square, box = fit_plane(normalized, card.input_size, card.preprocessing)
        if self.scan.is_stack and float(np.ptp(square[box.inner])) < 1.0:
            return None
        return square, box


def _evenly_spaced(planes: Sequence[int], n_sample: int) -> tuple[int, ...]:
    places = np.linspace(0, len(planes) - 1, min(n_sample, len(planes)))
    return tuple(planes[place] for place in np.unique(places.astype(int)))
