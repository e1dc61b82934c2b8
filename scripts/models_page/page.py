"""The model cards as a page to read: Markdown, all figures taken from the cards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import (
    best_known_split,
    figure_text,
    interval_text,
    main_figure,
    megabytes,
    overall,
    part_columns,
    part_scans,
    parts,
    side_by_side,
)
from napari_multicancer.core.models.left_out import COLUMNS, left_out_rows
from napari_multicancer.core.models.record import INTERACTIVE, RECOGNIZER
from napari_multicancer.core.planes.known import CONTRASTS, GREY
from scripts.models_page.targets import TARGETS, compare, limits

FOLDER = Path(__file__).parent
YARDSTICKS = FOLDER.parents[1] / "docs" / "yardsticks"
SPLITS = {"test": "Test scans, never trained on", "val": "Validation scans"}
COLOR_RULES = {
    GREY: "none; pictures are made grey, colored marks painted over",
    CONTRASTS: "where a picture is three contrasts in one; all others are made grey",
}
RULES = {
    "confident_threshold": "an answer counts from a probability of {}",
    "unfamiliar_distance": "a scan is unfamiliar beyond a distance of {}",
    "mask_threshold": "a pixel belongs to the lesion from {}",
    "no_lesion_threshold": "the mask stays empty where {healthy} reaches {}",
    "smallest_lesion": "regions under {} px at network size are dropped",
}
"""What a card's rules are called, with their values."""
LESION_RULES = ("mask_threshold", "no_lesion_threshold", "smallest_lesion")


def models_page(cards: Sequence[ModelCard]) -> str:
    """Describe models in Markdown: what each is for, its data, rules, figures and limits.

    Parameters
    ----------
    cards : sequence of ModelCard

    Returns
    -------
    str
        Ends with a line break.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"figure": figure_text, "interval": interval_text}
    environment.globals |= {
        "main_figure": main_figure,
        "overall": overall,
        "parts": parts,
        "part_columns": part_columns,
        "part_scans": part_scans,
        "megabytes": megabytes,
        "left_out_rows": left_out_rows,
        "left_out_columns": list(COLUMNS),
        "color_rules": COLOR_RULES,
    }
    page = environment.get_template("models.md.j2").render(
        cards=cards,
        tasks=_by_task(cards),
        found=compare(cards, TARGETS),
        limits=limits(compare(cards, TARGETS)),
        splits=SPLITS,
        rules=rules,
        research_use=RESEARCH_USE,
    )
    return page.rstrip() + "\n"


def _by_task(cards: Sequence[ModelCard]) -> dict[str, list[dict[str, str]]]:
    """Compare the networks that answer about whole scans, task by task; recognizers come first."""
    answering = {card.task for card in cards if card.role != INTERACTIVE}
    tasks = sorted(answering, key=lambda task: (task != RECOGNIZER, task))
    return {
        task: [
            side_by_side(card, *(best_known_split(card) or ("", {})))
            for card in cards
            if card.task == task
        ]
        for task in tasks
    }


def rules(card: ModelCard) -> str:
    """Tell the rules of a card that were chosen on validation scans."""
    told = [] if card.role == INTERACTIVE else [f"temperature {card.temperature}"]
    for name, words in RULES.items():
        value = getattr(card, name)
        is_idle = value == float("inf") or (name == "no_lesion_threshold" and value > 1)
        if not is_idle and _applies(name, card):
            healthy = card.healthy.replace("_", " ")
            told.append(words.format(value, healthy=f'"{healthy}"'))
    return "; ".join(told)


def _applies(name: str, card: ModelCard) -> bool:
    if card.role == INTERACTIVE:
        return name == "mask_threshold"
    return bool(card.organ) or name not in LESION_RULES
