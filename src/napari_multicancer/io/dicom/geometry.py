"""Where the frames of a DICOM file lie, and how what tells it is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.io.dicom.regions import SAME_SCALE

_POINTS = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlanePositionVolumeSequence", "ImagePositionVolume"),
)
_MOST_FRAMES = 100_000
"""Of a file whose frames share all that is said of them; more are a damaged number."""
_LEAST_NORMAL = 0.9
"""Length of the normal, 1 for perpendicular directions, below which they span no plane."""


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
    if abs(number(dataset.get("SpacingBetweenSlices")) or 0.0) or dose_distance(dataset):
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


def first_step(dataset: Dataset) -> float | None:
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


def dose_distance(dataset: Dataset) -> float | None:
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
