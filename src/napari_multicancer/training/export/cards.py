"""Model cards: what is said of a model, composed from its run and written as TOML."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from napari_multicancer.core.analysis.analyze import RECOGNISED_PLANES, WINDOW_PLANES
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.notice import RESEARCH_USE
from napari_multicancer.core.planes.prepare import INTENSITY_PERCENTILES
from napari_multicancer.training.export.parity import Parity
from napari_multicancer.training.recipe import TaskConfig

ARCHITECTURES = {
    "lite0": "EfficientNet-Lite0 (ImageNet) down to stride 16, mean and peak pooling, dense",
    "two_heads": "U-Net on EfficientNet-{encoder} (ImageNet), separable decoder, diagnosis and "
    "mask heads, the diagnosis from the whole plane and from under the lesion",
    "small_cnn": "four convolutions, each pooled, and a dense layer (published classifier)",
    "deeplab": "small CNN for the diagnosis beside DeepLabv3 on EfficientNet-Lite0 (ImageNet) "
    "for the mask (published pipeline)",
    "sk_unet": "small CNN for the diagnosis beside SK-U-Net for the mask (published pipeline)",
    "unet": "small CNN for the diagnosis beside a plain U-Net for the mask (yardstick)",
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
WEIGHTS_LICENCES = {
    "recognizer": "for non-commercial research only (trained on LGG, CC BY-NC-SA 4.0, and others)",
    "brain": "for non-commercial research only (trained on LGG, CC BY-NC-SA 4.0, BraTS and others)",
    "breast": "for non-commercial research only (trained on BUS-UCLM, CC BY-NC, and others)",
}
INTENDED_USES = {
    "recognizer": "Tell a brain MRI plane from a breast ultrasound picture and from anything else.",
    "brain": "Say whether a brain MRI plane shows a tumor, and outline it, for research.",
    "breast": "Sort breast ultrasound pictures into normal, benign and malignant, and outline "
    "the lesion, for research.",
}
KNOWN_LIMITS = {
    "recognizer": [
        "Kinds of picture that were not among the training scans may be taken for brain or breast.",
    ],
    "brain": [
        "On scanners and contrasts that training did not see it finds fewer tumors and "
        "outlines them worse; see the figures on left-out sources.",
        "Outlines mean the whole tumor with edema in FLAIR, T2 and T1, the tumor without "
        "edema in T1 after contrast; in Figshare the tumor.",
        "A fresh stroke may be taken for a tumor; see the source SOOP-stroke.",
        "Multiple sclerosis and white-matter disease are known from a few people only.",
        "FLAIR and T2 tumors with the skull are known from composed pictures only.",
    ],
    "breast": [
        "On scanners that training did not see it diagnoses worse than on those it knows; "
        "see the figures on left-out sources.",
        "Normal scans come from two hospitals and are few.",
        "Whether a lesion is benign is known by pathology in some sources only.",
    ],
}
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
    low, high = INTENSITY_PERCENTILES
    details: dict[str, Any] = {
        "name": card.name,
        "version": card.version,
        "task": card.task,
        "default": card.is_default,
        "classes": list(card.classes),
        "file": card.path.name,
        "sha256": card.sha256,
        "bytes": card.path.stat().st_size,
        "quantization": config.quantization,
        "parameters": parameters,
        "architecture": ARCHITECTURES[config.network].format(encoder=config.encoder.capitalize()),
        "input_size": card.input_size,
        "intensity": (
            f"percentiles {low} and {high} of a plane (of a stack, their medians) "
            "stretched to 0..255"
        ),
        "color": config.color,
        "preprocessing": list(config.preprocessing),
        "refinement": config.refinement,
        "stack_rule": _stack_rule(card.task),
        "temperature": round(card.temperature, 4),
        "thresholds": {"confident": card.confident_threshold},
        "licence": WEIGHTS_LICENCES[card.task],
        "intended_use": f"{INTENDED_USES[card.task]} {RESEARCH_USE}",
        "known_limits": KNOWN_LIMITS[card.task],
        "training": {
            "git": run["git"],
            "start": run.get("start", config.start),
            **{name: run[name] for name in ("mean_of", "teacher") if name in run},
            **{name: run[name] for name in RECIPE if name in run},
            "split": "by patient, or by group of near-duplicates where no patient is known",
            "data": [_data_entry(source, rows) for source in _sources(rows["train"])],
        },
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
    return details


def _stack_rule(task: str) -> str:
    if task == "recognizer":
        return f"mean probability over up to {RECOGNISED_PLANES} evenly spaced planes"
    return (
        f"mean probability over the {WINDOW_PLANES} neighbouring planes "
        "that look least free of a lesion"
    )


def _sources(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["source"].unique())


def _data_entry(source: str, rows: dict[str, pd.DataFrame]) -> dict[str, Any]:
    counts = {split: int((table["source"] == source).sum()) for split, table in rows.items()}
    return {"source": source, "licence": LICENCES.get(source, "unknown"), **counts}


def write_card(details: dict[str, Any], path: Path) -> None:
    """Write a card as TOML in one step."""
    temporary = path.with_name(f"writing-{path.name}")
    temporary.write_text(tomli_w.dumps(details), "utf-8")
    os.replace(temporary, path)


def add_metrics(card: ModelCard, split: str, metrics: dict[str, Any], evaluation: Path) -> None:
    """Write the figures of one split into a card, in place of earlier ones.

    The split's reliability diagram, from the folder `evaluation`, goes beside the card.
    """
    details = json.loads(json.dumps(dict(card.details)))
    details.setdefault("metrics", {})[split] = metrics
    write_card(details, card.path.with_suffix(".toml"))
    diagram = card.reliability_diagram
    shutil.copyfile(evaluation / diagram.name, diagram)
