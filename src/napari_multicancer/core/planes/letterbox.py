"""Where a plane lies inside a network's square input, and the way back.

The two directions share one `Letterbox`, so that a mask lands on the pixels it
came from. All arrays here are ordered (row, column) or (row, column, channel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class BoundingBox:
    """A rectangle of a plane.

    Attributes
    ----------
    top, left : int
        Its first row and column.
    height, width : int
        Its size in pixels.
    """

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in its plane."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


@dataclass(frozen=True)
class Letterbox:
    """Where a plane, or the part of it that matters, lies inside a network's square input.

    Attributes
    ----------
    height, width : int
        Size of the plane in pixels.
    size : int
        Side of the square in pixels.
    top, left, inner_height, inner_width : int
        The part of the square that the crop fills; the rest is black.
    crop : BoundingBox
        The part of the plane that the network sees.
    """

    height: int
    width: int
    size: int
    top: int
    left: int
    inner_height: int
    inner_width: int
    crop: BoundingBox

    @classmethod
    def fit(
        cls,
        height: int,
        width: int,
        size: int,
        crop: BoundingBox | None = None,
        aspect: float = 1.0,
    ) -> Letterbox:
        """Centre a plane, or a part of it, in a square, keeping its proportions.

        Parameters
        ----------
        height, width : int
            Size of the plane in pixels.
        size : int
            Side of the square in pixels.
        crop : BoundingBox, optional
            What the network is to see; the whole plane unless given.
        aspect : float
            How many times as high as wide a pixel of the plane is.

        Returns
        -------
        Letterbox

        Raises
        ------
        ValueError
            The crop is empty or leaves the plane.
        """
        crop = crop or BoundingBox(0, 0, height, width)
        if (
            min(crop.top, crop.left, crop.height - 1, crop.width - 1) < 0
            or crop.top + crop.height > height
            or crop.left + crop.width > width
        ):
            raise ValueError(f"{crop} does not lie inside a plane of {height} x {width} pixels")
        tall = crop.height * aspect
        scale = size / max(tall, crop.width)
        inner_height = min(size, max(1, round(tall * scale)))
        inner_width = min(size, max(1, round(crop.width * scale)))
        return cls(
            height=height,
            width=width,
            size=size,
            top=(size - inner_height) // 2,
            left=(size - inner_width) // 2,
            inner_height=inner_height,
            inner_width=inner_width,
            crop=crop,
        )

    @property
    def inner(self) -> tuple[slice, slice]:
        """Index of the filled part of the square."""
        return (
            slice(self.top, self.top + self.inner_height),
            slice(self.left, self.left + self.inner_width),
        )

    @property
    def pixel_area(self) -> float:
        """How many pixels of the plane one pixel of the square stands for."""
        return (self.crop.height / self.inner_height) * (self.crop.width / self.inner_width)

    def there(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shrink or enlarge a plane into the square.

        Parameters
        ----------
        plane : ndarray of float32, shape (height, width) or (height, width, channels)

        Returns
        -------
        ndarray of float32, shape (size, size) or (size, size, channels)
            Anti-aliased when shrinking, bilinear when enlarging, black outside.
        """
        square = np.zeros((self.size, self.size, *plane.shape[2:]), np.float32)
        square[self.inner] = resize(plane[self.crop.slices], (self.inner_height, self.inner_width))
        return square

    def back(self, square: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring a map from the square back to the plane's own pixels.

        Parameters
        ----------
        square : ndarray of float32, shape (size, size)

        Returns
        -------
        ndarray of float32, shape (height, width)
            Zero outside the crop.
        """
        part = resize(square[self.inner], (self.crop.height, self.crop.width))
        if part.shape == (self.height, self.width):
            return part
        plane = np.zeros((self.height, self.width), np.float32)
        plane[self.crop.slices] = part
        return plane

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of the square; the plane's last axis is kept where it is color."""
        return (self.size, self.size, *before[2:])


def resize(image: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resample a float picture to `shape` (height, width): anti-aliased down, bilinear up."""
    if image.shape[:2] == shape:
        return image
    if image.ndim == 3:
        channels = [resize(image[..., c], shape) for c in range(image.shape[2])]
        return np.stack(channels, axis=-1)
    source = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(source.resize(shape[::-1], Image.Resampling.BILINEAR))
