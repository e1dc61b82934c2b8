"""From a trained network of clicks to a shipped one: converted, compared, described."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from scipy.special import expit

from napari_multicancer.core.models.cards import ModelCard, forget_models, read_card
from napari_multicancer.core.models.record import INTERACTIVE
from napari_multicancer.training.data.click_scans import (
    ClickScans,
    load_click_scans,
    outlined_rows,
)
from napari_multicancer.training.data.samples import TRAINED_ON, read_manifest
from napari_multicancer.training.export.cards import (
    ARCHITECTURES,
    intensity_words,
    training_entry,
    with_task,
    write_card,
)
from napari_multicancer.training.export.litert import to_litert, write_model
from napari_multicancer.training.export.parity import Parity, require
from napari_multicancer.training.fit.appearance import as_a_stranger_sees
from napari_multicancer.training.fit.click_lessons import plain_lesson
from napari_multicancer.training.fit.clicking import judge_clicks
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.fit.train import RECORD
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.recipe import CLICK, TaskConfig, recipe_of_run
from napari_multicancer.training.start import ENDING, write_start

PARITY_SCANS = 50
LOOKED_AT = 20
"""Validation scans of a source."""
MASK_THRESHOLD = 0.5


def export_clicks(
    data: Path,
    checkpoints: Sequence[Path],
    weights: Path,
    version: str,
    *,
    quantization: str | None = None,
    size: int | None = None,
) -> ModelCard:
    """Turn checkpoints of a network of clicks into a shipped model and its card.

    Parameters
    ----------
    data : Path
        The training folder.
    checkpoints : sequence of Path
        Of several the weights are averaged; the last one's recipe is told.
    weights : Path
        Where ``click.tflite`` and ``click.toml`` go.
    version : str
    quantization : {"float16", "mixed", "int8"}, optional
        How weights are kept; as the run's recipe says unless given.
    size : int, optional
        Side of its input; that of its training unless given.

    Returns
    -------
    ModelCard

    Raises
    ------
    ModelError
        The export does not say what its original says; nothing is written.
    """
    record = json.loads((checkpoints[-1].parent / RECORD).read_text())
    if len(checkpoints) > 1:
        record["mean_of"] = [f"{path.parent.name}/{path.name}" for path in checkpoints]
    config = recipe_of_run(record)
    config = replace(
        config, quantization=quantization or config.quantization, size=size or config.size
    )
    network = build(config, pretrained=False)
    network.set_weights(mean_weights(checkpoints))
    content = to_litert(network, quantization=config.quantization)
    few = replace(config, most_per_source=LOOKED_AT)
    scans = load_click_scans(data, few, as_a_stranger_sees, splits=("val",))["val"]
    parity = check_click_parity(network, content, scans, config)
    require(parity, config.name, config.quantization)
    path = weights / f"{config.name}.tflite"
    sha256 = write_model(content, path)
    write_start(network.get_weights(), path.with_name(f"{config.name}{ENDING}"))
    rows = read_manifest(data)
    details = _details(
        config,
        record,
        {split: outlined_rows(rows, config, split) for split in TRAINED_ON},
        parity,
        judge_clicks(network, scans, config),
    )
    details |= {"version": version, "sha256": sha256, "bytes": len(content)}
    details["parameters"] = network.count_params()
    write_card(with_task({**details, "task": CLICK}), path.with_suffix(".toml"))
    forget_models()
    return read_card(path.with_suffix(".toml"))


def check_click_parity(
    network: keras.Model, content: bytes, scans: ClickScans, config: TaskConfig
) -> Parity:
    """Compare an exported network of clicks with its original, on clicks into real scans.

    Parameters
    ----------
    network : keras.Model
    content : bytes
        The ``.tflite`` file.
    scans : ClickScans
    config : TaskConfig
    """
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=content).get_signature_runner()
    gap, same, pixels, count = 0.0, 0, 0, 0
    for index in np.linspace(0, len(scans) - 1, PARITY_SCANS).astype(int):
        lesson = plain_lesson(scans.scans[index], config.size, from_nothing=bool(index % 2))
        if lesson is None:
            continue
        image = lesson.image[None].astype(np.float32)
        guides = lesson.guides[None]
        ours = network.predict_on_batch({"image": image, "guides": guides})
        theirs = run(image=image, guides=guides)
        gap = max(gap, float(np.abs(expit(ours["overlap"]) - expit(theirs["overlap"])).max()))
        agree = (ours["lesion"] >= 0) == (theirs["lesion"] >= 0)
        same, pixels, count = same + int(agree.sum()), pixels + agree.size, count + 1
    return Parity(count, gap, same / pixels if pixels else 1.0)


def _details(
    config: TaskConfig,
    run: Mapping[str, Any],
    rows: Mapping[str, pd.DataFrame],
    parity: Parity,
    validation: Mapping[str, float],
) -> dict[str, Any]:
    return {
        "name": config.name,
        "role": INTERACTIVE,
        "default": True,
        "classes": list(config.classes),
        "file": f"{config.name}.tflite",
        "quantization": config.quantization,
        "architecture": ARCHITECTURES[config.network],
        "input_size": config.size,
        "intensity": intensity_words(config),
        "color": config.color,
        "thresholds": {"mask": MASK_THRESHOLD},
        "training": training_entry(config, run, rows),
        "parity": {
            "scans": parity.scans,
            "largest_probability_gap": parity.largest_probability_gap,
            "mask_agreement": parity.mask_agreement,
        },
        "validation": {name: round(value, 4) for name, value in validation.items()},
    }
