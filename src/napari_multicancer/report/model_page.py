"""The model cards as a page to read: Markdown, all figures taken from the cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from napari_multicancer.core.models.cards import TASKS, ModelCard
from napari_multicancer.core.models.figures import (
    SIDE_BY_SIDE,
    UNKNOWN,
    best_known_split,
    figure_text,
    interval_text,
    main_figure,
    overall,
    part_columns,
    part_scans,
    parts,
)
from napari_multicancer.core.notice import RESEARCH_USE
from napari_multicancer.core.planes.color import CONTRASTS, GREY
from napari_multicancer.report.model_left_out import left_out_lines
from napari_multicancer.report.model_targets import targets_lines

SPLITS = {"test": "Test scans, never trained on", "val": "Validation scans"}
SIDE_BY_SIDE_NOTES = (
    "Networks may be compared where they stand on the same split and number of scans. Dice and",
    "the Hausdorff distance (HD95: 95th percentile of the symmetric surface distances, in pixels",
    "of the scan, missed lesions left out) are means over the scans with an outlined lesion; AUC",
    "is that of the last class (tumor, malignant, neither organ) against the rest; ECE is the",
    "expected calibration error; false masks are the share of scans without a lesion whose mask",
    "exceeds 50 px; the milliseconds are the median of a whole analysis of one plane, on the",
    "machine that evaluated. *Smoothed pixel Dice* measures no overlap: it is taken pixel by",
    "pixel with smoothing, so that background on which both agree counts, and can say 0.96 where",
    "the Dice is 0.71. It stands here because published figures have been taken so.",
)
PART_NOTES = (
    "Below, each network has its rules, its data, all its figures, and then the main ones part by",
    "part: by source, by class, by kind of scan where the source tells one, and by the share of",
    "the picture that the lesion fills. There *right* is accuracy, *mean right* its mean over the",
    "classes, and AUC under a class that of the class against the others; *Dice a patient* and",
    "*pooled Dice* are means over patients, of their scans' mean Dice and of the Dice of all their",
    "pixels together; *missed* lesions have an empty mask.",
)
COLOR_RULES = {
    GREY: "none; pictures are made grey, colored marks painted over",
    CONTRASTS: "where a picture is three contrasts in one; all others are made grey",
}
SHORT_SPLITS = {"test": "test", "val": "validation", "train": "training"}


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
        "`napari-multicancer evaluate --write-cards` writes the figures; `--cards docs/yardsticks`",
        "adds those of networks that do not ship. Intervals are 95 % bootstrap intervals over",
        f"patients, or over groups of near-duplicates where no patient is known. {RESEARCH_USE}",
        "",
        "## Side by side",
        "",
        *SIDE_BY_SIDE_NOTES,
        "",
    ]
    for task in TASKS:
        lines += _task_lines(task, [card for card in cards if card.task == task])
    lines += [*targets_lines(cards), *PART_NOTES, ""]
    for card in cards:
        lines += _card_lines(card)
    return "\n".join(lines).rstrip() + "\n"


def _task_lines(task: str, cards: Sequence[ModelCard]) -> Iterator[str]:
    if not cards:
        return
    yield f"### {task}"
    yield ""
    yield from side_by_side([(card, *(best_known_split(card) or ("", {}))) for card in cards])
    yield ""


def side_by_side(entries: Sequence[tuple[ModelCard, str, Mapping[str, Any]]]) -> Iterator[str]:
    """Compare networks: one Markdown row each, a dash for what is not known.

    Parameters
    ----------
    entries : sequence of (ModelCard, str, mapping)
        A network, the split it was evaluated on ("" for none) and its figures.

    Yields
    ------
    str
        Lines of a Markdown table.
    """
    headings = ["network", "split", "scans", *SIDE_BY_SIDE, "ms a plane", "MB"]
    yield f"| {' | '.join(headings)} |"
    yield "|---" * len(headings) + "|"
    for card, split, metrics in entries:
        cells = [
            card.label + _standing(card),
            SHORT_SPLITS.get(split, UNKNOWN),
            str(metrics.get("scans", UNKNOWN)),
            *(figure_text(main_figure(metrics, names)) for names in SIDE_BY_SIDE.values()),
            f"{metrics['milliseconds']:.0f}" if "milliseconds" in metrics else UNKNOWN,
            _megabytes(card, metrics),
        ]
        yield f"| {' | '.join(cells)} |"


def _standing(card: ModelCard) -> str:
    if card.is_default:
        return " (default)"
    return "" if card.ships else " (not in the package)"


def _megabytes(card: ModelCard, metrics: Mapping[str, Any]) -> str:
    if "megabytes" in metrics:
        return f"{metrics['megabytes']:.1f}"
    return f"{card.details['bytes'] / 1e6:.1f}" if "bytes" in card.details else UNKNOWN


def _card_lines(card: ModelCard) -> Iterator[str]:
    details = card.details
    yield f"## {card.label}"
    yield ""
    yield details["intended_use"]
    yield ""
    yield from left_out_lines(card)
    yield f"- Network: {details['architecture']}; {details['parameters']:,} parameters."
    where = "" if card.ships else ", not in the package, which must stay small"
    size = f"{_megabytes(card, {})} MB, {details['quantization']}"
    yield f"- File: `{details['file']}`, {size}{where}."
    yield f"- Input: {card.input_size} x {card.input_size}; {details['intensity']}."
    if card.color:
        yield f"- Color: {COLOR_RULES[card.color]}."
    if card.preprocessing:
        yield f"- Before the network: {', '.join(card.preprocessing)}."
    if card.refinement:
        yield f"- After the network: {card.refinement}."
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
    if card.reliability_diagram.exists():
        name = card.reliability_diagram.name
        yield f"![How far the probabilities of {card.name} can be believed](../weights/{name})"
        yield ""
    yield "Known limits:"
    yield ""
    for limit in details["known_limits"]:
        yield f"- {limit}"
    yield ""


def _rules(card: ModelCard) -> str:
    names = {
        "confident": "an answer counts from a probability of {}",
        "unfamiliar_distance": "a scan is unfamiliar beyond a distance of {}",
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
    for explanation, figure in overall(metrics):
        value = figure_text({"value": figure["value"]})
        yield f"| {explanation} | {value} | {interval_text(figure)} | {figure['n']} |"
    yield ""
    yield from _parts_lines(list(parts(metrics)))


def _parts_lines(members: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    columns = part_columns(figures for _, figures in members)
    if not columns:
        return
    yield f"| part | scans | {' | '.join(columns)} |"
    yield "|---" * (2 + len(columns)) + "|"
    for part, figures in members:
        cells = [figure_text(main_figure(figures, names)) for names in columns.values()]
        yield f"| {part} | {part_scans(figures)} | {' | '.join(cells)} |"
    yield ""
