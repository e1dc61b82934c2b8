"""How the axes of an array may be read, where a user overrules the rule in `core.scan`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import COLOUR_CHANNELS, Scan
from napari_multicancer.core.scan.steps import Chosen, Step, Steps

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Reading:
    """What the axes of an array mean.

    Attributes
    ----------
    axes : str
        One letter a dimension, as in `Scan`. A ``c`` that comes first is contrasts:
        pictures or volumes of one place, of which one is to be chosen.
    chosen : int or None
        Which of the several volumes along the first axis is meant, or, where only
        the last axis is ``c``, which of the colours alone; None for all there is.
    """

    axes: str
    chosen: int | None = None

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape can be read so."""
        if len(self.axes) != len(shape):
            return False
        return self.chosen is None or 0 <= self.chosen < shape[self._chosen_axis]

    def apply(self, scan: Scan) -> Scan:
        """Take what is chosen of a scan that has these axes."""
        if self.chosen is None:
            return scan
        if self._chosen_axis == 0:
            return scan.volume(self.chosen)
        return replace(
            scan, pixels=self.step(scan.pixels.shape).there(scan.pixels), axes=scan.axes[:-1]
        )

    def spread(self, mask: NDArray[Number], shape: tuple[int, ...]) -> NDArray[Number]:
        """Lay the mask or map of what is chosen over the whole array.

        Parameters
        ----------
        mask : ndarray
            Shape of the chosen scan's spatial axes.
        shape : tuple of int
            Of the array, in the order of `axes`; without colour where the mask is
            to have none.

        Returns
        -------
        ndarray of the same dtype, shape `shape`
            0 at other times; the same at all contrasts and colours, which
            show one place.
        """
        if self.chosen is not None and self.axes[0] == "t":
            return self.step(shape).back(mask)
        if "c" not in self.axes or mask.ndim == len(shape):
            return mask.reshape(shape)
        axis = 0 if self.axes[0] == "c" else -1
        return Chosen(axis, self.chosen or 0, shape[axis], same_place=True).back(mask)

    def step(self, shape: tuple[int, ...]) -> Step:
        """Give the step from an array of a shape, in the order of `axes`, to what is chosen."""
        if self.chosen is None:
            return Steps()
        axis = self._chosen_axis
        return Chosen(axis, self.chosen, shape[axis], same_place=self.axes[axis] == "c")

    @property
    def volume(self) -> int | None:
        """Which volume or contrast along the first axis is chosen; None where none is."""
        return self.chosen if self._chosen_axis == 0 else None

    @property
    def _chosen_axis(self) -> int:
        return 0 if self.axes[0] in "tc" else -1


def possible_axes(shape: tuple[int, ...], is_colour: bool = False) -> tuple[str, ...]:
    """List what the axes of an array may mean.

    Parameters
    ----------
    shape : tuple of int
        Without leading axes of length 1.
    is_colour : bool
        Whether the last axis is known to be colour.

    Returns
    -------
    tuple of str
        Such as ("zyx", "tyx", "cyx"); empty where there are too many axes.

    Examples
    --------
    >>> possible_axes((24, 256, 256))
    ('zyx', 'tyx', 'cyx')
    >>> possible_axes((256, 256, 3))
    ('zyx', 'tyx', 'cyx', 'yxc')
    """
    colour = "c" * is_colour
    spatial = len(shape) - is_colour
    found = [axes + colour for axes in _LEADING.get(spatial, ())]
    may_be_colour = spatial > 2 and shape[-1] in COLOUR_CHANNELS and min(shape[-3:-1]) > 4
    if may_be_colour and not is_colour:
        found += [axes + "c" for axes in _LEADING.get(spatial - 1, ()) if axes[0] != "c"]
    return tuple(found)


_LEADING = {2: ("yx",), 3: ("zyx", "tyx", "cyx"), 4: ("tzyx", "czyx")}
