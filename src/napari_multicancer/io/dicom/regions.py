"""The regions of an ultrasound picture (PS3.3 C.8.5.5), which tell how large a pixel is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.core.scan.lengths import SMALLEST_LENGTH, is_possible_length

_TISSUE_2D = 1
"""RegionSpatialFormat of a region that shows a 2-D picture."""
_CENTIMETERS = 3
"""PhysicalUnitsXDirection and -YDirection in cm."""
_ENDS = (
    *("RegionLocationMinX0", "RegionLocationMinY0"),
    *("RegionLocationMaxX1", "RegionLocationMaxY1"),
)
_LARGEST_DELTA = 0.5
"""Height or width of a pixel in cm that no ultrasound picture has: a dummy."""
SAME_SCALE = 1e-3
"""Sizes that differ by less than this part of them are one size, rounded differently."""


def tissue_regions(dataset: Dataset) -> list[Dataset]:
    """List the regions of an ultrasound picture that show tissue in 2-D, with a scale in cm.

    A dummy for a scale, such as 1 cm a pixel, is none.
    """
    return [region for region in _scaled_in_cm(dataset) if is_possible_size(_in_mm(region))]


def is_possible_size(size: tuple[float, float]) -> bool:
    """Say whether a pixel of ultrasound can have this height and width in mm."""
    return all(map(is_possible_length, size)) and max(size) < 10 * _LARGEST_DELTA


def _scaled_in_cm(dataset: Dataset) -> list[Dataset]:
    """List regions that show tissue in 2-D and have a scale in cm, be that a number or none."""
    return [
        region
        for region in dataset.get("SequenceOfUltrasoundRegions") or []
        if region.get("RegionSpatialFormat") == _TISSUE_2D
        and region.get("PhysicalUnitsXDirection") == _CENTIMETERS
        and region.get("PhysicalUnitsYDirection") == _CENTIMETERS
        and region.get("PhysicalDeltaX")
        and region.get("PhysicalDeltaY")
    ]


def unused_scale(dataset: Dataset) -> tuple[str, ...]:
    """Say why the scale of ultrasound regions does not count; nothing where it does."""
    regions = tissue_regions(dataset)
    if not regions and (scales := [_in_mm(region) for region in _scaled_in_cm(dataset)]):
        return (_why_none(scales),)
    if not regions:
        return ()
    if _is_shrunk(dataset, regions):
        return ("An ultrasound region reaches out of the picture: its scale is not believed.",)
    if not _have_one_scale(regions):
        return ("The ultrasound regions have different scales: none counts for the whole picture.",)
    return ()


def _why_none(scales: list[tuple[float, float]]) -> str:
    """Say why none of the scales, each height and width of a pixel in mm, is believed."""
    numbers = [scale for scale in scales if np.isfinite(scale).all()]
    if not numbers:
        return "The scale of the ultrasound regions is no number: it is not believed."
    if all(min(scale) < SMALLEST_LENGTH for scale in numbers):
        return (
            f"The ultrasound regions have scales of less than {SMALLEST_LENGTH:g} mm a pixel: none "
            "is believed."
        )
    return "The ultrasound regions have scales of 5 mm a pixel or more: none is believed."


def region_spacing(dataset: Dataset, regions: list[Dataset]) -> tuple[float, float] | None:
    """Find height and width of a pixel in mm; None where regions differ, or tell another picture's.

    Parameters
    ----------
    dataset : Dataset
    regions : list of Dataset
        From `tissue_regions`, one or more.
    """
    if _is_shrunk(dataset, regions) or not _have_one_scale(regions):
        return None
    height, width = 10 * _scales(regions)[0]
    return float(height), float(width)


def _is_shrunk(dataset: Dataset, regions: list[Dataset]) -> bool:
    """Say whether somebody shrank the picture and left the header as it was.

    A region tells it that reaches out of the picture to the right and below. (Out of it one way
    only, the picture was cropped.)
    """
    placed = [region for region in regions if all(region.get(end) is not None for end in _ENDS)]
    if not placed:
        return False
    largest = max(placed, key=_region_area)
    return bool(
        largest.RegionLocationMaxX1 > dataset.Columns and largest.RegionLocationMaxY1 > dataset.Rows
    )


def _have_one_scale(regions: list[Dataset]) -> bool:
    scales = _scales(regions)
    return np.allclose(scales, scales[0], rtol=SAME_SCALE)


def _scales(regions: list[Dataset]) -> NDArray[np.float64]:
    """List height and width of a pixel in cm."""
    return np.array([_scale(region) for region in regions], float)


def _scale(region: Dataset) -> tuple[float, float]:
    return abs(region.PhysicalDeltaY), abs(region.PhysicalDeltaX)


def _in_mm(region: Dataset) -> tuple[float, float]:
    height, width = _scale(region)
    return 10 * height, 10 * width


def _region_area(region: Dataset) -> int:
    width = region.RegionLocationMaxX1 - region.RegionLocationMinX0
    return int(width * (region.RegionLocationMaxY1 - region.RegionLocationMinY0))
