"""A training tells how far it is, keeps checkpoints by the clock and ends in time."""

import keras
import numpy as np
import pytest

from napari_multicancer.training.fit.pace import InTime, Pace, Pacer


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_line_each_minute_says_how_long_it_takes(clock):
    told: list[Pace] = []
    pacer = Pacer(100, 2, 0, told.append, lambda epoch, step: None, clock)
    for number in range(41):
        clock.now += 3 if number else 180  # the first step waits for the network to be compiled
        pacer.on_train_batch_end(0, {"loss": 0.5})
    assert [pace.step for pace in told] == [21, 41]
    assert told[-1].seconds_left == pytest.approx(159 * 3)
    assert str(told[-1]) == "step 41 of 200: loss 0.500, 8 min left"


def test_a_checkpoint_every_ten_minutes_says_where_it_stands(clock):
    kept = []
    pacer = Pacer(300, 4, 0, None, lambda epoch, step: kept.append((epoch, step)), clock)
    for _ in range(450):
        clock.now += 3
        pacer.on_train_batch_end(0, {"loss": 0.5})
    assert kept == [(0, 200), (1, 100)]


def test_a_loss_that_is_no_number_is_not_kept(clock):
    kept = []
    pacer = Pacer(10, 1, 0, None, lambda epoch, step: kept.append(step), clock)
    clock.now = 700
    pacer.on_train_batch_end(0, {"loss": float("nan")})
    assert not kept


def trained(clock, seconds_a_step):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    rates = keras.optimizers.schedules.CosineDecay(0.1, 100)
    model.compile(keras.optimizers.AdamW(rates), loss="mse")

    class Slow(keras.callbacks.Callback):
        steps = 0

        def on_train_batch_begin(self, batch, logs=None):
            Slow.steps += 1
            clock.now += seconds_a_step

    ones = np.ones((100, 1), np.float32)
    model.fit(ones, ones, batch_size=1, verbose=0, callbacks=[Slow(), InTime(100, 60.0, clock)])
    return Slow.steps, float(model.optimizer.learning_rate)


def test_on_a_slow_machine_the_schedule_is_shortened_to_the_time(clock):
    steps, rate = trained(clock, 3.0)
    assert steps == 20
    assert rate < 0.003


def test_on_a_fast_machine_all_steps_are_taken(clock):
    assert trained(clock, 0.1)[0] == 100
