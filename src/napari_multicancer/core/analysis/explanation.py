"""See why: what each place adds to the diagnosis, and where the mask is unsure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy

from napari_multicancer.core.analysis.analyze import ORGANS, RECOGNISED_PLANES
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.masks.refinement import refine
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import Model, load_model
from napari_multicancer.core.planes.letterbox import Letterbox, resize
from napari_multicancer.core.planes.walk import Cancelled, PreparedPlanes, Progress
from napari_multicancer.core.scan.scan import Scan

ZOOM_OUT = 0.9
"""The network sees each plane a second time, and mirrored, at so much of its size."""

Square = NDArray[np.float32]
View = tuple[Callable[[Square], Square], Callable[[Square], Square]]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Maps over a scan, each of the shape of its spatial axes; 0 on planes that were not asked for.

    Attributes
    ----------
    label : str
        The class that `activation` speaks of.
    activation : ndarray of float32
        How much a place adds to the logit of `label` over the mean of the other
        classes, if all places were like it; 0 where it speaks against it.
    probability : ndarray of float32
        Of belonging to the lesion, 0..1: the mean over the views.
    uncertainty : ndarray of float32
        Entropy of `probability` in bits, 0 (sure) to 1.
    """

    label: str
    activation: NDArray[np.float32]
    probability: NDArray[np.float32]
    uncertainty: NDArray[np.float32]


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
    right, and both again a little smaller.

    Parameters
    ----------
    scan : Scan
    organ : {"brain", "breast"}
        Whose model is asked.
    label : str, optional
        The class to speak of; unless given, the one of the highest mean logit.
    planes : sequence of int, optional
        Indices of planes; all unless given.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    Explanation

    Raises
    ------
    ModelError
        The model does not tell what a place adds, or knows no such class.
    UnsupportedScanError
        The scan's shape or values cannot be analysed.
    CancelledError
        `cancelled` said so.
    """
    scan.check()
    if organ not in ORGANS[:2]:
        raise ValueError(f"organ is {organ!r}, not one of {ORGANS[:2]}")
    model = load_model(find_model(organ, (models or {}).get(organ)))
    classes = model.card.classes
    if label is not None and label not in classes:
        raise ModelError(f"{model.card.label} knows no {label!r}, only {', '.join(classes)}.")
    chosen = range(scan.n_planes) if planes is None else planes
    prepared = PreparedPlanes(scan, RECOGNISED_PLANES, cancelled=cancelled)
    seen: dict[int, _PlaneMaps] = {}
    for done, index in enumerate(chosen):
        if (fitted := prepared.square(index, model.card)) is not None:
            seen[index] = _look(model, *fitted)
        if progress is not None:
            progress(done + 1, len(chosen))
    if label is None:
        logits = [maps.logits for maps in seen.values()]
        label = classes[int(np.argmax(np.mean(logits, axis=0))) if logits else 0]
    return _put_together(scan, seen, classes.index(label), label)


@dataclass(frozen=True, eq=False)
class _PlaneMaps:
    """One plane's answer: logits (class,), maps in the plane's pixels, activation (class, ...)."""

    logits: NDArray[np.float32]
    activation: NDArray[np.float32]
    probability: NDArray[np.float32]


def _look(model: Model, square: Square, box: Letterbox) -> _PlaneMaps:
    outputs = model(square)
    if "activation" not in outputs:
        raise ModelError(
            f"{model.card.label} does not tell what a place adds to its answer: "
            "choose another model."
        )
    places = np.moveaxis(outputs["activation"], -1, 0)
    shape = square.shape[:2]
    lesions = [back(expit(model(there(square))["lesion"])) for there, back in _VIEWS]
    lesion = refine(np.mean(lesions, axis=0), square, box, model.card.refinement)
    return _PlaneMaps(
        outputs["diagnosis"],
        np.stack([box.back(resize(np.ascontiguousarray(one), shape)) for one in places]),
        box.back(lesion),
    )


def _put_together(
    scan: Scan, seen: Mapping[int, _PlaneMaps], chosen: int, label: str
) -> Explanation:
    activation, probability = (np.zeros(scan.spatial_shape, np.float32) for _ in range(2))
    for index, maps in seen.items():
        where = scan.position(index)
        others = np.delete(maps.activation, chosen, axis=0).mean(axis=0)
        activation[where] = np.maximum(maps.activation[chosen] - others, 0)
        probability[where] = maps.probability
    return Explanation(label, activation, probability, entropy(probability))


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
