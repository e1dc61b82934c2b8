"""How far a training is, a line a minute; and a checkpoint every ten, wherever it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

MINUTE = 60.0
BETWEEN_CHECKPOINTS = 600.0


@dataclass(frozen=True)
class Pace:
    """How far a training is.

    Attributes
    ----------
    step, steps : int
        Taken so far, and in all.
    loss : float
        Mean over the steps of this epoch.
    seconds_left : float
        At the pace since the first step, which takes long by itself.
    """

    step: int
    steps: int
    loss: float
    seconds_left: float

    def __str__(self) -> str:
        return (
            f"step {self.step} of {self.steps}: loss {self.loss:.3f}, "
            f"{self.seconds_left / MINUTE:.0f} min left"
        )


class Pacer(keras.callbacks.Callback):
    """After a step: tell the pace each minute, have a checkpoint written every ten.

    Parameters
    ----------
    steps_an_epoch, epochs : int
    first_step : int
        Steps taken before this training went on.
    tell : callable, optional
        Called with the `Pace`.
    keep : callable
        Called with (epoch, step): the epochs completed, and the steps of the next one.
    clock : callable
        Seconds; as `time.monotonic`.

    Attributes
    ----------
    step : int
        Steps taken so far.
    """

    def __init__(
        self,
        steps_an_epoch: int,
        epochs: int,
        first_step: int,
        tell: Callable[[Pace], None] | None,
        keep: Callable[[int, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._steps_an_epoch = steps_an_epoch
        self._steps = steps_an_epoch * epochs
        self._first, self.step = first_step, first_step
        self._tell, self._keep, self._clock = tell, keep, clock
        self._started = self._told = self._kept = clock()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the step, and tell or keep what is due."""
        self.step += 1
        now = self._clock()
        if self.step == self._first + 1:
            self._started = self._told = now
        elif now - self._told >= MINUTE and logs is not None:
            self._told = now
            pace = (now - self._started) / (self.step - self._first - 1)
            left = pace * (self._steps - self.step)
            if self._tell is not None:
                self._tell(Pace(self.step, self._steps, float(logs["loss"]), left))
        epoch, step = divmod(self.step, self._steps_an_epoch)
        if step and now - self._kept >= BETWEEN_CHECKPOINTS and _is_finite(logs):
            self._keep(epoch, step)
            self._kept = now

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """An epoch's end writes a checkpoint of its own."""
        self._kept = self._clock()


class InTime(keras.callbacks.Callback):
    """After a step: go ahead in the schedule where the time is, and stop when it is over.

    The learning rate follows the schedule by the optimizer's count of steps; where the
    share of the time that is over is larger than the share of the steps, the count is
    moved on to it, so that a run on a busy machine still ends with small steps.

    Parameters
    ----------
    steps : int
        Of the whole schedule.
    seconds : float
        From now on.
    clock : callable
        Seconds; as `time.monotonic`.
    """

    def __init__(
        self, steps: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._steps, self._seconds, self._clock = steps, seconds, clock
        self._started = clock()
        self._first: int | None = None

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Remember where the schedule stood."""
        if self._first is None:
            self._first = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the schedule on to where the time is."""
        share = (self._clock() - self._started) / self._seconds
        first, optimizer = self._first or 0, self.model.optimizer
        due = first + int(share * (self._steps - first))
        if due >= self._steps:
            self.model.stop_training = True
        elif due > int(keras.ops.convert_to_numpy(optimizer.iterations)):
            optimizer.iterations.assign(due)


def _is_finite(logs: dict[str, Any] | None) -> bool:
    return logs is not None and bool(np.isfinite(logs.get("loss", np.nan)))
