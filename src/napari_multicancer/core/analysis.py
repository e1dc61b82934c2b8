"""The main job: recognise what a scan is, say what it shows, outline the lesion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from napari_multicancer.core.answer import EMPTY, UNLIKE, Analysis, PlaneResult, Prediction
from napari_multicancer.core.letterbox import Letterbox
from napari_multicancer.core.measurements import measure_lesion
from napari_multicancer.core.prepared_planes import Cancelled, PreparedPlanes, Progress
from napari_multicancer.core.refinement import clean_mask, drop_specks, refine
from napari_multicancer.core.registry import ModelCard, find_model
from napari_multicancer.core.runtime import Model, load_model
from napari_multicancer.core.scan import Scan
from napari_multicancer.core.skipping import spread_from

ORGANS = ("brain", "breast", "other")
AUTOMATIC = "automatic"
CLASSIFY = "classify"
SEGMENT = "segment"
RECOGNISED_PLANES = 15
"""So many evenly spaced planes of a stack are shown to the recognizer."""
SURELY_OTHER = 0.9
"""A stack's plane that the recognizer gives so much of "other" is skipped."""
SPECK = 4
"""A region on one plane alone of a volume is to be so many times the card's smallest lesion."""
UNFAMILIAR = "Unlike the scans that the models learnt from: check this answer with care."
WINDOW_PLANES = 3
"""A stack's diagnosis is that of its most suspicious run of so many planes."""


def analyze(
    scan: Scan,
    *,
    organ: str = AUTOMATIC,
    steps: Sequence[str] = (CLASSIFY, SEGMENT),
    models: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Analysis:
    """Recognise a scan, then diagnose it and outline its lesion.

    Planes of a stack that are empty are skipped, and so are those that surely
    show neither organ (`SURELY_OTHER`) where the organ is "automatic". In a
    volume's mask, specks on one plane alone are dropped (`drop_specks`).

    Parameters
    ----------
    scan : Scan
        A picture or a stack of planes, grey or in colour; see `core.scan` for the rule.
    organ : {"automatic", "brain", "breast"}
        Let the recognizer decide, or overrule it.
    steps : sequence of {"classify", "segment"}
        What is wanted besides the organ; with none, the scan is recognised only.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane, in the calling thread.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    Analysis

    Raises
    ------
    UnsupportedScanError
        The scan's shape or values cannot be analysed.
    ModelError
        A model is missing or altered.
    CancelledError
        `cancelled` said so.
    """
    started = time.perf_counter()
    scan.check()
    planes = PreparedPlanes(scan, RECOGNISED_PLANES, progress, cancelled)
    work = _Work(planes, dict(models or {}))
    if organ == AUTOMATIC:
        recognised = work.recognise()
    elif organ in ORGANS[:2]:
        recognised = Prediction({name: float(name == organ) for name in ORGANS})
    else:
        raise ValueError(f"organ is {organ!r}, not one of {(AUTOMATIC, *ORGANS[:2])}")

    refusal = _why_not(recognised)
    answer = work.examine(recognised, steps) if steps and not refusal else _Answer()
    return Analysis(
        organ=recognised,
        diagnosis=answer.diagnosis,
        mask=answer.mask,
        probability=answer.probability,
        planes=answer.planes,
        models=tuple(work.asked),
        seconds=time.perf_counter() - started,
        note=refusal or ("" if recognised.familiar else UNFAMILIAR),
        organ_chosen=organ != AUTOMATIC,
        lesion=None if answer.mask is None else measure_lesion(answer.mask, scan.plane_spacing),
    )


def _why_not(organ: Prediction) -> str:
    if not organ.clear:
        return "Not sure what this is: choose brain or breast by hand if you know."
    if organ.label == "other":
        return (
            "This looks like neither a brain MRI nor a breast ultrasound: "
            "choose the organ by hand if it is one."
        )
    return ""


@dataclass
class _Answer:
    diagnosis: Prediction | None = None
    mask: NDArray[np.uint8] | None = None
    probability: NDArray[np.float32] | None = None
    planes: tuple[PlaneResult, ...] = ()


class _Work:
    """One run over one scan: the models it asks, and the planes that it leaves out."""

    def __init__(self, planes: PreparedPlanes, models: Mapping[str, str]) -> None:
        self._planes = planes
        self._scan = planes.scan
        self._models = models
        self._unlike: frozenset[int] = frozenset()
        self.asked: list[str] = []

    def recognise(self) -> Prediction:
        """Average what the recognizer says of evenly spaced planes that are not empty.

        The scan is unfamiliar where the median of their distances says so.
        """
        model = self._load("recognizer")
        self._planes.expect(len(self._planes.sample))
        said: dict[int, NDArray[np.float64]] = {}
        distances = []
        for index in self._planes.sample:
            if (fitted := self._planes.square(index, model.card)) is not None:
                outputs = model(fitted[0])
                said[index] = _class_probabilities(outputs["organ"], model.card)
                distances.append(float(outputs.get("distance", 0.0)))
            self._planes.step()
        if not said:
            return Prediction(dict.fromkeys(ORGANS, 1 / 3), threshold=1.0)
        familiar = bool(np.median(distances) <= model.card.unfamiliar_distance)
        organ = _prediction(np.mean(list(said.values()), axis=0), model.card, familiar)
        if self._scan.is_stack and not _why_not(organ):
            self._unlike = self._surely_other(model, said)
        return organ

    def _surely_other(
        self, model: Model, said: Mapping[int, NDArray[np.float64]]
    ) -> frozenset[int]:
        """Find the planes that are empty or show neither organ, around those of the sample."""
        other = model.card.classes.index(ORGANS[2])
        sample = self._planes.sample

        def is_skipped(index: int) -> bool:
            if index in said:
                return bool(said[index][other] >= SURELY_OTHER)
            fitted = None if index in sample else self._planes.square(index, model.card)
            if fitted is None:
                return True
            probabilities = _class_probabilities(model(fitted[0])["organ"], model.card)
            return bool(probabilities[other] >= SURELY_OTHER)

        return spread_from(sample, self._scan.n_planes, is_skipped)

    def examine(self, organ: Prediction, steps: Sequence[str]) -> _Answer:
        """Ask the organ's model about every plane but those that are skipped."""
        model = self._load(organ.label)
        answer = _Answer()
        if SEGMENT in steps:
            answer.mask = np.zeros(self._scan.spatial_shape, np.uint8)
            answer.probability = np.zeros(self._scan.spatial_shape, np.float32)
        specks = [0.0] * self._scan.n_planes
        said: dict[int, NDArray[np.float64]] = {}
        skipped: dict[int, str] = {}
        for index in range(self._scan.n_planes):
            fitted = self._planes.square(index, model.card)
            if fitted is None or index in self._unlike:
                skipped[index] = EMPTY if fitted is None else UNLIKE
            else:
                said[index] = self._examine_plane(index, model, *fitted, answer)
                specks[index] = SPECK * model.card.smallest_lesion * fitted[1].pixel_area
            self._planes.step()
        if answer.mask is not None and self._scan.is_volume:
            drop_specks(answer.mask.reshape(-1, *answer.mask.shape[-2:]), specks)
        answer.planes = tuple(
            PlaneResult(index, None, skipped=skipped[index])
            if index in skipped
            else self._plane_result(index, said[index], organ.familiar, model.card, answer.mask)
            for index in range(self._scan.n_planes)
        )
        if CLASSIFY in steps and said:
            worst = most_suspicious(np.array(list(said.values())))
            answer.diagnosis = _prediction(worst, model.card, organ.familiar)
        return answer

    def _examine_plane(
        self,
        index: int,
        model: Model,
        square: NDArray[np.float32],
        box: Letterbox,
        answer: _Answer,
    ) -> NDArray[np.float64]:
        """Put one plane's lesion into the answer, and give the probabilities of the diagnosis."""
        outputs = model(square)
        probabilities = _class_probabilities(outputs["diagnosis"], model.card)
        if answer.mask is not None and answer.probability is not None:
            where = self._scan.position(index)
            refined = refine(expit(outputs["lesion"]), square, box, model.card.refinement)
            lesion = box.undo(refined)
            answer.probability[where] = lesion
            answer.mask[where] = outline(lesion, probabilities[0], box, model.card)
        return probabilities

    def _plane_result(
        self,
        index: int,
        probabilities: NDArray[np.float64],
        familiar: bool,
        card: ModelCard,
        mask: NDArray[np.uint8] | None,
    ) -> PlaneResult:
        pixels = 0 if mask is None else int(np.count_nonzero(mask[self._scan.position(index)]))
        return PlaneResult(index, _prediction(probabilities, card, familiar), pixels)

    def _load(self, task: str) -> Model:
        model = load_model(find_model(task, self._models.get(task)))
        self.asked.append(model.card.label)
        return model


def _class_probabilities(logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float64]:
    return np.asarray(softmax(logits.astype(np.float64) / card.temperature))


def _prediction(probabilities: NDArray[np.float64], card: ModelCard, familiar: bool) -> Prediction:
    by_class = dict(zip(card.classes, map(float, probabilities), strict=True))
    return Prediction(by_class, card.confident_threshold, familiar)


def most_suspicious(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Answer for a stack from its planes: the mean over the most suspicious run of three.

    A lesion shows on neighbouring planes, a false alarm mostly on one; so the
    run of `WINDOW_PLANES` planes whose mean probability of "no lesion" is
    lowest speaks for the scan.

    Parameters
    ----------
    planes : ndarray, shape (planes, classes)
        Probabilities in plane order; class 0 means "no lesion".

    Returns
    -------
    ndarray, shape (classes,)
    """
    width = min(WINDOW_PLANES, len(planes))
    runs = np.lib.stride_tricks.sliding_window_view(planes, width, axis=0).mean(axis=-1)
    return np.asarray(runs[runs[:, 0].argmin()])


def outline(
    lesion: NDArray[np.float32], no_lesion: float, box: Letterbox, card: ModelCard
) -> NDArray[np.bool_]:
    """Cut a plane's probability map to a mask by the card's rules.

    Parameters
    ----------
    lesion : ndarray of float32, shape (row, column)
        Lesion probability in the plane's own pixels, 0..1.
    no_lesion : float
        The diagnosis head's probability that there is no lesion, 0..1.
    box : Letterbox
        How the plane was fitted to the network.
    card : ModelCard

    Returns
    -------
    ndarray of bool, same shape
    """
    if no_lesion >= card.no_lesion_threshold:
        return np.zeros(lesion.shape, bool)
    return clean_mask(lesion >= card.mask_threshold, card.smallest_lesion * box.pixel_area)
