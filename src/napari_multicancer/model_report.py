"""The model cards as a page to read: Markdown, all figures taken from the cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from napari_multicancer.core.notice import RESEARCH_USE
from napari_multicancer.core.registry import ModelCard

SPLITS = {"test": "Test scans, never used before", "val": "Validation scans"}
EXPLANATIONS = {
    "accuracy": "share of scans whose most probable class is the true one",
    "balanced_accuracy": "the same, averaged over the classes",
    "confident_share": "share of scans with a confident answer",
    "confident_accuracy": "share of the confident answers that are right",
    "dice": "mean Dice over scans with a lesion",
    "iou": "mean intersection over union over scans with a lesion",
    "auc_tumor": "area under the ROC curve, tumor against no tumor",
    "auc_malignant": "area under the ROC curve, malignant against the rest",
    "false_masks": "share of scans without a lesion whose mask exceeds 50 px",
    "refused_other": "share of scans of neither organ that are refused",
    "refused_in_scope": "share of brain and breast scans that are refused",
}


def markdown_report(cards: Sequence[ModelCard]) -> str:
    """Describe models in Markdown: what each is for, its data, rules, figures and limits.

    Parameters
    ----------
    cards : sequence of ModelCard

    Returns
    -------
    str
        Ends with a line break.
    """
    lines = [
        "# The models",
        "",
        "Printed by `napari-multicancer models --markdown` from the model cards, into which",
        "`napari-multicancer evaluate --write-cards` writes the figures. Intervals are 95 %",
        "bootstrap intervals over patients, or over groups of near-duplicates where no patient",
        f"is known. {RESEARCH_USE}",
        "",
    ]
    for card in cards:
        lines += _card_lines(card)
    return "\n".join(lines).rstrip() + "\n"


def _card_lines(card: ModelCard) -> Iterator[str]:
    details = card.details
    yield f"## {card.label}"
    yield ""
    yield details["intended_use"]
    yield ""
    yield f"- Network: {details['architecture']}; {details['parameters']:,} parameters."
    yield f"- File: `{details['file']}`, {details['bytes'] / 1e6:.1f} MB, float16."
    yield f"- Input: {card.input_size} x {card.input_size}; {details['intensity']}."
    yield f"- Stacks: {details['stack_rule']}."
    yield f"- Licence of the weights: {details['licence']}."
    yield f"- Rules chosen on validation: {_rules(card)}."
    yield f"- Against the Keras original, on {details['parity']['scans']} scans: {_parity(card)}."
    yield ""
    yield "| trained on | licence | training scans | validation scans |"
    yield "|---|---|---|---|"
    for entry in details["training"]["data"]:
        yield f"| {entry['source']} | {entry['licence']} | {entry['train']} | {entry['val']} |"
    yield ""
    for split, title in SPLITS.items():
        if split in details.get("metrics", {}):
            yield from _metrics_lines(title, details["metrics"][split])
    yield "Known limits:"
    yield ""
    for limit in details["known_limits"]:
        yield f"- {limit}"
    yield ""


def _rules(card: ModelCard) -> str:
    names = {
        "confident": "an answer counts from a probability of {}",
        "mask": "a pixel belongs to the lesion from {}",
        "no_lesion": "the mask stays empty where the first class reaches {}",
        "smallest_lesion": "regions under {} px at network size are dropped",
    }
    rules = [
        names[name].format(value)
        for name, value in card.details["thresholds"].items()
        if not (name == "no_lesion" and value > 1)
    ]
    return "; ".join([f"temperature {card.temperature}", *rules])


def _parity(card: ModelCard) -> str:
    parity = card.details["parity"]
    gap = f"probabilities differ by at most {parity['largest_probability_gap']:.4f}"
    if "mask" not in card.details["thresholds"]:
        return gap
    return f"{gap}, masks agree in {parity['mask_agreement']:.3%} of the pixels"


def _metrics_lines(title: str, metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"{title}: {metrics['scans']} scans of {metrics['groups']} patients or groups."
    yield ""
    yield "| figure | value | 95 % interval | scans |"
    yield "|---|---|---|---|"
    for name, figure in metrics.items():
        if not isinstance(figure, Mapping):
            continue
        if "value" in figure:
            yield _row(EXPLANATIONS[name], figure)
        else:
            for part, entry in figure.items():
                yield _row(f"{name}: {EXPLANATIONS[part]}", entry)
    yield ""


def _row(what: str, figure: Mapping[str, float]) -> str:
    interval = f"{figure['low']:.3f} to {figure['high']:.3f}"
    return f"| {what} | {figure['value']:.3f} | {interval} | {figure['n']} |"
