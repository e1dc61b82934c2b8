"""Sizes of a lesion, from its mask: in mm where the voxel size is known, else in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import (
    LARGEST_LABEL,
    TOLERANCE,
    Box,
    check_mask,
    check_picture,
    check_spacing,
    widened,
)
from napari_multicancer.core.masks.shape import (
    PIXELS,
    Shape,
    Spacing,
    feret_diameter,
    measure_shape,
)

__all__ = [
    "GreyValues",
    "LabelMeasurements",
    "LesionSize",
    "feret_diameter",
    "measure_labels",
    "measure_lesion",
    "volume_of",
]

MM3_PER_ML = 1000.0
RING_PIXELS = 5.0
"""Width of the ring around a label, where nobody names another."""


@dataclass(frozen=True)
class LesionSize:
    """How large the lesion of one scan is.

    Attributes
    ----------
    area : float
        Of all lesion pixels in the plane where they cover most.
    diameter : float
        The largest Feret diameter of a single connected region in that plane.
    area_unit, length_unit : str
        "mm2" and "mm" where the voxel size is known, else "px" for both.
    plane : int
        Index of that plane; 0 for a picture.
    voxels : int
        Of the lesion on all planes; see `volume_of`.
    """

    area: float
    diameter: float
    area_unit: str
    length_unit: str
    plane: int
    voxels: int = 0


def measure_lesion(
    mask: NDArray[np.generic], spacing: tuple[float, float] | None = None
) -> LesionSize | None:
    """Measure a lesion in the plane where it is largest.

    Parameters
    ----------
    mask : ndarray, shape (row, column) or (plane, row, column)
        Non-zero on the lesion.
    spacing : (float, float), optional
        Height and width of a pixel in mm.

    Returns
    -------
    LesionSize or None
        None where the mask is empty.
    """
    planes = mask.reshape(-1, *mask.shape[-2:])
    pixels = np.array([np.count_nonzero(plane) for plane in planes])
    if not pixels.any():
        return None
    index = int(pixels.argmax())
    height, width = spacing or (1.0, 1.0)
    return LesionSize(
        area=float(pixels[index] * height * width),
        diameter=feret_diameter(planes[index] != 0, (height, width)),
        area_unit="px" if spacing is None else "mm2",
        length_unit="px" if spacing is None else "mm",
        plane=index,
        voxels=int(pixels.sum()),
    )


def volume_of(voxels: int, spacing: Sequence[float] | None = None) -> tuple[float, str]:
    """Give the volume of so many voxels.

    Parameters
    ----------
    voxels : int
    spacing : sequence of float, optional
        Voxel size in mm, (plane, row, column).

    Returns
    -------
    volume : float
    unit : str
        "ml" where the voxel size is known along all three axes, else "px" for voxels.

    Examples
    --------
    >>> volume_of(500, (5.0, 2.0, 2.0))
    (10.0, 'ml')
    """
    if spacing is None or len(spacing) < 3 or not np.isfinite(spacing).all():
        return float(voxels), "px"
    return float(voxels * np.prod(spacing) / MM3_PER_ML), "ml"


@dataclass(frozen=True)
class GreyValues:
    """Mean and standard deviation (of the pixels as a population) in the picture's own values."""

    mean: float
    sd: float


@dataclass(frozen=True)
class LabelMeasurements:
    """What is measured of one label, in the plane where it covers most.

    Attributes
    ----------
    label : int
    plane : int
        Index of that plane; 0 for a picture.
    shape : Shape
        Its form there, in `length_unit` and `area_unit`.
    inside : GreyValues or None
        Of the label's pixels in the plane; None without a picture.
    ring : GreyValues or None
        Of the background in a ring around; None without a picture, or where there
        is no background around.
    planes : int
        How many planes the label lies on.
    volume : float or None
        In the whole stack; None for a picture, and for the pictures of a film.
    is_stack : bool
        Whether there are several planes, be they a film's.
    area_unit, length_unit : str
        "mm2" and "mm" where the voxel size is known, else "px" for both.
    volume_unit : str
        "ml" where the voxel size is known along all three axes, else "px".
    """

    label: int
    plane: int
    shape: Shape
    inside: GreyValues | None
    ring: GreyValues | None
    planes: int
    volume: float | None
    area_unit: str
    length_unit: str
    volume_unit: str
    is_stack: bool


def measure_labels(
    mask: NDArray[np.generic],
    spacing: Sequence[float] | None = None,
    image: NDArray[np.generic] | None = None,
    *,
    ring_width: float | None = None,
    in_time: bool = False,
) -> tuple[LabelMeasurements, ...]:
    """Measure each label of a mask.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    spacing : sequence of float, optional
        Voxel size in mm, (row, column) or (plane, row, column).
    image : ndarray or dask array of real numbers, shape of `mask`
        The picture, maybe with a last axis of channels, which are averaged. Of a
        stack only the planes measured are read. NaN is left out.
    ring_width : float, optional
        Above 0, in mm where the voxel size is known, else in pixels; by default
        `RING_PIXELS` times the finer side of a pixel.
    in_time : bool
        Whether the planes are a film's, one after another: time is no depth, and there is
        no volume.

    Returns
    -------
    tuple of LabelMeasurements
        One a label present, in rising order; empty for an empty mask.

    Raises
    ------
    MaskError
        The mask, the voxel size or the ring's width cannot be used, or the picture
        is of another shape.
    """
    check_mask(mask)
    sizes = check_spacing(spacing, mask)
    if image is not None:
        check_picture(mask, image)
    if ring_width is not None and not 0 < ring_width < np.inf:
        raise MaskError(f"The ring's width must be a number above 0, and is {ring_width}.")
    pixel = PIXELS if sizes is None else (sizes[-2], sizes[-1])
    width = RING_PIXELS * min(pixel) if ring_width is None else ring_width
    stack = mask if mask.ndim == 3 else mask[None]
    measured = []
    for label, box in _label_boxes(stack):
        pixels = np.count_nonzero(np.equal(stack[box], label), axis=(1, 2))
        plane = box[0].start + int(pixels.argmax())
        picture = image if image is None or mask.ndim == 2 else image[plane]
        region = np.asarray(np.equal(stack[plane][box[1:]], label))
        inside, ring = _grey_values(stack[plane], label, picture, pixel, width, box[1:])
        volume, volume_unit = volume_of(int(pixels.sum()), sizes)
        measured.append(
            LabelMeasurements(
                label=label,
                plane=plane,
                shape=measure_shape(region, pixel, (box[1].start, box[2].start)),
                inside=inside,
                ring=ring,
                planes=int(np.count_nonzero(pixels)),
                volume=None if mask.ndim == 2 or in_time else volume,
                area_unit="px" if sizes is None else "mm2",
                length_unit="px" if sizes is None else "mm",
                volume_unit=volume_unit,
                is_stack=mask.ndim == 3,
            )
        )
    return tuple(measured)


def _label_boxes(stack: NDArray[np.generic]) -> Iterator[tuple[int, Box]]:
    """Find the labels present, and slices around each."""
    if not stack.size:
        return
    numbers = stack.view(np.uint8) if stack.dtype.kind == "b" else stack
    if not 0 <= int(numbers.min()) <= int(numbers.max()) <= LARGEST_LABEL:
        raise MaskError(f"The mask holds labels outside 0 to {LARGEST_LABEL}: renumber them first.")
    filled = _filled_box(numbers)
    for label, box in enumerate(ndimage.find_objects(numbers[filled]), start=1):
        if box is not None:
            yield (
                label,
                tuple(
                    slice(outer.start + inner.start, outer.start + inner.stop)
                    for outer, inner in zip(filled, box, strict=True)
                ),
            )


def _filled_box(numbers: NDArray[np.generic]) -> Box:
    """Give slices around all that is not background: numpy is quicker there than `find_objects`."""
    planes = _ends(numbers.max(axis=(1, 2)))
    seen = numbers[planes].max(axis=0)
    return planes, _ends(seen.max(axis=1)), _ends(seen.max(axis=0))


def _ends(largest: NDArray[np.generic]) -> slice:
    hits = np.flatnonzero(largest)
    return slice(int(hits[0]), int(hits[-1]) + 1) if hits.size else slice(0, 1)


def _grey_values(
    plane: NDArray[np.generic],
    label: int,
    picture: NDArray[np.generic] | None,
    pixel: Spacing,
    width: float,
    box: Box,
) -> tuple[GreyValues | None, GreyValues | None]:
    """Grey values of a label, and of the background within `width` around it."""
    if picture is None:
        return None, None
    around = widened(box, width / np.array(pixel) + 1, plane.shape)
    labels = plane[around]
    values = np.asarray(picture[around], np.float64)
    grey = values if values.ndim == 2 else values.mean(axis=-1)
    inside = np.asarray(np.equal(labels, label))
    apart = ndimage.distance_transform_edt(~inside, pixel)
    ring = (apart <= width * (1 + TOLERANCE)) & np.equal(labels, 0)
    return _mean_and_sd(grey[inside]), _mean_and_sd(grey[ring])


def _mean_and_sd(values: NDArray[np.float64]) -> GreyValues | None:
    known = values[np.isfinite(values)]
    return GreyValues(float(known.mean()), float(known.std())) if known.size else None
