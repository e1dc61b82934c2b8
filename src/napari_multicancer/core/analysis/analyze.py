"""The main job: recognise what a scan is, say what it shows, outline the lesion."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from napari_multicancer.core.analysis.answer import (
    EMPTY,
    UNLIKE,
    Analysis,
    PlaneResult,
    Prediction,
    enlarge_answer,
)
from napari_multicancer.core.analysis.doubt import doubted
from napari_multicancer.core.analysis.outlines import Outlines, outline
from napari_multicancer.core.masks.measurements import measure_lesion
from napari_multicancer.core.masks.refinement import refine
from napari_multicancer.core.models.cards import RECOGNIZER, ModelCard, find_model
from napari_multicancer.core.models.organs import (
    a_scan_of,
    check_tasks,
    known_cards,
    organs,
    require_organ,
)
from napari_multicancer.core.models.runtime import Model, lanes_for, load_model
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.core.planes.progress import Cancelled, Progress
from napari_multicancer.core.planes.squares import Fitted, Squares
from napari_multicancer.core.planes.walk import Walk, spread_from
from napari_multicancer.core.scan.scan import Scan

__all__ = ["AUTOMATIC", "Analysis", "analyze", "most_suspicious", "outline"]

CLASSIFY = "classify"
SEGMENT = "segment"
RECOGNISED_PLANES = 15
"""So many evenly spaced planes of a stack are shown to the recognizer."""
SURELY_OTHER = 0.9
"""A stack's plane that the recognizer gives so much of "none of the organs" is skipped."""
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
    show none of the organs (`SURELY_OTHER`) where the organ is "automatic". In a
    volume's mask, specks on one plane alone are dropped (`drop_specks`). Huge
    planes are read in strips and analysed smaller (`planes.reduction`).

    Parameters
    ----------
    scan : Scan
        A picture or a stack of planes, grey or in colour; see `core.scan` for the rule.
    organ : str
        "automatic" lets the recognizer decide; one of `organs.organs` overrules it.
    steps : sequence of {"classify", "segment"}
        What is wanted besides the organ; with none, the scan is recognised only.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane, in the calling thread.
    cancelled : callable, optional
        Asked before each plane, and strip of a huge one; True stops the work.

    Returns
    -------
    Analysis

    Raises
    ------
    UnsupportedScanError
        The scan's shape or values cannot be analysed.
    ModelError
        A model is missing or altered, or there is none for the organ.
    CancelledError
        `cancelled` said so.
    """
    started = time.perf_counter()
    require_organ(organ, [AUTOMATIC])
    check_tasks(models)
    walk = Walk(scan, lanes=lanes_for(scan.n_planes), progress=progress, cancelled=cancelled)
    work = _Work(walk, dict(models or {}))
    recognised = work.recognise() if organ == AUTOMATIC else _by_hand(organ)
    refusal = _why_not(recognised)
    answer = work.examine(recognised, steps) if steps and not refusal else _Examined()
    mask = None if answer.outlines is None else answer.outlines.mask
    found = Analysis(
        organ=recognised,
        diagnosis=answer.diagnosis,
        mask=mask,
        probability=None if answer.outlines is None else answer.outlines.probability,
        planes=answer.planes,
        models=tuple(work.asked),
        note=refusal or ("" if recognised.familiar else UNFAMILIAR),
        organ_chosen=organ != AUTOMATIC,
        lesion=None if mask is None else measure_lesion(mask, walk.scan.plane_spacing),
    )
    found = enlarge_answer(found, scan, walk.factor, walk.proceed)
    return replace(found, seconds=time.perf_counter() - started)


def _by_hand(organ: str) -> Prediction:
    """Put the user's word in the recognizer's place."""
    recognizers = [card for card in known_cards() if card.task == RECOGNIZER and card.is_default]
    classes = dict.fromkeys([*(recognizers[-1].classes if recognizers else ()), organ])
    negative = recognizers[-1].negative if recognizers else ""
    return Prediction({name: float(name == organ) for name in classes}, negative=negative)


def _why_not(organ: Prediction) -> str:
    if not organ.clear:
        names = " or ".join(organs())
        return f"Not sure what this is: choose {names} by hand if you know."
    if organ.is_negative:
        first, *others = map(a_scan_of, organs())
        than = f"neither {first} nor {' nor '.join(others)}" if others else f"not like {first}"
        return f"This looks like {than}: choose the organ by hand if it is one."
    return ""


@dataclass
class _Examined:
    diagnosis: Prediction | None = None
    outlines: Outlines | None = None
    planes: tuple[PlaneResult, ...] = ()


class _Work:
    """One run over one scan: the models it asks, and the planes that it leaves out."""

    def __init__(self, walk: Walk, models: Mapping[str, str]) -> None:
        self._walk = walk
        self._scan = walk.scan
        self._squares = Squares(walk, RECOGNISED_PLANES)
        self._models = models
        self._unlike: frozenset[int] = frozenset()
        self.asked: list[str] = []
        walk.expect(self._scan.n_planes)

    def recognise(self) -> Prediction:
        """Average what the recognizer says of evenly spaced planes that are not empty.

        The scan is unfamiliar where the median of their distances says so.
        """
        model = self._load(RECOGNIZER)
        self._walk.expect(len(self._squares.sample))
        said: dict[int, NDArray[np.float64]] = {}
        distances = []

        def ask(_: int, plane: NDArray[Any]) -> Mapping[str, NDArray[np.float32]] | None:
            fitted = self._fit(plane, model.card)
            return None if fitted is None else model(fitted[0])

        for index, outputs in self._walk.over(ask, self._squares.sample):
            if outputs is not None:
                said[index] = _class_probabilities(outputs["organ"], model.card)
                distances.append(float(outputs.get("distance", 0.0)))
        if not said:
            classes = model.card.classes
            return Prediction(
                dict.fromkeys(classes, 1 / len(classes)), 1.0, negative=model.card.negative
            )
        familiar = bool(np.median(distances) <= model.card.unfamiliar_distance)
        organ = _prediction(np.mean(list(said.values()), axis=0), model.card, familiar)
        if self._scan.is_stack and not _why_not(organ):
            self._unlike = self._surely_other(model, said)
        return organ

    def _surely_other(
        self, model: Model, said: Mapping[int, NDArray[np.float64]]
    ) -> frozenset[int]:
        """Find the planes that are empty or show no organ, around those of the sample."""
        other = model.card.negative_index
        sample = self._squares.sample

        def is_skipped(index: int) -> bool:
            if index in said:
                return bool(said[index][other] >= SURELY_OTHER)
            if index in sample:
                return True
            fitted = self._fit(self._walk.plane(index), model.card)
            if fitted is None:
                return True
            probabilities = _class_probabilities(model(fitted[0])["organ"], model.card)
            return bool(probabilities[other] >= SURELY_OTHER)

        return spread_from(sample, self._scan.n_planes, is_skipped)

    def examine(self, organ: Prediction, steps: Sequence[str]) -> _Examined:
        """Ask the organ's model about every plane but those that are skipped."""
        model = self._load(organ.label)
        answer = _Examined()
        if SEGMENT in steps:
            answer.outlines = Outlines(self._scan, model.card.input_size)
        said: dict[int, NDArray[np.float64]] = {}
        skipped: dict[int, str] = {}
        look = partial(self._look, model, answer.outlines)
        for index, seen in self._walk.over(look):
            if isinstance(seen, str):
                skipped[index] = seen
            else:
                said[index] = seen
            if answer.outlines is not None and index:
                answer.outlines.drop_specks(index - 1)
        if answer.outlines is not None:
            answer.outlines.drop_specks(self._scan.n_planes - 1)
        answer.planes = tuple(
            PlaneResult(index, None, skipped=skipped[index])
            if index in skipped
            else PlaneResult(
                index,
                _prediction(said[index], model.card, organ.familiar),
                0 if answer.outlines is None else answer.outlines.pixels(index),
            )
            for index in range(self._scan.n_planes)
        )
        if CLASSIFY in steps and said:
            worst = most_suspicious(np.array(list(said.values())), model.card.negative_index)
            answer.diagnosis = _prediction(worst, model.card, organ.familiar)
        return answer

    def _look(
        self, model: Model, outlines: Outlines | None, index: int, plane: NDArray[Any]
    ) -> NDArray[np.float64] | str:
        """Outline a plane's lesion, and give the diagnosis' probabilities, or why it is skipped."""
        fitted = self._fit(plane, model.card)
        if fitted is None or index in self._unlike:
            return EMPTY if fitted is None else UNLIKE
        square, box = fitted
        outputs = model(square)
        probabilities = _class_probabilities(outputs["diagnosis"], model.card)
        if outlines is not None:
            refined = refine(expit(outputs["lesion"]), square, box, model.card.refinement)
            healthy = float(probabilities[model.card.negative_index])
            outlines.put(index, refined, box, healthy, model.card)
        return probabilities

    def _load(self, task: str) -> Model:
        lanes = lanes_for(self._scan.n_planes)
        model = load_model(find_model(task, self._models.get(task)), at_once=lanes)
        self.asked.append(model.card.label)
        return model

    def _fit(self, plane: NDArray[Any], card: ModelCard) -> Fitted | None:
        return self._squares.fit(plane, card.input_size, card.preprocessing, card.color)


def _class_probabilities(logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float64]:
    return np.asarray(softmax(logits.astype(np.float64) / card.temperature))


def _prediction(probabilities: NDArray[np.float64], card: ModelCard, familiar: bool) -> Prediction:
    said = doubted(probabilities, card.confident_threshold, familiar)
    by_class = dict(zip(card.classes, map(float, said), strict=True))
    return Prediction(by_class, card.confident_threshold, familiar, card.negative)


def most_suspicious(planes: NDArray[np.float64], healthy: int = 0) -> NDArray[np.float64]:
    """Answer for a stack from its planes: the mean over the most suspicious run of three.

    A lesion shows on neighbouring planes, a false alarm mostly on one; so the
    run of `WINDOW_PLANES` planes whose mean probability of "no lesion" is
    lowest speaks for the scan.

    Parameters
    ----------
    planes : ndarray, shape (planes, classes)
        Probabilities in plane order.
    healthy : int
        Which class means "no lesion".

    Returns
    -------
    ndarray, shape (classes,)
    """
    width = min(WINDOW_PLANES, len(planes))
    runs = np.lib.stride_tricks.sliding_window_view(planes, width, axis=0).mean(axis=-1)
    return np.asarray(runs[runs[:, healthy].argmin()])
