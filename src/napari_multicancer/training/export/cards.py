"""Model cards: what is said of a model, composed from its run and written as TOML."""

from __future__ import annotations

import math
import os
import shutil
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.analysis.analyze import RECOGNISED_PLANES, WINDOW_PLANES
from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import CHECKSUM, RECOGNIZER, ModelCard, checksum
from napari_multicancer.core.models.record import INTERACTIVE, Role
from napari_multicancer.core.planes.prepare import INTENSITY_PERCENTILES
from napari_multicancer.training.export.parity import Parity
from napari_multicancer.training.recipe import CLICK, TaskConfig

ARCHITECTURES = {
    "lite0": "EfficientNet-Lite0 (ImageNet) down to stride 16, mean and peak pooling, dense",
    "two_heads": "U-Net on EfficientNet-{encoder} (ImageNet), separable decoder, diagnosis and "
    "mask heads, the diagnosis from the whole plane and from under the lesion",
    "small_cnn": "four convolutions, each pooled, and a dense layer (published classifier)",
    "deeplab": "small CNN for the diagnosis beside DeepLabv3 on EfficientNet-Lite0 (ImageNet) "
    "for the mask (published pipeline)",
    "sk_unet": "small CNN for the diagnosis beside SK-U-Net for the mask (published pipeline)",
    "unet": "small CNN for the diagnosis beside a plain U-Net for the mask (yardstick)",
    "clicks": "U-Net on EfficientNet-Lite0 (ImageNet), separable decoder; five guide maps added "
    "to the stem and to the finest features, outline and expected overlap",
}
LICENCES = {
    "BUSI": "CC BY 4.0",
    "BUS-BRA": "CC BY 4.0",
    "BUS-UC": "CC BY 4.0; its pictures come from a site with terms of its own",
    "BUS-UCLM": "CC BY-NC (to be confirmed)",
    "MultiREZ": "Apache-2.0, as its repository says",
    "OASBUD": "CC BY or CC BY-NC (to be confirmed)",
    "Rodrigues": "CC BY 4.0 (to be confirmed)",
    "LGG": "CC BY-NC-SA 4.0",
    "Figshare": "CC BY 4.0",
    "BraTS-real": "BraTS terms, for research",
    "BraTS": "BraTS terms, for research",
    "composed": "BraTS terms, for research; backgrounds CC0 and CC BY-SA 3.0",
    "SOOP": "CC0",
    "SOOP-stroke": "CC0",
    "IXI": "CC BY-SA 3.0",
    "IXI-T1": "CC BY-SA 3.0",
    "PTBP": "CC BY 4.0",
    "IBSR": "IBSR's own terms",
    "web": "mixed or unknown",
    "other": "mixed or unknown",
}
TASKS_FILE = "training/export/tasks.toml"
ORDER = (
    *("name", "version", "role", "organ", "default", "classes", "healthy", "neither", "file"),
    *("sha256", "bytes", "quantization", "parameters", "architecture", "input_size", "intensity"),
    *("color", "preprocessing", "refinement", "stack_rule", "temperature"),
    *("licence", "intended_use", "known_limits"),
    *("thresholds", "words", "columns", "anatomy", "cautions", "left_out"),
)
"""In which order a card is read; what is not named comes last."""
PUBLISHED = ("small_cnn", "deeplab", "sk_unet", "unet")
"""Networks as others published them, to compare with."""
RECIPE = (
    "epochs",
    "steps",
    "repeats",
    "epoch_steps",
    "share",
    "batch_size",
    "learning_rate",
    "weight_decay",
    "mask_loss",
    "mask_cross_entropy",
    "encoder",
    "decoder_width",
    "frozen_blocks",
    "emphasis",
    "caps",
    "left_out",
    "flip_probability",
    "grey_probability",
    "mix_probability",
    "cutout_probability",
    "crop_probability",
    "contrast_probability",
    "blur_probability",
    "marks_probability",
    "bias_probability",
    "zoom",
    "elastic",
    "intensity_strength",
    "seed",
)
"""What a card repeats of its run's configuration."""


def compose_card(
    card: ModelCard,
    config: TaskConfig,
    run: dict[str, Any],
    rows: dict[str, pd.DataFrame],
    parity: Parity,
    validation: dict[str, float],
    parameters: int,
) -> dict[str, Any]:
    """Put together everything a card says before the model meets the test split.

    Parameters
    ----------
    card : ModelCard
        With the temperature and thresholds chosen on validation.
    config : TaskConfig
    run : dict
        The run's saved configuration.
    rows : dict of str to DataFrame
        Manifest rows by split, "train" and "val".
    parity : Parity
    validation : dict of str to float
        Figures at the best epoch.
    parameters : int
        Trainable and fixed, of the network.
    """
    details: dict[str, Any] = {
        "name": card.name,
        "version": card.version,
        "role": card.role,
        "default": card.is_default,
        "classes": list(card.classes),
        "file": card.path.name,
        "sha256": card.sha256,
        "bytes": card.path.stat().st_size,
        "quantization": config.quantization,
        "parameters": parameters,
        "architecture": ARCHITECTURES[config.network].format(encoder=config.encoder.capitalize()),
        "input_size": card.input_size,
        "intensity": intensity_words(config),
        "color": config.color,
        "preprocessing": list(config.preprocessing),
        "refinement": config.refinement,
        "stack_rule": _stack_rule(card.task),
        "temperature": round(card.temperature, 4),
        "thresholds": {"confident": card.confident_threshold},
        "training": training_entry(config, run, rows),
        "parity": {
            "scans": parity.scans,
            "largest_probability_gap": parity.largest_probability_gap,
            "mask_agreement": parity.mask_agreement,
            "largest_distance_gap": parity.largest_distance_gap,
        },
        "validation": {name: round(value, 4) for name, value in validation.items()},
    }
    if math.isfinite(card.unfamiliar_distance):
        details["thresholds"]["unfamiliar_distance"] = card.unfamiliar_distance
    if config.has_lesions:
        details["thresholds"] |= {
            "mask": card.mask_threshold,
            "no_lesion": card.no_lesion_threshold,
            "smallest_lesion": card.smallest_lesion,
        }
    return with_task(details | {"task": card.task})


def intensity_words(config: TaskConfig) -> str:
    """Say how a recipe's network is shown intensities."""
    low, high = INTENSITY_PERCENTILES
    of = "a plane" if config.answers_clicks else "a plane (of a stack, their medians)"
    return f"percentiles {low} and {high} of {of} stretched to 0..255"


def training_entry(
    config: TaskConfig, run: Mapping[str, Any], rows: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Say what a network learnt from and how.

    Parameters
    ----------
    config : TaskConfig
    run : mapping
        The run's saved configuration.
    rows : mapping of str to DataFrame
        Manifest rows by split, "train" and "val".
    """
    return {
        "git": run["git"],
        "start": run.get("start", config.start),
        **{name: run[name] for name in ("mean_of", "teacher") if name in run},
        **{name: run[name] for name in RECIPE if name in run},
        "split": "by patient, or by group of near-duplicates where no patient is known",
        "data": [_data_entry(source, rows) for source in _sources(rows["train"])],
    }


def task_facts(task: str) -> dict[str, Any]:
    """Look up what every card of a task says: ``tasks.toml``.

    Raises
    ------
    DataError
        Nothing is known of the task.
    """
    text = files("napari_multicancer.training.export").joinpath("tasks.toml").read_text("utf-8")
    facts = tomllib.loads(text)
    if task not in facts:
        raise DataError(f"Nothing is known of {task!r}: add it to {TASKS_FILE}.")
    found: dict[str, Any] = facts[task]
    return found


def with_task(details: Mapping[str, Any]) -> dict[str, Any]:
    """Give a card's entries what is known of its task, in the order in which a card is read.

    What a card says of its network, such as its known limits, stays as it is.

    Parameters
    ----------
    details : mapping
        They name a ``task``, or an ``organ`` where they are a card's already.
    """
    usual_task = CLICK if details.get("role") == INTERACTIVE else RECOGNIZER
    task = details.get("task") or details.get("organ") or usual_task
    facts = task_facts(task)
    network = facts.pop("network")
    usual = network | {"intended_use": f"{network['intended_use']} {RESEARCH_USE}"}
    known = usual | {k: v for k, v in details.items() if k not in ("task", CHECKSUM)} | facts
    known.setdefault("role", role_of(known["name"], task))
    return {name: known[name] for name in [*ORDER, *known] if name in known}


def role_of(name: str, task: str) -> Role:
    """Say what a network is for, by its name and task."""
    if task == CLICK:
        return "interactive"
    if name.removeprefix(f"{task}_") in PUBLISHED:
        return "published"
    return "recognizer" if task == RECOGNIZER else "organ"


def _stack_rule(task: str) -> str:
    if task == "recognizer":
        return f"mean probability over up to {RECOGNISED_PLANES} evenly spaced planes"
    return (
        f"mean probability over the {WINDOW_PLANES} neighbouring planes "
        "that look least free of a lesion"
    )


def _sources(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["source"].unique())


def _data_entry(source: str, rows: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    counts = {split: int((table["source"] == source).sum()) for split, table in rows.items()}
    return {"source": source, "licence": LICENCES.get(source, "unknown"), **counts}


def write_card(details: Mapping[str, Any], path: Path) -> None:
    """Seal a card's entries by their checksum and write them as TOML in one step."""
    entries = {name: value for name, value in details.items() if name != CHECKSUM}
    tables = [name for name, value in entries.items() if isinstance(value, dict)]
    plain = {name: value for name, value in entries.items() if name not in tables}
    sealed = plain | {CHECKSUM: checksum(entries)} | {name: entries[name] for name in tables}
    temporary = path.with_name(f"writing-{path.name}")
    temporary.write_text(tomli_w.dumps(sealed), "utf-8")
    os.replace(temporary, path)


def add_metrics(card: ModelCard, split: str, metrics: dict[str, Any], evaluation: Path) -> None:
    """Write the figures of one split into a card, in place of earlier ones.

    The split's reliability diagram, from the folder `evaluation`, goes beside the card.
    """
    path = card.path.with_suffix(".toml")
    details = tomllib.loads(path.read_text("utf-8"))
    details.setdefault("metrics", {})[split] = metrics
    write_card(details, path)
    diagram = card.reliability_diagram
    shutil.copyfile(evaluation / diagram.name, diagram)
