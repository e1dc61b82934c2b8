"""On which pixels of its scan each frame of a DICOM Segmentation lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.geometry import directions, frame_items, frame_places, number
from napari_multicancer.io.dicom.origin import DicomOrigin

_SAME_PLACE = 0.1
"""Farther than this, in mm, a frame does not lie on a picture."""
_SAME_GRID = 0.02
"""Difference of directions, and share of a pixel's side, that is rounding."""
_SAME_PIXEL = 0.3
"""Part of a pixel by which a frame may lie beside the pixels of its picture."""

Source = tuple[str, int]
"""A picture: its SOPInstanceUID and the number of the frame, from 1; 1 in files of one."""


class SegPlanes:
    """Where the frames of a Segmentation lie in its scan.

    On the picture that a frame names; where it names none, all pictures have one name, or that
    one lies elsewhere, by its place. Where both tell their place, directions and size of pixels, a
    frame may be turned, mirrored or shifted by whole pixels, or a part of its picture.

    Parameters
    ----------
    dataset : Dataset
        The Segmentation.
    origin : DicomOrigin, optional
        Of its scan.
    name : str
        How the file is called in messages.

    Attributes
    ----------
    count : int
        Of the scan's planes.
    """

    def __init__(self, dataset: Dataset, origin: DicomOrigin | None, name: str) -> None:
        self._name, self._dataset = name, dataset
        self._order = _order(dataset, origin, name)
        self._groups = list(frame_groups(dataset))
        self._pictures = [] if origin is None else _grids_of_scan(origin)
        self._frames = _grids(dataset)
        self.count = len(self._order)
        if origin is not None:
            self.count = len(origin.frame_numbers or origin.files)
            if len(self._order) < self.count:
                self._order = {}
        self.shape = _shape(dataset if origin is None else origin.headers[0])

    def put(self, labels: NDArray[np.uint16], index: int, frame: NDArray[np.uint16]) -> None:
        """Lay a frame's labels over those of its plane.

        Parameters
        ----------
        labels : ndarray of integer, shape (plane, row, column)
            Written to.
        index : int
            Of the frame, from 0.
        frame : ndarray of integer, shape (row, column)
            0 where nothing is to be laid.

        Raises
        ------
        ValueError
            It lies on none of the pictures.
        UnreadableFileError
            It lies on other pixels than theirs.
        """
        plane = self._plane(index)
        at = np.argwhere(frame)
        to = self._moved(at, index, plane)
        if len(to) and ((to < 0).any() or (to >= self.shape).any()):
            raise _other_pixels(self._name)
        labels[plane, to[:, 0], to[:, 1]] = frame[at[:, 0], at[:, 1]]

    def _plane(self, index: int) -> int:
        named = [self._order[one] for one in sources(self._groups[index]) if one in self._order]
        if not self._frames or not self._pictures:
            return self._only(named)
        corner = self._frames[index].corner
        distances = np.array([abs(one.depth_of(corner)) for one in self._pictures])
        fitting = [plane for plane in named if distances[plane] <= _SAME_PLACE]
        if not fitting and distances.min() > _SAME_PLACE:
            raise ValueError("a frame that lies between pictures")
        return fitting[0] if fitting else int(distances.argmin())

    def _only(self, named: Sequence[int]) -> int:
        if not named:
            raise ValueError("a frame that lies on no picture")
        if len(set(named)) > 1:
            raise UnreadableFileError(
                f"{self._name} names several pictures for one frame: open its scan first, then "
                "the mask."
            )
        return named[0]

    def _moved(self, at: NDArray[np.intp], index: int, plane: int) -> NDArray[np.intp]:
        """Find which pixels of a picture are a frame's."""
        if not self._frames or not self._pictures:
            if _shape(self._dataset) != self.shape:
                raise _other_pixels(self._name)
            return at
        middle = (np.array(_shape(self._dataset)) - 1) / 2
        moved = self._pictures[plane].pixels_of(self._frames[index], middle)
        if moved is None:
            raise _other_pixels(self._name)
        turn, shift = moved
        return at @ turn.T + shift


@dataclass(frozen=True, eq=False)
class _Grid:
    """How the pixels of a plane lie in the patient.

    Attributes
    ----------
    corner : ndarray of float, shape (3,)
        Of the first pixel's center in mm.
    normal : ndarray of float, shape (3,)
    steps : ndarray of float, shape (3, 2)
        From row to row, and from column to column, in mm.
    """

    corner: NDArray[np.float64]
    normal: NDArray[np.float64]
    steps: NDArray[np.float64]

    def depth_of(self, point: NDArray[np.float64]) -> float:
        """Measure how far in front of the plane a point lies, in mm."""
        return float(self.normal @ (point - self.corner))

    def pixels_of(
        self, other: _Grid, middle: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """Find by which turn and shift rows and columns of another grid become those of this one.

        None where its pixels are no pixels of this one. `middle` is the one by which it is told.
        """
        to_here = np.linalg.pinv(self.steps)
        linear = to_here @ other.steps
        turn = np.rint(linear).astype(int)
        is_turn = np.array_equal(turn @ turn.T, np.eye(2))
        place = to_here @ (other.corner + other.steps @ middle - self.corner)
        shift = place - turn @ middle
        if not is_turn or np.abs(linear - turn).max() > _SAME_GRID:
            return None
        whole = np.rint(shift).astype(int)
        return (turn, whole) if np.abs(shift - whole).max() <= _SAME_PIXEL else None


def frame_groups(dataset: Dataset) -> Sequence[Dataset]:
    """Give what is said of each frame."""
    return dataset.PerFrameFunctionalGroupsSequence  # type: ignore[no-any-return]


def sources(groups: Dataset) -> list[Source]:
    """Find the pictures that a frame was derived from; an empty frame may have none."""
    if not groups.get("DerivationImageSequence"):
        return []
    items = groups.DerivationImageSequence[0].SourceImageSequence
    return [
        (str(item.ReferencedSOPInstanceUID), _frame_number(item.get("ReferencedFrameNumber")))
        for item in items
    ]


def listed(dataset: Dataset) -> list[str]:
    """List the SOPInstanceUIDs of the pictures that the whole file refers to."""
    instances = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    return [str(item.ReferencedSOPInstanceUID) for item in instances]


def _frame_number(said: object) -> int:
    """Read the number of a frame; of several the first."""
    numbers = said if isinstance(said, Sequence) and not isinstance(said, str) else [said]
    return int(next(iter(numbers), None) or 1)


def _order(dataset: Dataset, origin: DicomOrigin | None, name: str) -> dict[Source, int]:
    """Say which plane each picture is."""
    if origin is not None and origin.frame_numbers:
        (uid,) = origin.sop_instance_uids
        return {(uid, frame): plane for plane, frame in enumerate(origin.frame_numbers)}
    uids = listed(dataset) if origin is None else origin.sop_instance_uids
    frames = [frame for groups in frame_groups(dataset) for _, frame in sources(groups)]
    if origin is None and max(frames, default=1) > 1:
        raise UnreadableFileError(
            f"{name} lies on a DICOM file of many frames: open that one first, then the mask."
        )
    return {(uid, 1): plane for plane, uid in enumerate(uids)}


def _grids_of_scan(origin: DicomOrigin) -> list[_Grid]:
    """Give the grid of each plane; none where a picture does not say it."""
    found = [_grids(header) for header in origin.headers]
    if origin.frame_numbers:
        numbers = origin.frame_numbers
        return [found[0][n - 1] for n in numbers] if len(found[0]) >= max(numbers) else []
    return [one[0] for one in found] if all(len(one) == 1 for one in found) else []


def _grids(dataset: Dataset) -> list[_Grid]:
    """Give the grids of frames, or of the one picture; none where the file does not say all."""
    orientations, positions = frame_places(dataset)
    measures = frame_items(dataset, "PixelMeasuresSequence") or [dataset]
    if not len(positions) or len(measures) not in (1, len(positions)):
        return []
    grids = []
    for index, (orientation, corner) in enumerate(zip(orientations, positions, strict=True)):
        spacing = _spacing(measures[index % len(measures)])
        if spacing.shape != (2,) or not (spacing > 0).all():
            return []
        normal, down, right = directions(orientation)
        grids.append(_Grid(corner, normal, np.column_stack([down, right]) * spacing))
    return grids


def _spacing(item: Dataset) -> NDArray[np.float64]:
    return np.array([number(one) or 0.0 for one in item.get("PixelSpacing") or ()])


def _shape(dataset: Dataset) -> tuple[int, int]:
    return int(dataset.Rows), int(dataset.Columns)


def _other_pixels(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} lies on other pixels than its pictures have: lay it on their pixels in the "
        "program that made it, and export it again."
    )
