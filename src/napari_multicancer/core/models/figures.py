"""What the figures of the model cards are called, mean and look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from napari_multicancer.core.models.cards import ModelCard

EXPLANATIONS = {
    "accuracy": "share of scans whose most probable class is the true one",
    "balanced_accuracy": "the same, averaged over the classes",
    "confident_share": "share of scans with a confident answer",
    "confident_accuracy": "share of the confident answers that are right",
    "auc_*": "area under the ROC curve, {} against the rest",
    "sensitivity_*_at_specificity_85": (
        "highest sensitivity on the ROC curve at specificity >= 0.85, {} against the rest"
    ),
    "sensitivity_*": "sensitivity, {} against the rest",
    "specificity_*": "specificity, {} against the rest",
    "expected_calibration_error": (
        "expected calibration error (ECE): gap between the winning probability and the share "
        "of right answers, over 15 bins (Guo et al. 2017)"
    ),
    "brier_score": "Brier score, summed over the classes: 0 is perfect, 2 the worst",
    "dice": "mean Dice over scans with a lesion",
    "iou": "mean intersection over union over scans with a lesion",
    "smoothed_pixel_dice": (
        "smoothed pixel Dice, for comparison with published figures only: "
        "agreement on background counts"
    ),
    "hausdorff_95": (
        "mean Hausdorff distance (95th percentile, HD95) in pixels of the scan; "
        "missed lesions have none and are left out"
    ),
    "missed_lesions": "share of scans with a lesion whose mask is empty",
    "dice_per_patient": (
        "mean over patients of the mean Dice of their scans with a lesion (scans: patients)"
    ),
    "pooled_dice_per_patient": (
        "mean over patients of the Dice of all pixels of all their scans together, as of one "
        "volume (scans: patients)"
    ),
    "false_masks": "share of scans without a lesion whose mask exceeds 50 px",
    "refused_other": "share of scans of no organ that are refused: they get no answer",
    "refused_in_scope": "share of scans of the organs that are refused",
    "unsure_other": "share of scans of no organ that are refused or called unfamiliar",
    "unsure_in_scope": "share of scans of the organs that are refused or called unfamiliar",
    "dice_from_automatic_after_*": "mean Dice after {} clicks, begun with the automatic outline",
    "dice_from_nothing_after_*": "mean Dice after {} clicks, begun with nothing",
    "collateral_after_*": (
        "pixels farther than 25 px from every click that turned from right to wrong, as a share "
        "of the lesion's, after {} clicks"
    ),
}
"""Every figure over all scans of a split, in the order in which reports list them.

A star stands for the class that is told from the rest.
"""

SIDE_BY_SIDE = {
    "Dice": "dice",
    "smoothed pixel Dice": "smoothed_pixel_dice",
    "HD95": "hausdorff_95",
    "AUC": "auc_*",
    "balanced accuracy": "balanced_accuracy",
    "ECE": "expected_calibration_error",
    "false masks": "false_masks",
}
"""The main figures: a heading, and the figure, of which each task has one at most."""

PARTS = {
    "accuracy": "right",
    "balanced_accuracy": "mean right",
    "auc": "AUC",
    "auc_*": "AUC",
    "dice": "Dice",
    "dice_per_patient": "Dice a patient",
    "pooled_dice_per_patient": "pooled Dice",
    "hausdorff_95": "HD95",
    "missed_lesions": "missed",
    "false_masks": "false masks",
    "refused_other": "refused",
    "refused_in_scope": "refused",
    "unsure_other": "refused or unfamiliar",
    "unsure_in_scope": "refused or unfamiliar",
}
"""The figures told of a source, class, kind or size, and their headings."""

PART_NAMES = {"by_class": "class {}", "by_kind": "{}", "by_size": "lesion {}"}
"""How the parts of each sort are called; a source goes by its name."""

UNKNOWN = "–"


SHORT_SPLITS = {"test": "test", "val": "validation", "train": "training"}


def best_known_split(card: ModelCard) -> tuple[str, Mapping[str, Any]] | None:
    """Find the figures to judge a model by: those on test, else on validation, else none."""
    for split in ("test", "val"):
        if split in card.metrics:
            return split, card.metrics[split]
    return None


def explanation(name: str) -> str:
    """Say what a figure means; empty for a name that is no figure's."""
    pattern = _pattern_of(name, EXPLANATIONS)
    if pattern is None:
        return ""
    before, star, after = pattern.partition("*")
    about = name.removeprefix(before).removesuffix(after) if star else ""
    return EXPLANATIONS[pattern].format(about.replace("_", " "))


def _pattern_of(name: str, patterns: Iterable[str]) -> str | None:
    return next((pattern for pattern in patterns if _fits(name, pattern)), None)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or ("*" in pattern and fnmatchcase(name, pattern))


def main_figure(metrics: Mapping[str, Any], *patterns: str) -> Mapping[str, float] | None:
    """Find the one figure of those named that a network has; "*" stands for any class."""
    found = (name for name in metrics if _pattern_of(name, patterns))
    return next((metrics[name] for name in found), None)


def side_by_side(card: ModelCard, split: str, metrics: Mapping[str, Any]) -> dict[str, str]:
    """Write a network's main figures, to be compared with others'.

    Parameters
    ----------
    card : ModelCard
    split : str
        That it was evaluated on; "" for none.
    metrics : mapping
        Its figures there.

    Returns
    -------
    dict of str to str
        Heading to cell, a dash for what is not known.
    """
    figures = {name: figure_text(main_figure(metrics, key)) for name, key in SIDE_BY_SIDE.items()}
    time = f"{metrics['milliseconds']:.0f}" if "milliseconds" in metrics else UNKNOWN
    return {
        "network": card.label + _standing(card),
        "split": SHORT_SPLITS.get(split, UNKNOWN),
        "scans": str(metrics.get("scans", UNKNOWN)),
        **figures,
        "ms a plane": time,
        "MB": megabytes(card, metrics),
    }


def _standing(card: ModelCard) -> str:
    if card.is_default:
        return " (default)"
    return "" if card.ships else " (not in the package)"


def megabytes(card: ModelCard, metrics: Mapping[str, Any]) -> str:
    """Write how large the model file is, as measured or as its card says."""
    if "megabytes" in metrics:
        return f"{metrics['megabytes']:.1f}"
    return UNKNOWN if card.n_bytes is None else f"{card.n_bytes / 1e6:.1f}"


def figure_text(figure: Mapping[str, float] | None) -> str:
    """Write a figure with its interval, such as "0.856 (0.827-0.881)"; a dash for none."""
    if figure is None:
        return UNKNOWN
    bounds = interval_text(figure, "-")
    value = _number(figure["value"])
    return value if bounds == UNKNOWN else f"{value} ({bounds})"


def interval_text(figure: Mapping[str, float], between: str = " to ") -> str:
    """Write the 95 % interval of a figure; a dash where too few groups have it."""
    if "low" not in figure:
        return UNKNOWN
    return _number(figure["low"]) + between + _number(figure["high"])


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) <= 2 else f"{value:.1f}"


def overall(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Go through the figures over all scans: explanation and figure."""
    for pattern in EXPLANATIONS:
        for name, figure in metrics.items():
            if _pattern_of(name, EXPLANATIONS) == pattern:
                yield explanation(name), figure


def parts(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Go through sources, classes, kinds and lesion sizes: name and figures."""
    for name, entry in metrics.items():
        if not isinstance(entry, Mapping) or "value" in entry:
            continue
        if name in PART_NAMES:
            for part, figures in entry.items():
                yield PART_NAMES[name].format(part), figures
        else:
            yield name, entry


def part_columns(members: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Choose the columns of a table of parts: heading, and the figures that stand under it."""
    told = {_pattern_of(name, PARTS) for figures in members for name in figures}
    columns: dict[str, tuple[str, ...]] = {}
    for name, heading in PARTS.items():
        if name in told:
            columns[heading] = (*columns.get(heading, ()), name)
    return columns


def part_scans(figures: Mapping[str, Any]) -> int:
    """Number of scans of a part: all that were answered, where the figures say so."""
    if "accuracy" in figures:
        return int(figures["accuracy"]["n"])
    return max(int(figure["n"]) for figure in figures.values())
