"""The main job: recognise what a scan is, say what it shows, outline the lesion."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from napari_multicancer.core.answer import Analysis, PlaneResult, Prediction
from napari_multicancer.core.errors import CancelledError, UnsupportedScanError
from napari_multicancer.core.letterbox import Letterbox
from napari_multicancer.core.measurements import measure_lesion
from napari_multicancer.core.preprocessing import intensity_window, prepare_plane
from napari_multicancer.core.refinement import clean_mask, refine
from napari_multicancer.core.registry import ModelCard, find_model
from napari_multicancer.core.runtime import Model, load_model
from napari_multicancer.core.scan import Scan

ORGANS = ("brain", "breast", "other")
AUTOMATIC = "automatic"
CLASSIFY = "classify"
SEGMENT = "segment"
RECOGNISED_PLANES = 15
"""So many evenly spaced planes of a stack are shown to the recognizer."""
UNFAMILIAR = "Unlike the scans that the models learnt from: check this answer with care."
WINDOW_PLANES = 3
"""A stack's diagnosis is that of its most suspicious run of so many planes."""

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


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
    work = _Work(scan, dict(models or {}), progress, cancelled)
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
    """One run over one scan: its grey window, the models it asks, how far it got."""

    def __init__(
        self,
        scan: Scan,
        models: Mapping[str, str],
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self._scan = scan
        self._models = models
        self._progress = progress
        self._cancelled = cancelled
        self._sample = np.unique(
            np.linspace(0, scan.n_planes - 1, min(RECOGNISED_PLANES, scan.n_planes)).astype(int)
        )
        self._window = _grey_window(scan, self._sample)
        self._done = 0
        self._total = scan.n_planes
        self.asked: list[str] = []

    def recognise(self) -> Prediction:
        """Average what the recognizer says of evenly spaced planes that are not empty.

        The scan is unfamiliar where the median of their distances says so.
        """
        model = self._load("recognizer")
        self._total += len(self._sample)
        said, distances = [], []
        for index in self._sample:
            fitted = self._square(int(index), model.card)
            if fitted is not None:
                outputs = model(fitted[0])
                said.append(_class_probabilities(outputs["organ"], model.card))
                distances.append(float(outputs.get("distance", 0.0)))
            self._step()
        familiar = bool(np.median(distances) <= model.card.unfamiliar_distance)
        return _prediction(np.mean(said, axis=0), model.card, familiar)

    def examine(self, organ: Prediction, steps: Sequence[str]) -> _Answer:
        """Ask the organ's model about every plane."""
        model = self._load(organ.label)
        shape = self._scan.spatial_shape
        wants_mask = SEGMENT in steps
        mask = np.zeros(shape, np.uint8) if wants_mask else None
        probability = np.zeros(shape, np.float32) if wants_mask else None
        results, said = [], []
        for index in range(self._scan.n_planes):
            fitted = self._square(index, model.card)
            if fitted is None:
                results.append(PlaneResult(index, None))
                self._step()
                continue
            square, box = fitted
            outputs = model(square)
            probabilities = _class_probabilities(outputs["diagnosis"], model.card)
            said.append(probabilities)
            pixels = 0
            if mask is not None and probability is not None:
                where = self._scan.position(index)
                refined = refine(expit(outputs["lesion"]), square, box, model.card.refinement)
                lesion = box.undo(refined)
                probability[where] = lesion
                mask[where] = outline(lesion, probabilities[0], box, model.card)
                pixels = int(np.count_nonzero(mask[where]))
            results.append(
                PlaneResult(index, _prediction(probabilities, model.card, organ.familiar), pixels)
            )
            self._step()
        diagnosis = None
        if CLASSIFY in steps:
            worst = most_suspicious(np.array(said))
            diagnosis = _prediction(worst, model.card, organ.familiar)
        return _Answer(diagnosis, mask, probability, tuple(results))

    def _load(self, task: str) -> Model:
        model = load_model(find_model(task, self._models.get(task)))
        self.asked.append(model.card.label)
        return model

    def _square(self, index: int, card: ModelCard) -> tuple[NDArray[np.float32], Letterbox] | None:
        """Prepare one plane for a network; None where it shows nothing."""
        if self._cancelled is not None and self._cancelled():
            raise CancelledError("Stopped.")
        square, box = prepare_plane(
            self._scan.plane(index), self._window, card.input_size, card.preprocessing
        )
        if self._scan.is_stack and float(np.ptp(square[box.inner])) < 1.0:
            return None
        return square, box

    def _step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _grey_window(scan: Scan, sample: NDArray[np.int64]) -> tuple[float, float]:
    """Black and white point, one for the whole scan: those of a typical plane.

    Networks learn from single planes, each stretched by itself; so a stack takes
    the median over its planes, those that show nothing left out.

    Raises
    ------
    UnsupportedScanError
        No plane shows anything.
    """
    windows = [intensity_window(scan.plane(int(index))) for index in sample]
    windows = [(low, high) for low, high in windows if low < high]
    if not windows:
        raise UnsupportedScanError(
            f"{scan.name} shows the same value everywhere: open a scan with something to see."
        )
    low, high = np.median(windows, axis=0)
    return float(low), float(high)


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
