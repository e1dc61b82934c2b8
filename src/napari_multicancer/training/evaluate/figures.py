"""From a table of cases to figures with 95 % intervals: all scans, and part by part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from napari_multicancer.training import resampling as resampled
from napari_multicancer.training.classification import brier_scores
from napari_multicancer.training.recipe import TaskConfig
from napari_multicancer.training.resampling import Statistic, bootstrap_interval

FALSE_MASK_PIXELS = 50
TARGET_SPECIFICITY = 0.85
LESION_SIZES = {"under 1 %": 0.01, "1 to 3 %": 0.03, "3 to 10 %": 0.10, "over 10 %": np.inf}
"""Bins of the share of the picture that a lesion fills: name and upper end."""
PART_FIGURES = (
    "accuracy",
    "auc",
    "dice",
    "iou",
    "hausdorff_95",
    "missed_lesions",
    "false_masks",
    "refused_other",
    "unsure_other",
)
"""What is told of a class, a kind or a size."""

Figures = dict[str, Any]


def summarize(table: pd.DataFrame, config: TaskConfig) -> Figures:
    """Condense the table of cases to figures with intervals.

    Scans whose diagnosis nobody told (``truth`` is empty) count for the outlines alone.

    Parameters
    ----------
    table : DataFrame
        One row a scan, as `examine_case` gives it.
    config : TaskConfig

    Returns
    -------
    dict
        ``scans`` and ``groups``; the figures over all scans; under a source's
        name the same of its scans; under ``by_class``, ``by_kind`` and
        ``by_size`` (of the lesion) those of `PART_FIGURES`. Each figure has its
        ``value`` and ``n``, the scans (or patients) that it stands on, and from
        two groups on ``low`` and ``high``, its 95 % bootstrap interval over
        groups. A figure without a scan to stand on is left out.
    """
    table = _with_verdicts(table, config)
    figures: Figures = {
        "scans": len(table),
        "groups": int(table["cluster"].nunique()),
        **_all_figures(table, config),
    }
    for source, part in table.groupby("source"):
        figures[str(source)] = _all_figures(part, config)
    parts = {
        "by_class": {name: table[table["truth"] == name] for name in config.classes},
        "by_kind": dict(list(table[table["kind"] != ""].groupby("kind"))),
        "by_size": _by_size(table) if config.has_lesions else {},
    }
    for name, members in parts.items():
        told = {str(part): _part_figures(rows, config) for part, rows in members.items()}
        if name == "by_class":
            told = {part: {"auc": _auc(table, part)} | told[part] for part in told}
        figures[name] = {part: known for part in told if (known := _known(told[part]))}
    return {name: figure for name, figure in figures.items() if figure != {}}


def _with_verdicts(table: pd.DataFrame, config: TaskConfig) -> pd.DataFrame:
    probabilities = table[[f"p_{name}" for name in config.classes]].to_numpy()
    told = table["truth"] != ""
    labels = [config.classes.index(name or config.classes[0]) for name in table["truth"]]
    return table.assign(
        right=table["truth"] == table["answer"],
        winning=probabilities.max(axis=1),
        brier=pd.Series(brier_scores(probabilities, labels), table.index).where(told),
        cluster=table["source"] + " " + table["group"],
    )


def _all_figures(table: pd.DataFrame, config: TaskConfig) -> Figures:
    more = _lesion_figures(table) if config.has_lesions else _refusal_figures(table)
    return _known(_answer_figures(table, config) | more)


def _part_figures(table: pd.DataFrame, config: TaskConfig) -> Figures:
    figures = _all_figures(table, config)
    return {name: figures[name] for name in PART_FIGURES if name in figures}


def _by_size(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    share = table["lesion_pixels"].where(table["lesion_pixels"] > 0) / table["picture_pixels"]
    edges = [0.0, *LESION_SIZES.values()]
    sizes = pd.cut(share, edges, right=False, labels=list(LESION_SIZES))
    return dict(list(table.groupby(sizes, observed=True)))


def _answer_figures(table: pd.DataFrame, config: TaskConfig) -> Figures:
    table = table[table["truth"] != ""]
    target = config.classes[-1]
    positive = (table["truth"] == target).to_numpy()
    score = table[f"p_{target}"].to_numpy()
    found = table.assign(found=table["answer"] == target)
    return {
        "accuracy": _mean(table, "right"),
        "balanced_accuracy": _figure(
            table, lambda c: resampled.balanced_accuracy(table["truth"], table["answer"], c)
        ),
        "confident_share": _mean(table, "confident"),
        "confident_accuracy": _mean(table[table["confident"]], "right"),
        f"auc_{target}": _auc(table, target),
        f"sensitivity_{target}": _mean(found[positive], "found"),
        f"specificity_{target}": _mean(found.assign(found=~found["found"])[~positive], "found"),
        f"sensitivity_{target}_at_specificity_85": _figure(
            table,
            lambda c: resampled.sensitivity_at_specificity(positive, score, TARGET_SPECIFICITY, c),
        ),
        "expected_calibration_error": _figure(
            table,
            lambda c: resampled.expected_calibration_error(table["winning"], table["right"], c),
        ),
        "brier_score": _mean(table, "brier"),
    }


def _lesion_figures(table: pd.DataFrame) -> Figures:
    lesions = table[table["lesion_pixels"] > 0]
    healthy = table[table["lesion_pixels"] == 0]
    return {
        "dice": _mean(lesions, "dice"),
        "iou": _mean(lesions, "iou"),
        "smoothed_pixel_dice": _mean(lesions, "smoothed_pixel_dice"),
        "hausdorff_95": _mean(lesions, "hausdorff_95"),
        "missed_lesions": _mean(lesions.assign(missed=lesions["mask_pixels"] == 0), "missed"),
        "dice_per_patient": _mean(_one_row_a_patient(lesions, "mean"), "dice"),
        "pooled_dice_per_patient": _mean(_one_row_a_patient(table, "pooled"), "dice"),
        "false_masks": _mean(
            healthy.assign(false=healthy["mask_pixels"] > FALSE_MASK_PIXELS), "false"
        ),
    }


def _one_row_a_patient(table: pd.DataFrame, how: str) -> pd.DataFrame:
    """Give each patient one Dice: the mean of the scans', or that of all their pixels together."""
    patients = table.dropna(subset=["lesion_pixels"]).groupby("cluster")
    if how == "mean":
        return patients["dice"].mean().reset_index()
    pixels = patients[["overlap_pixels", "lesion_pixels", "mask_pixels"]].sum()
    pixels = pixels[pixels["lesion_pixels"] > 0]
    both = pixels["lesion_pixels"] + pixels["mask_pixels"]
    return (2 * pixels["overlap_pixels"] / both).rename("dice").reset_index()


def _refusal_figures(table: pd.DataFrame) -> Figures:
    table = table.assign(unsure=table["refused"] | ~table["confident"])
    is_other = table["truth"] == "other"
    return {
        "refused_other": _mean(table[is_other], "refused"),
        "refused_in_scope": _mean(table[~is_other], "refused"),
        "unsure_other": _mean(table[is_other], "unsure"),
        "unsure_in_scope": _mean(table[~is_other], "unsure"),
    }


def _auc(table: pd.DataFrame, name: str) -> Figures | None:
    table = table[table["truth"] != ""]
    positive, score = table["truth"] == name, table[f"p_{name}"]
    return _figure(table, lambda counts: resampled.roc_auc(positive, score, counts))


def _mean(table: pd.DataFrame, column: str) -> Figures | None:
    stated = table[table[column].notna()]
    values = stated[column].to_numpy(np.float64)
    return _figure(stated, lambda counts: resampled.mean(values, counts))


def _figure(table: pd.DataFrame, statistic: Statistic) -> Figures | None:
    """Take a statistic with its interval; None where it has nothing to stand on."""
    if table.empty or np.isnan(value := statistic(np.ones((1, len(table))))[0]):
        return None
    low, high = bootstrap_interval(statistic, table["cluster"].tolist())
    figure: Figures = {"value": round(float(value), 4)}
    if not np.isnan(low):
        figure |= {"low": round(low, 4), "high": round(high, 4)}
    return figure | {"n": len(table)}


def _known(figures: Figures) -> Figures:
    return {name: figure for name, figure in figures.items() if figure is not None}
