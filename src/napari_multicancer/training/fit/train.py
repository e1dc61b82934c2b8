"""Training a network: from a folder of pictures to the best weights, safe to stop at any moment."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from napari_multicancer.core.errors import DataError
from napari_multicancer.io.files import replacing
from napari_multicancer.training.data.click_scans import ClickScans
from napari_multicancer.training.data.samples import Samples
from napari_multicancer.training.fit.method import Method, compile_for_training, method_of
from napari_multicancer.training.fit.pace import MINUTE, InTime, Pace, Pacer
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.networks.interactive import take_over
from napari_multicancer.training.networks.two_heads import two_headed_unet
from napari_multicancer.training.recipe import TaskConfig

LAST_CHECKPOINT = "last.keras"
BEST_CHECKPOINT = "best.keras"
RECORD = "config.json"
STATE = "state.json"
HISTORY = "history.csv"


def accelerated() -> bool:
    """Say whether Keras' backend computes on a GPU."""
    if keras.backend.backend() == "torch":
        import torch

        return bool(torch.cuda.is_available())
    return any(device.startswith("gpu") for device in keras.distribution.list_devices())


def train(
    config: TaskConfig,
    data: Mapping[str, Samples] | Mapping[str, ClickScans],
    out: Path,
    *,
    resume: bool = True,
    pretrained: bool = True,
    start: Sequence[Path] = (),
    on_epoch: Callable[[Mapping[str, float]], None] | None = None,
    on_minute: Callable[[Pace], None] | None = None,
    minutes: float | None = None,
) -> Path:
    """Train one task's network and keep the epoch that validates best.

    On a GPU it computes in mixed precision; what is kept runs anywhere.

    Parameters
    ----------
    config : TaskConfig
    data : mapping of str to Samples, or to ClickScans
        By split, "train" and "val", from `load_training_data`, or for a network of clicks
        from `load_click_scans`; ``test`` is never opened.
    out : Path
        Run folder: checkpoints, history and configuration. A checkpoint replaces the
        last in one step, after each epoch and every ten minutes, so a kill costs
        ten minutes at most.
    resume : bool
        Go on from the last checkpoint in `out`, if there is one.
    pretrained : bool
        Start the encoder from ImageNet weights.
    start : sequence of Path
        Start from the mean of these checkpoints of the same network instead, such
        as other runs' best, to tune them further or to new data.
    on_epoch : callable, optional
        Called after each epoch with its row of ``history.csv``.
    on_minute : callable, optional
        Called about once a minute with how far the training is.
    minutes : float, optional
        End the training in so many minutes, with the schedule shortened to them.

    Returns
    -------
    Path
        The best checkpoint.

    Raises
    ------
    DataError
        The loss became NaN, or `out` holds another recipe's run.
    """
    if accelerated():
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)

    method = method_of(config)
    steps = method.steps(data["train"], config)
    epoch, step, best = 0, 0, -np.inf
    if resume and (out / LAST_CHECKPOINT).exists():
        network, epoch, step, best = _resume(config, out)
    else:
        network = build(config, pretrained=pretrained and not start)
        if start:
            begin_from(network, config, start)
        compile_for_training(network, config, steps * config.epochs)
        write_json(out / RECORD, record(config, start))
        (out / HISTORY).unlink(missing_ok=True)
    model = method.wrap(network, config)
    keeper = _Keeper(method, data["val"], config, out, best, on_epoch)
    pacer = Pacer(steps, config.epochs, epoch * steps + step, on_minute, keeper.keep)
    callbacks: list[keras.callbacks.Callback] = [
        keras.callbacks.TerminateOnNaN(raise_error=False),
        pacer,
        _LastCheckpoint(out),
        keeper,
    ]
    if minutes is not None:
        callbacks.insert(0, InTime(steps * config.epochs, minutes * MINUTE))
    parts = ([(epoch, step, epoch + 1)] if step else []) + [(epoch + bool(step), 0, config.epochs)]
    for first_epoch, first_step, last_epoch in parts:
        model.fit(
            method.batches(data["train"], config, network, first_epoch, first_step),
            epochs=last_epoch,
            initial_epoch=first_epoch,
            callbacks=callbacks,
            verbose=1 if os.isatty(1) else 0,
            shuffle=False,
        )
        if model.stop_training:
            break
    write_json(out / RECORD, json.loads((out / RECORD).read_text()) | {"steps": pacer.step})
    if not (out / BEST_CHECKPOINT).exists():
        raise DataError(f"the loss of {config.name!r} is not a number: nothing was kept")
    return out / BEST_CHECKPOINT


def begin_from(network: keras.Model, config: TaskConfig, start: Sequence[Path]) -> None:
    """Give a network the mean of checkpoints of its own kind; one of clicks may take an organ's.

    Raises
    ------
    DataError
        They hold another kind of network.
    """
    weights = mean_weights(start)
    if [w.shape for w in weights] == [w.shape for w in network.get_weights()]:
        network.set_weights(weights)
        return
    other = two_headed_unet(config.size, len(weights[-1]), pretrained=False)
    if not config.answers_clicks or [w.shape for w in weights] != [
        w.shape for w in other.get_weights()
    ]:
        raise DataError(f"{start[0]} holds another network than {config.task!r} trains.")
    other.set_weights(weights)
    take_over(network, other)


def record(config: TaskConfig, start: Sequence[Path]) -> dict[str, Any]:
    """Say what a run is made of: its recipe, the code's revision, where it started."""
    origin = " + ".join(f"{path.parent.name}/{path.name}" for path in start) or config.start
    return asdict(config) | {"git": _git_revision(), "start": origin}


def _resume(config: TaskConfig, out: Path) -> tuple[keras.Model, int, int, float]:
    saved = json.loads((out / RECORD).read_text())
    ours = json.loads(json.dumps(asdict(config)))
    if {name: saved.get(name) for name in ours} != ours:
        raise DataError(f"{out} holds a run of another recipe: choose another folder")
    state = json.loads((out / STATE).read_text())
    model = keras.models.load_model(out / LAST_CHECKPOINT)
    return model, state["epoch"], state.get("step", 0), state["best"]


class _LastCheckpoint(keras.callbacks.Callback):
    """After each epoch: keep what the next one starts from."""

    def __init__(self, out: Path) -> None:
        super().__init__()
        self._out = out

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if _is_finite(logs):
            save_model(self.model.network, self._out / LAST_CHECKPOINT)


class _Keeper(keras.callbacks.Callback):
    """After each epoch: validate, keep the best, tell how far the run is."""

    def __init__(
        self,
        method: Method,
        samples: Samples | ClickScans,
        config: TaskConfig,
        out: Path,
        best: float,
        on_epoch: Callable[[Mapping[str, float]], None] | None,
    ) -> None:
        super().__init__()
        self._on_epoch = on_epoch
        self._method = method
        self._samples = samples
        self._config = config
        self._out = out
        self._best = best

    def keep(self, epoch: int, step: int) -> None:
        """Keep where the training stands, within an epoch."""
        save_model(self.model.network, self._out / LAST_CHECKPOINT)
        write_json(self._out / STATE, {"epoch": epoch, "step": step, "best": self._best})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is None or not _is_finite(logs):
            return
        figures = self._method.judge(self.model.network, self._samples, self._config)
        if figures["score"] > self._best:
            self._best = figures["score"]
            save_model(self.model.network, self._out / BEST_CHECKPOINT)
        write_json(self._out / STATE, {"epoch": epoch + 1, "step": 0, "best": self._best})
        self._log({"epoch": epoch + 1, "loss": logs["loss"], **figures})

    def _log(self, row: dict[str, float]) -> None:
        path = self._out / HISTORY
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, row)
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        if self._on_epoch is not None:
            self._on_epoch(row)


def _is_finite(logs: Mapping[str, Any] | None) -> bool:
    return logs is not None and bool(np.isfinite(logs.get("loss", np.nan)))


def save_model(model: keras.Model, path: Path) -> None:
    """Write a checkpoint in one step."""
    with replacing(path) as beside:
        model.save(named := beside.with_name(f"{beside.name}{path.suffix}"))
        os.replace(named, beside)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file in one step."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, indent=2))


def _git_revision() -> str:
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return result.stdout.strip()
