"""How large a voxel of a DICOM file is, from the several places where that may stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.core.scan.place import believed_aspect, is_possible_aspect
from napari_multicancer.io.dicom.regions import (
    SAME_SCALE,
    is_possible_size,
    region_spacing,
    tissue_regions,
)

_POINTS = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlanePositionVolumeSequence", "ImagePositionVolume"),
)
_PIXEL_SIZES = ("PixelSpacing", "NominalScannedPixelSpacing", "ImagerPixelSpacing")
_MOST_FRAMES = 100_000
"""Of a file whose frames share all that is said of them; more are a damaged number."""
_DUMMY = (1.0, 1.0)
"""PixelSpacing of ultrasound that stands where nothing was calibrated."""
_NEARLY_SAME = 0.01
"""Two sizes of pixels that differ by no more than this part of them say the same."""
_LARGEST_PIXEL = 100.0
"""Height or width in mm above which a pixel's size is not believed."""
_LEAST_NORMAL = 0.9
"""Length of the normal, 1 for perpendicular directions, below which they span no plane."""


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


def unread_size(dataset: Dataset) -> tuple[str, ...]:
    """Tell of a size of pixels that makes no sense where nothing else says it; a sentence or none.

    What stands there is not quoted, as it may be anything.
    """
    measures = _measures(dataset)
    if pixel_size(dataset) is not None or tissue_regions(dataset):
        return ()
    said = [keyword for keyword in _PIXEL_SIZES if measures.get(keyword)]
    return tuple(
        f"The header's {keyword} is no height and width of a pixel: sizes are in pixels."
        for keyword in said[:1]
    )


def pixel_aspect(dataset: Dataset) -> float:
    """Read how many times as high as wide a pixel is (PixelAspectRatio).

    1 where that is not said, or makes no sense.
    """
    said = pixel_spacing(dataset, "PixelAspectRatio")
    return believed_aspect(said[0] / said[1]) if said else 1.0


def unread_aspect(dataset: Dataset) -> tuple[str, ...]:
    """Tell of a PixelAspectRatio that makes no sense where no size counts; a sentence or none."""
    if not dataset.get("PixelAspectRatio") or pixel_size(dataset) is not None:
        return ()
    said = pixel_spacing(dataset, "PixelAspectRatio")
    if said and is_possible_aspect(said[0] / said[1]):
        return ()
    return ("The header's PixelAspectRatio makes no sense: pixels are taken to be square.",)


def frame_places(dataset: Dataset) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find how each frame, or the one picture, lies in the patient.

    Returns
    -------
    orientations : ndarray of float, shape (frames, 6)
        ImageOrientationPatient: direction cosines of rows, then of columns.
    positions : ndarray of float, shape (frames, 3)
        ImagePositionPatient in mm. Both are empty where one of them is not said,
        or says nothing that makes sense.
    """
    plane_orientations = frame_items(dataset, "PlaneOrientationSequence") or [dataset]
    plane_positions = frame_items(dataset, "PlanePositionSequence") or [dataset]
    nowhere = np.empty((0, 6)), np.empty((0, 3))
    if len(plane_orientations) != len(plane_positions):
        return nowhere
    try:
        orientations = np.array(
            [item.get("ImageOrientationPatient") for item in plane_orientations], float
        )
        positions = np.array([item.get("ImagePositionPatient") for item in plane_positions], float)
    except (TypeError, ValueError):
        return nowhere
    if orientations.shape[1:] != (6,) or positions.shape[1:] != (3,):
        return nowhere
    rows, columns = orientations[:, :3], orientations[:, 3:]
    is_plane = np.linalg.norm(np.cross(rows, columns), axis=1) > _LEAST_NORMAL
    known = is_plane.all() and np.isfinite(positions).all()
    return (orientations, positions) if known else nowhere


def first_point(dataset: Dataset) -> tuple[float, ...] | None:
    """Read ImagePositionPatient in mm; None where it is missing or makes no sense."""
    item = (frame_items(dataset, "PlanePositionSequence") or [dataset])[0]
    try:
        point = np.array(item.get("ImagePositionPatient"), float)
    except (TypeError, ValueError):
        return None
    return tuple(point.tolist()) if point.shape == (3,) and np.isfinite(point).all() else None


def frame_points(dataset: Dataset) -> NDArray[np.float64]:
    """Find where frames lie that do not say how they are turned.

    Returns
    -------
    ndarray of float, shape (frames, 3)
        ImagePositionPatient, or ImagePositionVolume of an ultrasound volume, in mm; empty where
        not every frame says it.
    """
    for sequence, keyword in _POINTS:
        items = frame_items(dataset, sequence)
        try:
            points = np.array([item.get(keyword) for item in items], float)
        except (TypeError, ValueError):
            continue
        if points.shape[1:] == (3,) and np.isfinite(points).all():
            return points
    return np.empty((0, 3))


def lie_apart(dataset: Dataset) -> bool:
    """Say whether frames are told to lie at some distance, each from the next."""
    if abs(number(dataset.get("SpacingBetweenSlices")) or 0.0) or _dose_distance(dataset):
        return True
    points = frame_points(dataset)
    return len(points) > 1 and bool(np.ptp(points, axis=0).max() > 0)


def directions(orientation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find how the axes of a stack, ordered along its normal, run in the patient.

    Parameters
    ----------
    orientation : ndarray of float, shape (6,)
        ImageOrientationPatient.

    Returns
    -------
    ndarray of float, shape (3, 3)
        One row each for planes, rows and columns.
    """
    along_row, along_column = orientation[:3], orientation[3:]
    return np.array([np.cross(along_row, along_column), along_column, along_row])


def patient_affine(
    orientation: NDArray[np.float64], positions: NDArray[np.float64], size: Sequence[float]
) -> NDArray[np.float64]:
    """Find the affine of a stack, ordered along its normal, as `Place` has it.

    Parameters
    ----------
    orientation : ndarray of float, shape (6,)
        ImageOrientationPatient.
    positions : ndarray of float, shape (planes, 3)
        ImagePositionPatient in mm.
    size : sequence of float, length 3
        Distance of planes, for a single one, and height and width of a pixel in mm.

    Returns
    -------
    ndarray of float, shape (4, 4)
        Takes indices (plane, row, column, 1) to (x, y, z, 1) in the patient in mm.
    """
    across, along_column, along_row = directions(orientation)
    depth, height, width = size
    step = across * depth
    if len(positions) > 1:
        step = (positions[-1] - positions[0]) / (len(positions) - 1)
    columns = (step, along_column * height, along_row * width, positions[0])
    return np.vstack([np.column_stack(columns), (0, 0, 0, 1)])


def frame_items(dataset: Dataset, sequence: str) -> list[Dataset]:
    """Collect the one item that a functional group holds for each frame.

    Parameters
    ----------
    dataset : Dataset
    sequence : str
        Keyword, such as "PixelMeasuresSequence".

    Returns
    -------
    list of Dataset
        One a frame, taken from the shared groups where frames have none of their
        own; empty where the file has no such group.
    """
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0].get(sequence)
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if shared and not frames:
        n_frames = number(dataset.get("NumberOfFrames")) or 1
        return [shared[0]] * int(n_frames) if 1 <= n_frames <= _MOST_FRAMES else []
    items = [frame.get(sequence) or shared for frame in frames]
    return [item[0] for item in items] if items and all(items) else []


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


def _measures(dataset: Dataset) -> Dataset:
    """Give what holds the size of a pixel: of an enhanced file, its first frame's measures."""
    return (frame_items(dataset, "PixelMeasuresSequence") or [dataset])[0]


def _listed_sizes(measures: Dataset) -> Iterator[tuple[str, tuple[float, float]]]:
    """List the elements that hold a height and width of a pixel in mm, and these."""
    for keyword in _PIXEL_SIZES:
        size = pixel_spacing(measures, keyword)
        if size and max(size) <= _LARGEST_PIXEL:
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
    for source in (measures, dataset):
        if distance := abs(number(source.get("SpacingBetweenSlices")) or 0.0):
            return distance
    if (step := _first_step(dataset)) is not None:
        return step
    if (dose := _dose_distance(dataset)) is not None:
        return dose or None
    thickness = number(measures.get("SliceThickness") or dataset.get("SliceThickness"))
    return thickness if thickness and thickness > 0 else None


def _first_step(dataset: Dataset) -> float | None:
    """Measure from the first frame to the second in mm, in the patient or an ultrasound volume."""
    for sequence, keyword in _POINTS:
        items = frame_items(dataset, sequence)[:2]
        try:
            positions = np.array([item.get(keyword) for item in items], float)
        except (TypeError, ValueError):
            continue
        if positions.shape == (2, 3) and (
            step := float(np.linalg.norm(np.diff(positions, axis=0)))
        ):
            return step if np.isfinite(step) else None
    return None


def _dose_distance(dataset: Dataset) -> float | None:
    """Read the distance of a dose's planes (GridFrameOffsetVector) in mm; 0 where it is uneven."""
    try:
        offsets = np.array(dataset.get("GridFrameOffsetVector"), float)
    except (TypeError, ValueError):
        return None
    steps = np.abs(np.diff(np.atleast_1d(offsets)))
    if not steps.size:
        return None
    return float(steps[0]) if np.allclose(steps, steps[0], rtol=SAME_SCALE) else 0.0


def number(said: object) -> float | None:
    """Read one decimal number, with a point or a comma; None where there is none."""
    try:
        value = float(str(said).replace(",", "."))
    except ValueError:
        return None
    return value if np.isfinite(value) else None
