"""How large a voxel of a DICOM file is, from the several places where that may stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydicom.dataset import Dataset

from napari_multicancer.core.scan.lengths import NO_LENGTH, is_possible_length
from napari_multicancer.core.scan.place import believed_aspect, is_possible_aspect
from napari_multicancer.io.dicom.geometry import dose_distance, first_step, frame_items, number
from napari_multicancer.io.dicom.regions import is_possible_size, region_spacing, tissue_regions

_PIXEL_SIZES = ("PixelSpacing", "NominalScannedPixelSpacing", "ImagerPixelSpacing")
_DUMMY = (1.0, 1.0)
"""PixelSpacing of ultrasound that stands where nothing was calibrated."""
_NEARLY_SAME = 0.01
"""Two sizes of pixels that differ by no more than this part of them say the same."""


def voxel_size(
    dataset: Dataset,
    axes: str,
    distance: float | None = None,
    in_plane: tuple[float, float] | None = None,
) -> tuple[float, ...] | None:
    """Find the size of a voxel.

    Rows and columns: see `pixel_size`. Depth: `distance`, else SpacingBetweenSlices, else
    the distance of the first two frames' positions, else GridFrameOffsetVector, else
    SliceThickness. Along time it is 1.

    Parameters
    ----------
    dataset : Dataset
    axes : {"yx", "zyx", "tyx", "tzyx"}
    distance : float, optional
        Between neighbouring planes in mm, where their positions have told it.
    in_plane : (float, float), optional
        Height and width of a pixel in mm, where it is not this file's own that counts.

    Returns
    -------
    tuple of float or None
        In mm, in the order of `axes`; None where the size of a pixel is not said, and nan for
        the distance of planes where that alone is not.
    """
    measures = _measures(dataset)
    in_plane = in_plane or pixel_size(dataset)
    if in_plane is None or axes == "yx":
        return in_plane
    time = (1.0,) if "t" in axes else ()
    if "z" not in axes:
        return (*time, *in_plane)
    return (*time, distance or _depth(dataset, measures) or float("nan"), *in_plane)


def pixel_size(dataset: Dataset) -> tuple[float, float] | None:
    """Find height and width of a pixel in mm; None where the file does not say.

    The physical deltas of the 2-D ultrasound regions, where there are such and all agree;
    else PixelSpacing (of an enhanced file, its first frame's); else NominalScannedPixelSpacing
    or ImagerPixelSpacing.
    """
    if regions := tissue_regions(dataset):
        return region_spacing(dataset, regions)
    return next((size for _, size in _listed_sizes(_measures(dataset))), None)


def second_size(dataset: Dataset) -> tuple[str, ...]:
    """Tell of a size of pixels beside that of the ultrasound regions which is another one.

    A sentence, or none where either is a dummy, or the two are the same but for rounding.
    """
    regions = tissue_regions(dataset)
    believed = region_spacing(dataset, regions) if regions else None
    listed = next(iter(_listed_sizes(_measures(dataset))), None)
    if believed is None or listed is None:
        return ()
    keyword, other = listed
    is_dummy = other == _DUMMY or not is_possible_size(other)
    if is_dummy or np.allclose(other, believed, rtol=_NEARLY_SAME, atol=0):
        return ()
    return (
        f"A pixel is {_millimeters(believed)} by its ultrasound region, which counts, and "
        f"{_millimeters(other)} by {keyword}: check it by a known length, "
        "such as the depth scale.",
    )


def pixel_aspect(dataset: Dataset) -> float:
    """Read how many times as high as wide a pixel is (PixelAspectRatio).

    1 where that is not said, or makes no sense.
    """
    said = pixel_spacing(dataset, "PixelAspectRatio")
    return believed_aspect(said[0] / said[1]) if said else 1.0


def unread(dataset: Dataset) -> tuple[str, ...]:
    """Tell of a size or proportions of pixels that make no sense where no size counts; sentences.

    What stands there is not quoted, as it may be anything.
    """
    if pixel_size(dataset) is not None:
        return ()
    return *_unread_size(dataset), *_unread_aspect(dataset)


def pixel_spacing(measures: Dataset, keyword: str = "PixelSpacing") -> tuple[float, float] | None:
    """Read a pixel's height and width in mm; None where they are missing or make no sense.

    Decimal commas are read, and so are two numbers that a comma separates.
    """
    try:
        height, width = _numbers(measures.get(keyword))
    except (TypeError, ValueError):
        return None
    sizes = height, width
    return sizes if all(np.isfinite(sizes)) and min(sizes) > 0 else None


def _unread_size(dataset: Dataset) -> tuple[str, ...]:
    if tissue_regions(dataset):
        return ()
    said = [keyword for keyword in _PIXEL_SIZES if _measures(dataset).get(keyword)]
    return tuple(
        f"The header's {keyword} is no height and width of a pixel: sizes are in pixels."
        for keyword in said[:1]
    )


def _unread_aspect(dataset: Dataset) -> tuple[str, ...]:
    said = pixel_spacing(dataset, "PixelAspectRatio")
    if not dataset.get("PixelAspectRatio") or (said and is_possible_aspect(said[0] / said[1])):
        return ()
    return ("The header's PixelAspectRatio makes no sense: pixels are taken to be square.",)


def _measures(dataset: Dataset) -> Dataset:
    """Give what holds the size of a pixel: of an enhanced file, its first frame's measures."""
    return (frame_items(dataset, "PixelMeasuresSequence") or [dataset])[0]


def _listed_sizes(measures: Dataset) -> Iterator[tuple[str, tuple[float, float]]]:
    """List the elements that hold a height and width of a pixel in mm, and these."""
    for keyword in _PIXEL_SIZES:
        size = pixel_spacing(measures, keyword)
        if size and all(map(is_possible_length, size)):
            yield keyword, size


def _millimeters(size: tuple[float, float]) -> str:
    """Write height and width, once where they are the same."""
    height, width = (f"{length:.3g}" for length in size)
    return f"{height} mm" if height == width else f"{height} x {width} mm (height x width)"


def _numbers(said: object) -> list[float]:
    """Read a decimal string of several numbers, as many as it holds."""
    if isinstance(said, str):
        parts = said.split(",")
        said = parts if len(parts) == 2 else [",".join(parts[:2]), ",".join(parts[2:])]
    return [float(str(number).strip().replace(",", ".")) for number in said or ()]  # type: ignore[attr-defined]


def _depth(dataset: Dataset, measures: Dataset) -> float | None:
    """Find the distance of planes in mm; `NO_LENGTH` where none that is told is possible."""
    told = [source.get("SpacingBetweenSlices") for source in (measures, dataset)]
    for distance in (abs(number(one) or 0.0) for one in told):
        if is_possible_length(distance):
            return distance
    if (step := first_step(dataset)) is not None:
        return step
    if (dose := dose_distance(dataset)) is not None:
        return dose or None
    thickness = measures.get("SliceThickness") or dataset.get("SliceThickness")
    if is_possible_length(number(thickness) or 0.0):
        return number(thickness)
    return NO_LENGTH if any((*told, thickness)) else None
