"""Figures of the shipped models on one split, taken through the same path that users take."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_multicancer.core.analysis import CLASSIFY, SEGMENT, analyze
from napari_multicancer.core.answer import Analysis
from napari_multicancer.core.metrics import (
    balanced_accuracy,
    bootstrap_interval,
    dice,
    iou,
    roc_auc,
)
from napari_multicancer.core.registry import ModelCard
from napari_multicancer.core.scan import Scan, guess_axes
from napari_multicancer.training.config import TASKS, TaskConfig
from napari_multicancer.training.datasets import read_manifest, read_mask, read_picture, select

FALSE_MASK_PIXELS = 50
Progress = Callable[[int, int], None]
Statistic = Callable[[pd.DataFrame], float]


def evaluate(
    cards: Sequence[ModelCard],
    data: Path,
    split: str,
    out: Path,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Evaluate models and write ``metrics.json`` and one ``NAME_cases.csv`` a model.

    Parameters
    ----------
    cards : sequence of ModelCard
    data : Path
        The training folder.
    split : {"train", "val", "test"}
        "test" is for final figures only.
    out : Path
    progress : callable, optional
        Called with (done, total) scans, over all models.

    Returns
    -------
    dict
        By model name: ``scans``, ``groups`` and the figures, each with
        ``value``, ``low`` and ``high`` (95 % bootstrap interval over groups)
        and ``n``, the number of scans it stands on.
    """
    manifest = read_manifest(data)
    chosen = {card.name: select(manifest, TASKS[card.task], split) for card in cards}
    total = sum(map(len, chosen.values()))
    out.mkdir(parents=True, exist_ok=True)
    metrics: dict[str, dict[str, Any]] = {}
    done = 0
    for card in cards:
        rows, cases = chosen[card.name], []
        for row in rows.to_dict("records"):
            cases.append(examine_case(card, data, row))
            done += 1
            if progress is not None:
                progress(done, total)
        table = pd.DataFrame(cases)
        table.to_csv(out / f"{card.name}_cases.csv", index=False)
        metrics[card.name] = summarize(table, TASKS[card.task], card.confident_threshold)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2))
    return metrics


def examine_case(card: ModelCard, data: Path, row: dict[str, str]) -> dict[str, Any]:
    """Analyse one picture of the manifest and compare it with its truth."""
    config = TASKS[card.task]
    pixels = read_picture(data / row["image"])
    scan = Scan(pixels, guess_axes(pixels.shape), name=Path(row["image"]).stem)
    models = {card.task: card.name}
    if config.has_lesions:
        answer = analyze(scan, organ=card.task, steps=(CLASSIFY, SEGMENT), models=models)
        prediction = answer.diagnosis
    else:
        answer = analyze(scan, steps=(), models=models)
        prediction = answer.organ
    assert prediction is not None
    case = {name: row[name] for name in ("image", "organ", "source", "group", "diagnosis")}
    case |= {"truth": row[config.label], "answer": prediction.label}
    case |= {f"p_{name}": p for name, p in prediction.probabilities.items()}
    if config.has_lesions:
        is_healthy = row["diagnosis"] == config.classes[0]
        case |= _compare_masks(answer, data, row["mask"], scan, is_healthy)
    return case | {"seconds": answer.seconds}


def _compare_masks(
    answer: Analysis, data: Path, mask: str, scan: Scan, is_healthy: bool
) -> dict[str, float]:
    predicted: NDArray[np.uint8] = answer.mask  # type: ignore[assignment]
    nothing = {"lesion_pixels": np.nan, "dice": np.nan, "iou": np.nan}
    figures = {"mask_pixels": float(np.count_nonzero(predicted))}
    if not mask and not is_healthy:
        return nothing | figures
    truth = read_mask(data / mask, predicted.shape) if mask else np.zeros_like(predicted)
    figures |= {"lesion_pixels": float(np.count_nonzero(truth))}
    return figures | {"dice": dice(truth, predicted), "iou": iou(truth, predicted)}


def summarize(table: pd.DataFrame, config: TaskConfig, threshold: float) -> dict[str, Any]:
    """Condense the table of cases to figures with intervals.

    Parameters
    ----------
    table : DataFrame
        One row a scan, as `examine_case` gives it.
    config : TaskConfig
    threshold : float
        From which winning probability on an answer counts as confident.
    """
    table = table.assign(
        right=table["truth"] == table["answer"],
        winning=table[[f"p_{name}" for name in config.classes]].max(axis=1),
        cluster=table["source"] + " " + table["group"],
    )
    confident = table[table["winning"] >= threshold]
    figures: dict[str, Any] = {
        "scans": len(table),
        "groups": int(table["cluster"].nunique()),
        "accuracy": _figure(table, _mean("right")),
        "balanced_accuracy": _figure(table, _balanced_accuracy),
        "confident_share": _figure(table, lambda t: float((t["winning"] >= threshold).mean())),
        "confident_accuracy": _figure(confident, _mean("right")),
    }
    if config.has_lesions:
        figures |= _lesion_figures(table, config)
        for source, part in table.groupby("source"):
            figures[str(source)] = _known(
                _lesion_figures(part, config)
                | {"balanced_accuracy": _figure(part, _balanced_accuracy)}
            )
    else:
        figures |= _refusal_figures(table, threshold)
    return _known(figures)


def _lesion_figures(table: pd.DataFrame, config: TaskConfig) -> dict[str, Any]:
    disease = config.classes[-1]
    lesions = table[table["lesion_pixels"] > 0]
    healthy = table[table["lesion_pixels"] == 0]

    def auc(part: pd.DataFrame) -> float:
        return roc_auc(part["truth"] == disease, part[f"p_{disease}"])

    def false_masks(part: pd.DataFrame) -> float:
        return float((part["mask_pixels"] > FALSE_MASK_PIXELS).mean())

    return {
        "dice": _figure(lesions, _mean("dice")),
        "iou": _figure(lesions, _mean("iou")),
        f"auc_{disease}": _figure(table, auc),
        "false_masks": _figure(healthy, false_masks),
    }


def _known(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure for name, figure in figures.items() if figure is not None}


def _refusal_figures(table: pd.DataFrame, threshold: float) -> dict[str, Any]:
    refused = (table["answer"] == "other") | (table["winning"] < threshold)
    table = table.assign(refused=refused)
    is_other = table["truth"] == "other"
    return {
        "refused_other": _figure(table[is_other], _mean("refused")),
        "refused_in_scope": _figure(table[~is_other], _mean("refused")),
    }


def _mean(column: str) -> Statistic:
    return lambda table: float(table[column].mean())


def _balanced_accuracy(table: pd.DataFrame) -> float:
    return balanced_accuracy(table["truth"], table["answer"])


def _figure(table: pd.DataFrame, statistic: Statistic) -> dict[str, float] | None:
    """Take a statistic with its interval; None where it has nothing to stand on."""
    if table.empty or np.isnan(value := statistic(table)):
        return None
    low, high = bootstrap_interval(
        lambda rows: statistic(table.iloc[rows]), table["cluster"].tolist()
    )
    return {
        "value": round(value, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "n": len(table),
    }
