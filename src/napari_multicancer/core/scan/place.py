"""Where voxels lie: an affine in millimeters, in what it is meant, and what is not known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.core.scan.steps import Turn
from napari_multicancer.core.scan.views import View

MM_PER_UNIT = {
    "nm": 1e-6,
    "nanometer": 1e-6,
    "nanometre": 1e-6,
    "um": 1e-3,
    "\N{MICRO SIGN}m": 1e-3,
    "\N{GREEK SMALL LETTER MU}m": 1e-3,
    "\\u00b5m": 1e-3,
    "\\u03bcm": 1e-3,
    "micron": 1e-3,
    "micrometer": 1e-3,
    "micrometre": 1e-3,
    "mm": 1.0,
    "millimeter": 1.0,
    "millimetre": 1.0,
    "cm": 10.0,
    "centimeter": 10.0,
    "centimetre": 10.0,
    "m": 1e3,
    "meter": 1e3,
    "metre": 1e3,
    "inch": 25.4,
    "inches": 25.4,
    "in": 25.4,
}
"""Millimeters in a unit of length, however a file spells it."""

_MOST_STRETCHED = 20.0
"""Times as high as wide that a pixel is believed to be, or as wide as high."""
_SQUARE = 0.01
"""Share of its side by which a pixel is no more than rounded off from a square."""
_PERPENDICULAR = 1e-3
"""Cosine between sides of a voxel that is no more than rounded off from a box."""

REVERSED = np.eye(4)[[2, 1, 0, 3]]
"""Takes (z, y, x, 1) to (x, y, z, 1) and back."""


class Frame(StrEnum):
    """What coordinates refer to."""

    PATIENT = "patient"
    """x to the patient's left, y to the back, z to the head, as in DICOM."""
    NONE = "none"
    """Nothing but the scan itself: x along its rows, y along its columns, z across its planes."""


class Unknown(StrEnum):
    """What a file may leave open; in a place's affine it counts as 1 mm."""

    PIXEL_SIZE = "the size of a pixel"
    PLANE_DISTANCE = "the distance of planes"


@dataclass(frozen=True, eq=False)
class Place:
    """Where the voxels of a scan lie.

    Attributes
    ----------
    affine : ndarray of float, shape (4, 4)
        Takes indices (z, y, x, 1) of a voxel to (x, y, z, 1) in mm. A picture is the
        plane with z = 0; axes that are no space (time, color) have no part in it.
    frame : Frame
        Of the coordinates.
    unknown : mapping of Unknown to str
        What the affine does not tell, with the reason in a few words, such as "a picture's dots
        per inch tell how to print it".
    view : View or None
        How the planes lie in the patient, where that is known.
    time_step : float
        From one time to the next, in the file's own unit; 1 where there is none.

    Examples
    --------
    >>> place = Place.of_size((5.0, 0.5, 0.25))
    >>> place.voxel_size, place.frame.value
    ((5.0, 0.5, 0.25), 'none')
    >>> (place.affine @ (1, 10, 100, 1)).tolist()
    [25.0, 5.0, 5.0, 1.0]
    """

    affine: NDArray[np.float64] = field(default_factory=lambda: REVERSED.copy())
    frame: Frame = Frame.NONE
    unknown: Mapping[Unknown, str] = field(default_factory=dict)
    view: View | None = None
    time_step: float = 1.0

    @classmethod
    def of_size(cls, size: Sequence[float] | None, why: str = "the file does not say it") -> Place:
        """Give the place of voxels of which nothing but their size is known.

        Parameters
        ----------
        size : sequence of float, length 2 or 3, or None
            In mm, in the order (z, y, x) or (y, x); z is nan where the distance of planes is
            not known. None where the size of a pixel is not known either.
        why : str
            The reason for what is not known, in a few words.
        """
        if size is None:
            return cls(unknown=dict.fromkeys(Unknown, why))
        depth = size[0] if len(size) == 3 else float("nan")
        unknown = {} if depth == depth else {Unknown.PLANE_DISTANCE: why}
        if len(size) < 3:
            unknown = {Unknown.PLANE_DISTANCE: "a single plane"}
        sizes = (1.0 if unknown else depth, *size[-2:], 1.0)
        return cls(REVERSED @ np.diag(sizes), unknown=unknown)

    @classmethod
    def of_axes(cls, affine: ArrayLike, axes: str, unit: str = "mm") -> Place:
        """Take the place of an array from an affine over all its axes.

        Parameters
        ----------
        affine : array_like of float, shape (n_axes + 1, n_axes + 1)
            Takes indices to places, both in the order of the axes; may rotate and shear.
        axes : str
            Such as "yx", "zyx", "tyx" or "tzyx".
        unit : str
            Of the lengths; where it is none, such as "pixel", the size of a pixel is not known.

        Returns
        -------
        Place
            Its `time_step` is not a number where the affine mixes time with space.

        Raises
        ------
        ValueError
            The affine does not fit the axes.
        """
        matrix, n_axes = np.array(affine, float), len(axes)
        if matrix.shape != (n_axes + 1, n_axes + 1):
            raise ValueError(
                f"an affine of shape {matrix.shape} does not fit axes {axes!r}: "
                f"give one of {n_axes + 1} x {n_axes + 1}"
            )
        in_space = [*(n for n, axis in enumerate(axes) if axis in "zyx"), n_axes]
        in_time = [n for n in range(n_axes) if n not in in_space]
        corner = range(4)[-len(in_space) :]
        spatial = np.eye(4)
        spatial[np.ix_(corner, corner)] = matrix[np.ix_(in_space, in_space)]
        factor = mm_per_unit(unit)
        unknown = {} if "z" in axes else {Unknown.PLANE_DISTANCE: "a single plane"}
        if factor is None:
            unknown = dict.fromkeys(Unknown, f"its lengths are in {unit}")
        spatial[:3] *= factor or 1.0
        mixed = matrix[np.ix_(in_time, in_space[:-1])].any()
        mixed = mixed or matrix[np.ix_(in_space, in_time)].any()
        step = abs(float(matrix[in_time[0], in_time[0]])) if in_time else 1.0
        return cls(REVERSED @ spatial, unknown=unknown, time_step=float("nan") if mixed else step)

    @property
    def voxel_size(self) -> tuple[float, float, float] | None:
        """Distance of planes, of rows and of columns in mm; None where one is not known.

        Their product is the volume of a voxel, also where planes are shifted against each other,
        as by a tilted gantry: the step from plane to plane (`sides`) is then longer than their
        distance.
        """
        return None if self.unknown else self.lengths

    @property
    def pixel_size(self) -> tuple[float, float] | None:
        """Height and width of a pixel in mm; None where they are not known."""
        return None if Unknown.PIXEL_SIZE in self.unknown else self.lengths[1:]

    @property
    def lengths(self) -> tuple[float, float, float]:
        """As `voxel_size`; what is `unknown` counts as 1, or in pixels."""
        return self._distances() if self.is_sheared else self.sides

    @property
    def sides(self) -> tuple[float, float, float]:
        """Lengths of a voxel's sides (z, y, x): steps from one voxel's center to the next."""
        z, y, x = map(_length, self.affine[:3, :3].T)
        return z, y, x

    @property
    def is_sheared(self) -> bool:
        """Whether a voxel's sides are not perpendicular to each other, and yet span a volume."""
        columns = self.affine[:3, :3]
        with np.errstate(all="ignore"):
            cosines = columns.T @ columns / np.outer(self.sides, self.sides)
            volume = abs(np.linalg.det(columns))
        return bool(0 < volume < np.inf and np.abs(cosines - np.eye(3)).max() > _PERPENDICULAR)

    def _distances(self) -> tuple[float, float, float]:
        """Distances of planes, rows and columns of sheared voxels."""
        _, height, width = self.affine[:3, :3].T
        area, volume = _length(np.cross(height, width)), abs(np.linalg.det(self.affine[:3, :3]))
        return float(volume / area), area / _length(width), _length(width)

    def through(self, matrix: ArrayLike) -> Place:
        """Give the place of the same voxels after a step.

        Parameters
        ----------
        matrix : array_like of float, shape (4, 4)
            Takes indices (z, y, x, 1) after the step to those before, such as `Turn.matrix`.
        """
        return replace(self, affine=self.affine @ np.asarray(matrix, float))

    def turned(self, turn: Turn, shape: Sequence[int], view: View | None) -> Place:
        """Give the place of a volume that was turned.

        Parameters
        ----------
        turn : Turn
        shape : sequence of int, length 3
            Of the turned volume.
        view : View or None
            Of its planes.
        """
        return replace(self.through(turn.matrix(shape)), view=view)

    def stretched(self, aspect: float) -> Place:
        """Give the place of pixels that are so many times as high as wide, whatever their size."""
        return self if aspect == 1 else self.through(np.diag([1.0, aspect, 1.0, 1.0]))

    def resized(self, size: Sequence[float]) -> Place:
        """Keep origin and directions, with voxels of another size (z, y, x) or (y, x) in mm.

        Where z is nan, it is only the size of a pixel that is told.
        """
        lengths = self.lengths
        if not np.isfinite(size[0]):
            size = size[1:]
        lengths_wanted = (*lengths[: 3 - len(size)], *size)
        factors = [wanted / length for wanted, length in zip(lengths_wanted, lengths, strict=True)]
        known = Unknown if len(size) == 3 else (Unknown.PIXEL_SIZE,)
        return replace(
            self.through(np.diag([*factors, 1.0])),
            unknown={what: why for what, why in self.unknown.items() if what not in known},
        )


def believed_aspect(told: float) -> float:
    """Take a file's word for how many times as high as wide a pixel is; 1 where it makes no sense.

    So it is where the word is a square's, but for rounding.
    """
    return told if is_possible_aspect(told) and abs(told - 1) > _SQUARE else 1.0


def is_possible_aspect(told: float) -> bool:
    """Say whether a pixel can be so many times as high as wide."""
    return 1 / _MOST_STRETCHED <= told <= _MOST_STRETCHED


def _length(vector: NDArray[np.float64]) -> float:
    """Length of a vector, to the last digit where it runs along one axis."""
    longest = float(np.abs(vector).max())
    return longest if np.count_nonzero(vector) == 1 else float(np.linalg.norm(vector))


UNPLACED = Place.of_size(None)
"""Of a scan of which nothing is known."""


def mm_per_unit(unit: str | None) -> float | None:
    """Millimeters in a unit of length; None where it is none, such as "pixel"."""
    word = str(unit or "").strip().strip("\"'\0").lower()
    singular = word.removesuffix("s") if len(word) > len("cms") else word
    return MM_PER_UNIT.get(word, MM_PER_UNIT.get(singular))
