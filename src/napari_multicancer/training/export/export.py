"""From a trained network to a shipped model: converted, calibrated, described."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.masks.refinement import refine
from napari_multicancer.core.models.cards import ModelCard, forget_models, read_card
from napari_multicancer.training.data.samples import (
    UNKNOWN,
    Samples,
    load_samples,
    read_manifest,
    select,
)
from napari_multicancer.training.export.calibration import (
    CONFIDENT_ACCURACY,
    UNSEEN_ACCURACY,
    choose_mask_rules,
    class_probabilities,
    fit_confidence,
    fit_temperature,
    fit_unfamiliar_distance,
    source_weights,
)
from napari_multicancer.training.export.cards import compose_card, role_of, task_facts, write_card
from napari_multicancer.training.export.clicks import export_clicks
from napari_multicancer.training.export.litert import check_parity, to_litert, write_model
from napari_multicancer.training.export.parity import require
from napari_multicancer.training.fit.judge import predict, score
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.fit.train import BEST_CHECKPOINT, RECORD
from napari_multicancer.training.networks.activation import with_activation
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.networks.familiarity import (
    familiarity,
    features,
    predict_in_batches,
)
from napari_multicancer.training.recipe import CLICK, OTHER, TaskConfig, recipe_of_run
from napari_multicancer.training.start import ENDING, write_start

PARITY_SCANS = 50
CHECKPOINT_SUFFIX = ".keras"


def export(
    task: str,
    data: Path,
    runs: Sequence[Path],
    weights: Path,
    version: str,
    *,
    quantization: str | None = None,
    most_per_source: int = 0,
) -> ModelCard:
    """Turn the best checkpoint of a run, or the mean of several, into a shipped model and its card.

    Temperature and thresholds are chosen on the validation split, where each source
    counts the same; the export
    is compared with its original on 50 of its scans.

    Parameters
    ----------
    task : str
        What the network is for.
    data : Path
        The training folder.
    runs : sequence of Path
        Folders that `train` filled, whose best epoch is meant, or one of their
        checkpoints. Of several the weights are averaged; the last one's recipe is told.
    weights : Path
        Where ``NAME.tflite`` and ``NAME.toml`` go.
    version : str
        The model's version.
    quantization : {"float16", "mixed", "int8"}, optional
        How weights are kept; as the run's recipe says unless given.
    most_per_source : int
        Validation scans of a source that are looked at at most; 0: as the recipe says.

    Returns
    -------
    ModelCard

    Raises
    ------
    ModelError
        The export does not say what its original says; nothing is written.
    DataError
        There is no checkpoint, or one for another task.
    """
    checkpoints = [_checkpoint(run, task) for run in runs]
    if task == CLICK:
        return export_clicks(data, checkpoints, weights, version, quantization=quantization)
    record = json.loads((checkpoints[-1].parent / RECORD).read_text())
    if len(runs) > 1:
        record["mean_of"] = [f"{path.parent.name}/{path.name}" for path in checkpoints]
    config = recipe_of_run(record)
    if quantization is not None:
        config = replace(config, quantization=str(quantization))
    if config.task != task:
        raise DataError(f"{runs[-1]} holds a network for {config.task!r}, not for {task!r}.")
    model = build(config, pretrained=False)
    model.set_weights(mean_weights(checkpoints))
    trained = model.get_weights()
    if config.explains:
        model = with_activation(model)
    manifest = read_manifest(data)
    rows = {split: select(manifest, config, split) for split in ("train", "val")}
    looked_at = replace(config, most_per_source=most_per_source or config.most_per_source)
    samples = load_samples(data, select(manifest, looked_at, "val"), config)
    distance = _distance(config, data, rows["train"]) if config.measures_distance else None
    content = to_litert(model, distance, config.quantization)
    spread = np.linspace(0, len(samples) - 1, PARITY_SCANS).astype(int)
    parity = check_parity(model, content, samples.images[spread], config, distance)
    require(parity, config.name, config.quantization)
    path = weights / f"{config.name}.tflite"
    sha256 = write_model(content, path)
    if config.quantization != "int8":
        write_start(trained, path.with_name(f"{config.name}{ENDING}"))
    outputs = predict(model, samples.images)
    card = calibrated_card(
        config,
        samples,
        outputs,
        path,
        sha256,
        version,
        set(rows["train"]["source"]),
    )
    if distance is not None:
        known = samples.labels != config.classes.index(OTHER)
        distances = predict_in_batches(distance, samples.images[known])
        card = replace(card, unfamiliar_distance=fit_unfamiliar_distance(distances))
    details = compose_card(
        card,
        config,
        record,
        rows,
        parity,
        score(outputs, samples, config),
        model.count_params(),
    )
    write_card(details, path.with_suffix(".toml"))
    forget_models()
    return read_card(path.with_suffix(".toml"))


def _checkpoint(run: Path, task: str) -> Path:
    """Find the best epoch of a run, or the epoch that was named itself."""
    if run.suffix == CHECKPOINT_SUFFIX and run.is_file():
        return run
    if not (run / BEST_CHECKPOINT).exists():
        raise DataError(f"{run} holds no trained network: train {task!r} first.")
    return run / BEST_CHECKPOINT


def _distance(config: TaskConfig, data: Path, rows: pd.DataFrame) -> keras.Model:
    """Learn the organs' pictures, and nothing of what is neither."""
    samples = load_samples(data, rows[rows[config.label] != OTHER], config)
    return familiarity(features(config.size), samples.images, samples.labels)


def calibrated_card(
    config: TaskConfig,
    samples: Samples,
    outputs: dict[str, NDArray[np.float32]],
    path: Path,
    sha256: str,
    version: str,
    trained_on: Collection[str],
) -> ModelCard:
    """Choose a model's temperature and thresholds by its outputs on validation scans.

    Parameters
    ----------
    config : TaskConfig
    samples : Samples
        Of the validation split; each source counts the same.
    outputs : dict of str to ndarray
        The network's, by name, the scans first.
    path : Path
        The model's file.
    sha256, version : str
    trained_on : collection of str
        Sources that training knows: more of their sure answers are to be right.

    Returns
    -------
    ModelCard
    """
    logits, told = outputs[config.label], samples.labels != UNKNOWN
    sources = samples.rows["source"].to_numpy()
    temperature = fit_temperature(logits[told], samples.labels[told], source_weights(sources[told]))
    probabilities = class_probabilities(logits, temperature)
    facts = {
        name: value
        for name, value in task_facts(config.task).items()
        if name in ("organ", "healthy", "neither")
    }
    card = ModelCard(
        name=config.name,
        version=version,
        role=role_of(config.name, config.task),
        **facts,
        classes=config.classes,
        input_size=config.size,
        sha256=sha256,
        path=path,
        temperature=temperature,
        confident_threshold=_confident_threshold(
            probabilities[told], samples.labels[told], sources[told], trained_on
        ),
        mask_threshold=0.5,
        no_lesion_threshold=1.1,
        smallest_lesion=0,
        unfamiliar_distance=math.inf,
        is_default=config.name == config.task,
        preprocessing=config.preprocessing,
        refinement=config.refinement,
        color=config.color,
    )
    if not config.has_lesions:
        return card
    drawn = np.flatnonzero(samples.has_mask)
    maps = [
        refine(expit(outputs["lesion"][i, ..., 0]), image, samples.boxes[int(i)], card.refinement)
        for i, image in zip(drawn, samples.images[drawn].astype(np.float32), strict=True)
    ]
    healthy = probabilities[drawn, card.negative_index]
    return choose_mask_rules(card, np.stack(maps), healthy, samples.masks[drawn])


def _confident_threshold(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.int64],
    sources: NDArray[np.object_],
    trained_on: Collection[str],
) -> float:
    """Ask of sure answers to be right, each source counting the same.

    On sources that training knows 95 % are to be right; on those of which validation alone
    has scans 90 % of the answers of each class.
    """
    known = np.isin(sources, list(trained_on))
    unseen = ~known
    asked = [(known, CONFIDENT_ACCURACY), (unseen, UNSEEN_ACCURACY)]
    return max(
        fit_confidence(
            probabilities[part],
            labels[part],
            source_weights(sources[part]),
            accuracy,
            each_answer=part is unseen,
        )
        for part, accuracy in asked
        if part.any()
    )
