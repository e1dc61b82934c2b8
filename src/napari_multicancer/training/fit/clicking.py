"""Training of a network of clicks: rounds of its own answers and new clicks, then a step.

References
----------
Sofiiuk, Petrov, Konushin 2022, arXiv 2102.06583.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.special import expit

from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.training.data.click_scans import ClickScans
from napari_multicancer.training.fit.click_lessons import Lesson, draw_lesson, plain_lesson
from napari_multicancer.training.fit.sampling import sampling_weights
from napari_multicancer.training.recipe import TaskConfig

ROUNDS = (0.4, 0.3, 0.2, 0.1)
"""How often a batch goes through 0, 1, 2 or 3 rounds before the step."""
HEALTHY = 0.08
"""Share of lessons on scans without a lesion, of which all is too much."""
FOCUS = 2.0
LESION = "lesion"
VALIDATED = 240
"""Validation scans that an epoch is judged by at most."""
JUDGED_AFTER = (1, 3)
"""So many clicks."""


class ClickBatches(keras.utils.PyDataset):
    """Batches of lessons; what an epoch holds depends on the seed, its number and the network.

    Parameters
    ----------
    scans : ClickScans
    config : TaskConfig
    network : keras.Model
        What is trained: it answers the clicks before the last.
    first_epoch, first_step : int
        What has been seen.
    """

    def __init__(
        self,
        scans: ClickScans,
        config: TaskConfig,
        network: keras.Model,
        first_epoch: int = 0,
        first_step: int = 0,
    ) -> None:
        super().__init__(workers=1)
        self._scans, self._config, self._network = scans, config, network
        self._chances = _chances(scans, config)
        self._epoch, self._first_step = first_epoch, first_step

    def __len__(self) -> int:
        return steps_of(self._scans, self._config) - self._first_step

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's pictures."""
        self._epoch += 1
        self._first_step = 0

    def __getitem__(
        self, index: int
    ) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
        rng = np.random.default_rng((self._config.seed, self._epoch, index + self._first_step))
        chosen = rng.choice(len(self._scans), self._config.batch_size, p=self._chances)
        lessons = [draw_lesson(self._scans.scans[i], self._config, rng) for i in chosen]
        for _ in range(rng.choice(len(ROUNDS), p=ROUNDS)):
            answers = answer(self._network, lessons)
            for lesson, probability in zip(lessons, answers, strict=True):
                lesson.go_on(probability, rng)
        truth = np.stack([np.stack([le.truth, le.weights], -1) for le in lessons])
        return _inputs(lessons), {LESION: truth.astype(np.float32)}


def _chances(scans: ClickScans, config: TaskConfig) -> NDArray[np.float64]:
    """Draw as elsewhere, but scans without a lesion so seldom that most clicks are on one."""
    chances = sampling_weights(scans.rows, config)
    healthy = np.array([not scan.mask.any() for scan in scans.scans])
    share = chances[healthy].sum()
    if 0 < share < 1:
        chances[healthy] *= HEALTHY / share
        chances[~healthy] *= (1 - HEALTHY) / (1 - share)
    return chances


def steps_of(scans: ClickScans, config: TaskConfig) -> int:
    """Count the batches of an epoch."""
    return config.epoch_steps or max(1, len(scans) // config.batch_size)


def answer(network: keras.Model, lessons: Sequence[Lesson]) -> NDArray[np.float32]:
    """Ask a network about lessons; the probability of the lesion, shape (n, size, size)."""
    outputs = network.predict_on_batch(_inputs(lessons))
    return np.asarray(expit(outputs[LESION][..., 0]))


def _inputs(lessons: Sequence[Lesson]) -> dict[str, NDArray[np.float32]]:
    return {
        "image": np.stack([lesson.image for lesson in lessons]).astype(np.float32),
        "guides": np.stack([lesson.guides for lesson in lessons]),
    }


class Clicked(keras.Model):
    """Judges a network of clicks: focal cross-entropy and Dice of its outline, and its overlap.

    It holds no weights but the network's.

    Parameters
    ----------
    network : keras.Model
    """

    def __init__(self, network: keras.Model) -> None:
        super().__init__(dtype="float32")
        self.network = network

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Give the network's outputs."""
        return self.network(inputs, training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Judge outlines by truth and weight, the two channels of what is expected."""
        logits = ops.cast(y_pred[LESION], "float32")
        truth, weight = y[LESION][..., :1], y[LESION][..., 1:]
        entropy = ops.maximum(logits, 0) - logits * truth
        entropy = entropy + ops.log1p(ops.exp(-ops.absolute(logits)))
        probability = ops.sigmoid(logits)
        away = ops.absolute(truth - probability)
        focal = ops.sum(weight * entropy * (0.25 + away**FOCUS), (1, 2, 3)) / ops.sum(
            weight, (1, 2, 3)
        )
        both = ops.sum(truth * probability, (1, 2, 3))
        either = ops.sum(truth, (1, 2, 3)) + ops.sum(probability, (1, 2, 3))
        lost = 1 - (2 * both + 1) / (either + 1)
        cut = ops.cast(probability >= 0.5, "float32")
        shared = ops.sum(truth * cut, (1, 2, 3))
        union = ops.sum(ops.maximum(truth, cut), (1, 2, 3))
        overlap = ops.stop_gradient(shared / ops.maximum(union, 1.0))
        told = ops.cast(y_pred["overlap"][:, 0], "float32")
        wrong = ops.maximum(told, 0) - told * overlap + ops.log1p(ops.exp(-ops.absolute(told)))
        return ops.mean(2 * focal + lost + 0.2 * wrong)


def judge_clicks(network: keras.Model, scans: ClickScans, config: TaskConfig) -> dict[str, float]:
    """Score a network by clicks on the largest error, from the automatic outline and from nothing.

    Returns
    -------
    dict of str to float
        ``dice_1`` and ``dice_3``, the mean Dice at the network's size after so many clicks,
        and ``score``, their mean.
    """
    spread = np.linspace(0, len(scans) - 1, min(len(scans), VALIDATED)).astype(int)
    drawn = [
        plain_lesson(scans.scans[i], config.size, from_nothing=bool(place % 2))
        for place, i in enumerate(spread)
    ]
    lessons = [lesson for lesson in drawn if lesson is not None]
    figures: dict[str, float] = {}
    found: dict[int, float] = {}
    for clicks in range(1, max(JUDGED_AFTER) + 1):
        for start in range(0, len(lessons), config.batch_size):
            part = lessons[start : start + config.batch_size]
            for place, (lesson, probability) in enumerate(
                zip(part, answer(network, part), strict=True), start
            ):
                found[place] = dice(lesson.truth, lesson.merged(probability))
                lesson.go_on(probability, None)
        if clicks in JUDGED_AFTER:
            figures[f"dice_{clicks}"] = float(np.mean(list(found.values())))
    return figures | {"score": float(np.mean(list(figures.values())))}
