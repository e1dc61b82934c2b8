"""Ways to see an array otherwise, each with its way back; several make one.

A step takes pixels *there*, to what is looked at, and brings a mask that was made there
*back* to the pixels that it belongs to. What is looked at again shows the same mask:
``there(back(mask)) == mask``, wherever a step does not resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value")
Number = TypeVar("Number", bound=np.generic)


class Step(Protocol):
    """What all steps can do."""

    def there(self, pixels: NDArray[Any], /) -> NDArray[Any]:
        """Take pixels to what is looked at."""
        ...

    def back(self, mask: NDArray[Any], /) -> NDArray[Any]:
        """Bring a mask, or a map, to the pixels that it belongs to."""
        ...

    def shape(self, before: tuple[int, ...], /) -> tuple[int, ...]:
        """Give the shape of what `there` makes of an array of another shape."""
        ...


@dataclass(frozen=True)
class Steps:
    """Steps one after another, as one step.

    Attributes
    ----------
    steps : tuple of Step
        In the order in which they lead there.
    """

    steps: tuple[Step, ...] = ()

    def there(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Go all steps."""
        for step in self.steps:
            pixels = step.there(pixels)
        return pixels

    def back(self, mask: NDArray[Any]) -> NDArray[Any]:
        """Go all steps back, the last one first."""
        for step in reversed(self.steps):
            mask = step.back(mask)
        return mask

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape at the end."""
        for step in self.steps:
            before = step.shape(before)
        return before


@dataclass(frozen=True)
class Reversed:
    """The same axes, last one first: (x, y, z) as (z, y, x)."""

    def there(self, pixels: NDArray[Number]) -> NDArray[Number]:
        """Reverse the order of the axes; a view, not a copy."""
        return pixels.T

    def back(self, mask: NDArray[Number]) -> NDArray[Number]:
        """Reverse it again."""
        return mask.T

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Reverse a shape."""
        return before[::-1]


@dataclass(frozen=True)
class Chosen:
    """One of several volumes, contrasts or colors.

    Attributes
    ----------
    axis : int
        Along which they follow each other: the first (0) or the last (-1).
    index, length : int
        Which one is meant, of how many.
    same_place : bool
        Whether all of them show one place, as contrasts and colors do: then a mask
        belongs to all of them, else to the chosen one only.
    """

    axis: int
    index: int
    length: int
    same_place: bool

    def there(self, pixels: NDArray[Number]) -> NDArray[Number]:
        """Take the one that is meant; a view, not a copy, and lazy where pixels are."""
        return pixels[self.index] if self.axis == 0 else pixels[..., self.index]

    def back(self, mask: NDArray[Number]) -> NDArray[Number]:
        """Lay a mask over all, or over the one that is meant and nothing; lazy where it is."""
        if self.same_place:
            return np.repeat(np.expand_dims(mask, self.axis), self.length, self.axis)
        if not isinstance(mask, np.ndarray):
            parts = [np.zeros_like(mask)] * self.length
            return np.stack([*parts[: self.index], mask, *parts[self.index + 1 :]], self.axis)
        last = self.axis == -1
        spread = np.zeros(
            (*mask.shape, self.length) if last else (self.length, *mask.shape), mask.dtype
        )
        spread[(..., self.index) if last else self.index] = mask
        return spread

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Leave out their axis."""
        return before[1:] if self.axis == 0 else before[:-1]


@dataclass(frozen=True)
class Turn:
    """Another order and other directions of a volume's axes; no voxel is resampled.

    Attributes
    ----------
    order : (int, int, int)
        Which axes of the volume as it was taken become z, y and x.
    mirrored : (bool, bool, bool)
        Whether z, y and x run against the axes that they were.
    """

    order: tuple[int, int, int] = (0, 1, 2)
    mirrored: tuple[bool, bool, bool] = (False, False, False)

    def there(self, pixels: NDArray[Number], n_after: int = 0) -> NDArray[Number]:
        """Turn the last three axes, or those before the last `n_after`; a view, not a copy."""
        return self._mirror(pixels.transpose(self._axes(pixels.ndim, self.order, n_after)), n_after)

    def back(self, mask: NDArray[Number]) -> NDArray[Number]:
        """Turn the last three axes back."""
        order = tuple(map(int, np.argsort(self.order)))
        return self._mirror(mask).transpose(self._axes(mask.ndim, order))

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of what `there` makes of an array of three axes or more."""
        return (*before[:-3], *self.sort(before[-3:]))

    def then(self, other: Turn) -> Turn:
        """Make one turn of two.

        Examples
        --------
        >>> Turn((1, 0, 2), (False, True, False)).then(Turn((1, 0, 2)))
        Turn(order=(0, 1, 2), mirrored=(True, False, False))
        """
        z, y, x = other.order
        mirrored = (
            self.mirrored[axis] ^ also
            for axis, also in zip(other.order, other.mirrored, strict=True)
        )
        return Turn((self.order[z], self.order[y], self.order[x]), tuple(mirrored))  # type: ignore[arg-type]

    def sort(self, values: Sequence[Value]) -> tuple[Value, ...]:
        """Bring what there is one of an axis into the order of the turned axes."""
        return tuple(values[axis] for axis in self.order)

    def matrix(self, shape: Sequence[int]) -> NDArray[np.float64]:
        """Say where turned voxels come from.

        Parameters
        ----------
        shape : sequence of int, length 3
            Of the turned volume.

        Returns
        -------
        ndarray of float, shape (4, 4)
            Takes indices (z, y, x, 1) of the turned volume to those of the volume as
            it was taken.
        """
        matrix = np.zeros((4, 4))
        matrix[3, 3] = 1
        for axis, (taken, mirrored) in enumerate(zip(self.order, self.mirrored, strict=True)):
            matrix[taken, axis] = -1 if mirrored else 1
            matrix[taken, 3] = shape[axis] - 1 if mirrored else 0
        return matrix

    def _axes(self, ndim: int, order: Sequence[int], n_after: int = 0) -> list[int]:
        first = ndim - n_after - 3
        turned = [first + axis for axis in order]
        return [*range(first), *turned, *range(first + 3, ndim)]

    def _mirror(self, pixels: NDArray[Number], n_after: int = 0) -> NDArray[Number]:
        axes = (axis - 3 - n_after for axis, mirrored in enumerate(self.mirrored) if mirrored)
        return np.flip(pixels, tuple(axes))


AS_TAKEN = Turn()
