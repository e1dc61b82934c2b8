"""What the figures of the model cards are called, mean and look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from napari_multicancer.core.models.cards import ModelCard

TARGETS = {
    "tumor": "tumor against no tumor",
    "malignant": "malignant against the rest",
    "other": "neither organ against brain and breast",
}
EXPLANATIONS = {
    "accuracy": "share of scans whose most probable class is the true one",
    "balanced_accuracy": "the same, averaged over the classes",
    "confident_share": "share of scans with a confident answer",
    "confident_accuracy": "share of the confident answers that are right",
    **{f"auc_{name}": f"area under the ROC curve, {what}" for name, what in TARGETS.items()},
    **{f"sensitivity_{name}": f"sensitivity, {what}" for name, what in TARGETS.items()},
    **{f"specificity_{name}": f"specificity, {what}" for name, what in TARGETS.items()},
    **{
        f"sensitivity_{name}_at_specificity_85": (
            f"highest sensitivity on the ROC curve at specificity >= 0.85, {what}"
        )
        for name, what in TARGETS.items()
    },
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
    "refused_other": "share of scans of neither organ that are refused: they get no answer",
    "refused_in_scope": "share of brain and breast scans that are refused",
    "unsure_other": "share of scans of neither organ that are refused or called unfamiliar",
    "unsure_in_scope": "share of brain and breast scans that are refused or called unfamiliar",
}
"""Every figure over all scans of a split, in the order in which reports list them."""

AUC = tuple(f"auc_{name}" for name in TARGETS)
SIDE_BY_SIDE = {
    "Dice": ("dice",),
    "smoothed pixel Dice": ("smoothed_pixel_dice",),
    "HD95": ("hausdorff_95",),
    "AUC": AUC,
    "balanced accuracy": ("balanced_accuracy",),
    "ECE": ("expected_calibration_error",),
    "false masks": ("false_masks",),
}
"""The main figures: a heading, and the figures of which each task has one at most."""

PARTS = {
    "accuracy": "right",
    "balanced_accuracy": "mean right",
    "auc": "AUC",
    **dict.fromkeys(AUC, "AUC"),
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


def best_known_split(card: ModelCard) -> tuple[str, Mapping[str, Any]] | None:
    """Find the figures to judge a model by: those on test, else on validation, else none."""
    metrics = card.details.get("metrics", {})
    for split in ("test", "val"):
        if split in metrics:
            return split, metrics[split]
    return None


def main_figure(metrics: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, float] | None:
    """Find the one figure of `names` that a network has."""
    return next((metrics[name] for name in names if name in metrics), None)


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
    for name, explanation in EXPLANATIONS.items():
        if name in metrics:
            yield explanation, metrics[name]


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
    told = {name for figures in members for name in figures}
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
