"""What an analysis says: predictions, plane by plane and for the whole scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.masks.measurements import LesionSize
from napari_multicancer.core.planes.reduction import enlarge_map, enlarge_mask
from napari_multicancer.core.scan.scan import Scan

EMPTY = "empty"
UNLIKE = "unlike"


@dataclass(frozen=True)
class Prediction:
    """Classes with probabilities, and whether the winner is to be believed.

    Attributes
    ----------
    probabilities : dict of str to float
        By class, in the model's order; they sum to 1.
    threshold : float
        Lowest winning probability that counts as an answer.
    familiar : bool
        False where the scan is unlike those that the models learnt from: then no
        probability is to be believed.
    negative : str
        The class that means that there is nothing: no lesion, or none of the organs;
        empty where no class does.
    """

    probabilities: dict[str, float]
    threshold: float = 0.0
    familiar: bool = True
    negative: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the model's order."""
        return tuple(self.probabilities)

    @property
    def label(self) -> str:
        """The most probable class."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def clear(self) -> bool:
        """Whether the winner reaches the model's own threshold."""
        return self.probabilities[self.label] >= self.threshold

    @property
    def confident(self) -> bool:
        """Whether the winner is clear, of a scan like those the models learnt from."""
        return self.familiar and self.clear

    @property
    def is_negative(self) -> bool:
        """Whether the winner means that there is nothing."""
        return self.label == self.negative


@dataclass(frozen=True)
class PlaneResult:
    """What the organ's model said of one plane.

    Attributes
    ----------
    index : int
        Position along the stack's first axis; 0 for a picture.
    diagnosis : Prediction or None
        None for a plane that was skipped.
    lesion_pixels : int
        Pixels of the plane's mask.
    skipped : {"", "empty", "unlike"}
        Why the plane was skipped, if it was: it shows nothing (`EMPTY`), or the
        recognizer is certain that it shows neither organ (`UNLIKE`).
    """

    index: int
    diagnosis: Prediction | None
    lesion_pixels: int = 0
    skipped: str = ""


@dataclass(frozen=True, eq=False)
class Analysis:
    """The whole answer for one scan.

    Attributes
    ----------
    organ : Prediction
        What the scan is.
    diagnosis : Prediction or None
        What it shows; None where the scan is neither organ or nobody asked.
    mask : ndarray of uint8 or None
        1 on the lesion, 0 elsewhere, in the shape of the scan's spatial axes.
    probability : ndarray of float32 or None
        Of belonging to the lesion, 0..1, in the same shape.
    planes : tuple of PlaneResult
        One a plane, in order.
    models : tuple of str
        Names and versions of the models that were asked.
    seconds : float
        Time it took.
    note : str
        For the user, where something is left out or doubtful, else empty.
    organ_chosen : bool
        Whether the user, not the recognizer, named the organ.
    lesion : LesionSize or None
        Measured on `mask`; None where that is missing or empty.
    """

    organ: Prediction
    diagnosis: Prediction | None = None
    mask: NDArray[np.uint8] | None = None
    probability: NDArray[np.float32] | None = None
    planes: tuple[PlaneResult, ...] = ()
    models: tuple[str, ...] = ()
    seconds: float = 0.0
    note: str = ""
    organ_chosen: bool = False
    lesion: LesionSize | None = field(default=None)

    @property
    def refused(self) -> bool:
        """Whether the scan was taken for neither organ, so that nothing more was asked of it."""
        return not self.organ.clear or self.organ.is_negative

    @property
    def empty_planes(self) -> int:
        """Number of planes that were skipped as they show nothing."""
        return self._skipped(EMPTY)

    @property
    def unlike_planes(self) -> int:
        """Number of planes that were skipped as they show neither organ."""
        return self._skipped(UNLIKE)

    def _skipped(self, reason: str) -> int:
        return sum(plane.skipped == reason for plane in self.planes)


def enlarge_answer(
    answer: Analysis, scan: Scan, factor: int, proceed: Callable[[], None]
) -> Analysis:
    """Bring the answer for a reduced scan back to the pixels of the scan itself.

    Parameters
    ----------
    answer : Analysis
    scan : Scan
        The one that was reduced, see `planes.reduction`.
    factor : int
        1 where it was not: then the answer stays as it is.
    proceed : callable
        Called before each plane; may raise CancelledError.

    Returns
    -------
    Analysis
        Its probability is a dask array, which enlarges the smaller map part by part.
    """
    if factor == 1 or answer.mask is None:
        return answer
    mask = np.zeros(scan.spatial_shape, np.uint8)
    planes = []
    for plane in answer.planes:
        proceed()
        where = scan.position(plane.index)
        enlarge_mask(answer.mask[where], mask[where], factor)
        planes.append(replace(plane, lesion_pixels=int(np.count_nonzero(mask[where]))))
    lesion = answer.lesion
    if lesion is not None:
        lesion = replace(lesion, voxels=sum(plane.lesion_pixels for plane in planes))
        if lesion.area_unit == "px":
            area, diameter = lesion.area * factor**2, lesion.diameter * factor
            lesion = replace(lesion, area=area, diameter=diameter)
    return replace(
        answer,
        mask=mask,
        probability=enlarge_map(answer.probability, scan.spatial_shape, factor),
        planes=tuple(planes),
        lesion=lesion,
    )
