"""From stored pixels to the values that they stand for: palettes, padding, scaling, inversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.bits import Padding
from napari_multicancer.io.dicom.described import scaling
from napari_multicancer.io.dicom.geometry import frame_items

Window = tuple[float, float]
_AS_STORED = (1.0, 0.0)
INVERTED = "MONOCHROME1"
"""PhotometricInterpretation of pixels of which bright means less."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """How stored pixels become the values that they stand for.

    Attributes
    ----------
    header : Dataset
        What the file says of its pixels, completed.
    name : str
        How the file is called in a message.
    padding : Padding or None
        What lies outside of the scan.
    scalings : tuple of (float, float)
        Slope and intercept of each frame, where frames have their own.
    extremes : (scalar, scalar) or None
        Lowest and highest value of all frames, where those are to be inverted.
    dtype : dtype or None
        Of all frames, where some of them may have another one.
    """

    header: Dataset
    name: str
    padding: Padding | None = None
    scalings: tuple[tuple[float, float], ...] = ()
    extremes: tuple[Any, Any] | None = None
    dtype: np.dtype[Any] | None = None

    def values(self, stored: NDArray[Any], first: int = 0) -> NDArray[Any]:
        """Apply modality LUT, rescaling and colour transforms.

        Parameters
        ----------
        stored : ndarray, shape ([frame,] row, column[, 3])
        first : int
            Index of the first of these frames.

        Returns
        -------
        ndarray
            See `pixels.meant_values`; inverted where `extremes` are known.

        Raises
        ------
        UnreadableFileError
            Its scaling makes no sense.
        """
        if _has_palette(self.header):
            return _in_8_bits(apply_color_lut(stored, self.header), self.header)
        if is_colour(self.header):
            return stored
        values = stored if self.padding is None else self.padding.filled(stored)
        values = self._rescaled(values, first)
        values = values if self.dtype is None else values.astype(self.dtype, copy=False)
        return values if self.extremes is None else inverted(values, self.extremes)

    def common_dtype(self, stored: np.dtype[Any]) -> np.dtype[Any] | None:
        """Find the dtype that frames take together; None where all have the same."""
        if not self.scalings:
            return None
        scaled = np.dtype(np.float32)
        return np.result_type(*(stored if one == _AS_STORED else scaled for one in self.scalings))

    def _rescaled(self, stored: NDArray[Any], first: int) -> NDArray[Any]:
        if "ModalityLUTSequence" in self.header:
            return apply_modality_lut(stored, self.header)
        if not self.scalings:
            return _scaled(stored, *scaling(self.header, self.name))
        planes = stored.reshape(-1, *stored.shape[-2:])
        rules = self.scalings[first : first + len(planes)]
        values = [_scaled(plane, *rule) for plane, rule in zip(planes, rules, strict=True)]
        return np.stack(values).reshape(stored.shape)


def is_colour(dataset: Dataset) -> bool:
    """Say whether the pixels become RGB."""
    return int(dataset.get("SamplesPerPixel", 1)) > 1 or _has_palette(dataset)


def frame_scalings(dataset: Dataset, name: str) -> tuple[tuple[float, float], ...]:
    """Find slope and intercept of each frame; none where all have the same.

    Raises
    ------
    UnreadableFileError
        They make no sense, or there are not as many of them as frames.
    """
    if is_colour(dataset) or "ModalityLUTSequence" in dataset:
        return ()
    rules = frame_items(dataset, "PixelValueTransformationSequence")
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    if rules and len(rules) != n_frames:
        raise UnreadableFileError(
            f"{name} scales {len(rules)} frames one by one, and promises {n_frames}: "
            "export it again."
        )
    return tuple(scaling(rule, name) for rule in rules)


def bright_is_more(
    values: NDArray[Any], shown: Window | None, photometric_interpretation: object
) -> tuple[NDArray[Any], Window | None]:
    """Invert MONOCHROME1 within its own range, and its window alike; leave others as they are."""
    if photometric_interpretation != INVERTED:
        return values, shown
    extremes = values.min(), values.max()
    return inverted(values, extremes), inverted_window(shown, extremes)


def inverted(values: NDArray[Any], extremes: tuple[Any, Any]) -> NDArray[Any]:
    """Turn values round between the lowest and the highest of them."""
    low, high = extremes
    return np.asarray((high - values) + low)


def inverted_window(shown: Window | None, extremes: tuple[Any, Any]) -> Window | None:
    """Turn a window round as its values are."""
    if shown is None:
        return None
    both = float(extremes[0]) + float(extremes[1])
    return both - shown[1], both - shown[0]


def _in_8_bits(colors: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Bring colors from a table of 16 bits to 8; some writers fill only its low bytes."""
    if colors.dtype != np.uint16:
        return colors
    n_entries, first, _ = dataset.RedPaletteColorLookupTableDescriptor
    table = apply_color_lut(np.arange(first, first + (n_entries or 2**16)), dataset)
    return (colors >> 8 if table.max() > 255 else colors).astype(np.uint8)


def _scaled(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    if (slope, intercept) == _AS_STORED:
        return stored
    return (stored * slope + intercept).astype(np.float32)


def _has_palette(dataset: Dataset) -> bool:
    return bool(dataset.get("PhotometricInterpretation") == "PALETTE COLOR")
