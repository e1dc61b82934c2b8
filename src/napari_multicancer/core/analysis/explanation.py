"""See why: what each place adds to the diagnosis, and where the mask is unsure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy

from napari_multicancer.core.analysis.analyze import RECOGNISED_PLANES
from napari_multicancer.core.analysis.maps import LazyMap, SquaresOnDisk
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.masks.refinement import refine
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.organs import check_tasks, require_organ
from napari_multicancer.core.models.runtime import Model, lanes_for, load_model
from napari_multicancer.core.planes.letterbox import Letterbox, resize
from napari_multicancer.core.planes.progress import Cancelled, Progress
from napari_multicancer.core.planes.reduction import enlarge_map
from napari_multicancer.core.planes.squares import Squares
from napari_multicancer.core.planes.walk import Walk
from napari_multicancer.core.scan.scan import Scan

ZOOM_OUT = 0.9
"""The network sees each plane a second time, and mirrored, at so much of its size."""
LARGEST_MAPS = 2**24
"""Voxels up to which maps are held in memory (64 MiB each)."""

Square = NDArray[np.float32]
View = tuple[Callable[[Square], Square], Callable[[Square], Square]]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Maps over a scan, each of the shape of its spatial axes; 0 on planes that were not asked for.

    Each is an ndarray, or for a scan of more than `LARGEST_MAPS` voxels or of huge
    planes a dask array, of one chunk a plane, that is made where it is looked at.

    Attributes
    ----------
    label : str
        The class that `activation` speaks of.
    activation : ndarray or dask array of float32
        How much a place adds to the logit of `label` over the mean of the other
        classes, if all places were like it; 0 where it speaks against it.
    probability : ndarray or dask array of float32
        Of belonging to the lesion, 0..1: the mean over the views.
    uncertainty : ndarray or dask array of float32
        Entropy of `probability` in bits, 0 (sure) to 1.
    strongest : float
        What the network's own place that adds most adds; no pixel of `activation`
        is above it.
    """

    label: str
    activation: Any
    probability: Any
    uncertainty: Any
    strongest: float


def explain(
    scan: Scan,
    organ: str,
    label: str | None = None,
    planes: Sequence[int] | None = None,
    *,
    models: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Explanation:
    """Map what speaks for a class, and how sure the lesion's outline is.

    The activation is that of Zhou et al. 2016 ("Learning Deep Features for
    Discriminative Localization", CVPR), read off the network's own feature maps.
    The uncertainty is that of test-time augmentation (Wang et al. 2019, doi
    10.1016/j.neucom.2019.01.103): each plane is seen as it is, mirrored left to
    right, and both again a little smaller. Huge planes are read in strips and
    looked at smaller (`planes.reduction`).

    Parameters
    ----------
    scan : Scan
    organ : str
        One of `organs.organs`, whose model is asked.
    label : str, optional
        The class to speak of; unless given, the one of the highest mean logit.
    planes : sequence of int, optional
        Indices of planes; all unless given.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane, in the calling thread.
    cancelled : callable, optional
        Asked before each plane, and strip of a huge one; True stops the work.

    Returns
    -------
    Explanation

    Raises
    ------
    ModelError
        The model does not tell what a place adds, or knows no such class.
    UnsupportedScanError
        The scan's shape or values cannot be analysed.
    OutputError
        The temporary folder cannot hold a long stack's maps.
    CancelledError
        `cancelled` said so.
    """
    scan.check()
    require_organ(organ)
    check_tasks(models)
    chosen = range(scan.n_planes) if planes is None else planes
    lanes = lanes_for(len(chosen))
    model = load_model(find_model(organ, (models or {}).get(organ)), at_once=lanes)
    classes = model.card.classes
    if label is not None and label not in classes:
        raise ModelError(f"{model.card.label} knows no {label!r}, only {', '.join(classes)}.")
    walk = Walk(scan, lanes=lanes, progress=progress, cancelled=cancelled)
    look = partial(_look, model, Squares(walk, RECOGNISED_PLANES))
    seen = _SeenPlanes(walk.scan, model.card.input_size)
    walk.expect(len(chosen))
    for index, plane in walk.over(look, chosen):
        if plane is not None:
            seen.put(index, plane)
    unseen = model.card.negative_index
    number = seen.likeliest(unseen) if label is None else classes.index(label)
    return _enlarged(seen.explanation(number, classes[number]), scan, walk.factor)


@dataclass(frozen=True, eq=False)
class _PlaneMaps:
    """One plane's answer: logits, places (class, row, column) and lesion, square; the way back."""

    logits: NDArray[np.float32]
    places: NDArray[np.float32]
    lesion: Square
    box: Letterbox


def _look(model: Model, squares: Squares, index: int, plane: NDArray[Any]) -> _PlaneMaps | None:
    card = model.card
    fitted = squares.fit(plane, card.input_size, card.preprocessing, card.color)
    if fitted is None:
        return None
    square, box = fitted
    outputs = model(square)
    if "activation" not in outputs:
        raise ModelError(
            f"{model.card.label} does not tell what a place adds to its answer: "
            "choose another model."
        )
    places = np.ascontiguousarray(np.moveaxis(outputs["activation"], -1, 0))
    lesions = [back(expit(model(there(square))["lesion"])) for there, back in _VIEWS]
    lesion = refine(np.mean(lesions, axis=0), square, box, model.card.refinement)
    return _PlaneMaps(outputs["diagnosis"], places, lesion, box)


class _SeenPlanes:
    """What the network said of a scan's planes, as small as it said it.

    Parameters
    ----------
    scan : Scan
    size : int
        Side of the network's square in pixels.
    """

    def __init__(self, scan: Scan, size: int) -> None:
        self._shape = scan.spatial_shape
        self._size = size
        self._is_long = int(np.prod(self._shape)) > LARGEST_MAPS
        self._logits: dict[int, NDArray[np.float32]] = {}
        self._places: dict[int, tuple[NDArray[np.float32], Letterbox]] = {}
        self._squares = SquaresOnDisk(self._shape, size) if self._is_long else None
        self._lesions = np.zeros(() if self._is_long else self._shape, np.float32)

    def put(self, index: int, plane: _PlaneMaps) -> None:
        self._logits[index] = plane.logits
        self._places[index] = plane.places, plane.box
        if self._squares is not None:
            self._squares.put(index, plane.lesion, plane.box)
        else:
            self._lesions.reshape(-1, *self._shape[-2:])[index] = plane.box.back(plane.lesion)

    def likeliest(self, unseen: int) -> int:
        """The class of the highest mean logit; `unseen` where no plane shows anything."""
        logits = list(self._logits.values())
        return int(np.argmax(np.mean(logits, axis=0))) if logits else unseen

    def explanation(self, chosen: int, label: str) -> Explanation:
        """Make the maps; of a long scan, such as are made where they are looked at."""
        planes = (partial(self._activation, chosen), self._probability, self._uncertainty)
        maps = [LazyMap(self._shape, plane) for plane in planes]
        activation, probability, uncertainty = (
            one.as_dask() if self._is_long else one.in_memory() for one in maps
        )
        adds = [_over_others(places, chosen).max() for places, _ in self._places.values()]
        return Explanation(label, activation, probability, uncertainty, float(max(adds, default=0)))

    def _activation(self, chosen: int, index: int) -> NDArray[np.float32]:
        if index not in self._places:
            return self._nothing()
        places, box = self._places[index]
        fine = [box.back(resize(one, (self._size, self._size))) for one in places]
        return _over_others(np.stack(fine), chosen)

    def _probability(self, index: int) -> NDArray[np.float32]:
        if self._squares is not None:
            return self._squares.plane(index)
        lesion: NDArray[np.float32] = self._lesions.reshape(-1, *self._shape[-2:])[index]
        return lesion

    def _uncertainty(self, index: int) -> NDArray[np.float32]:
        return entropy(self._probability(index)) if index in self._places else self._nothing()

    def _nothing(self) -> NDArray[np.float32]:
        return np.zeros(self._shape[-2:], np.float32)


def _over_others(places: NDArray[np.float32], chosen: int) -> NDArray[np.float32]:
    """What places, shape (class, row, column), add to a class over the mean of the others."""
    others = np.delete(places, chosen, axis=0).mean(axis=0)
    return np.asarray(np.maximum(places[chosen] - others, 0))


def _enlarged(explanation: Explanation, scan: Scan, factor: int) -> Explanation:
    """Bring the maps of a reduced scan back to the pixels of the scan itself."""
    if factor == 1:
        return explanation
    names = ("activation", "probability", "uncertainty")
    large = {
        name: enlarge_map(getattr(explanation, name), scan.spatial_shape, factor) for name in names
    }
    return replace(explanation, **large)


def entropy(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """Measure how undecided probabilities of yes or no are.

    Parameters
    ----------
    probability : ndarray of float32, 0..1

    Returns
    -------
    ndarray of float32
        Bits, 0 at 0 and 1, 1 at one half.
    """
    p = probability.astype(np.float64)
    return np.asarray(-(xlogy(p, p) + xlogy(1 - p, 1 - p)) / np.log(2), np.float32)


def _as_it_is(square: Square) -> Square:
    return square


def _mirror(square: Square) -> Square:
    return np.ascontiguousarray(square[:, ::-1])


def _shrink(square: Square) -> Square:
    return _inner_letterbox(square).there(square)


def _enlarge(square: Square) -> Square:
    box = _inner_letterbox(square)
    return resize(np.ascontiguousarray(square[box.inner]), (box.height, box.width))


def _inner_letterbox(square: Square) -> Letterbox:
    """Lay a square inside one of the same size, smaller."""
    side = square.shape[0]
    inner = round(side * ZOOM_OUT)
    edge = (side - inner) // 2
    whole = Letterbox.fit(side, side, side)
    return Letterbox(side, side, side, edge, edge, inner, inner, whole.crop)


_VIEWS: tuple[View, ...] = (
    (_as_it_is, _as_it_is),
    (_mirror, _mirror),
    (_shrink, _enlarge),
    (lambda square: _shrink(_mirror(square)), lambda square: _mirror(_enlarge(square))),
)
"""There and back."""
