"""What carries over to a hospital that no training saw, as the model cards tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from napari_multicancer.core.registry import ModelCard
from napari_multicancer.model_figures import AUC, figure_text, main_figure

ENTRY = "left_out"
COLUMNS = {
    "Dice": ("dice",),
    "false masks": ("false_masks",),
    "mean right": ("balanced_accuracy",),
    "AUC": AUC,
    "sure": ("confident_share",),
    "sure answers right": ("confident_accuracy",),
    "refused": ("refused_in_scope", "refused_other"),
}
"""A heading, and the figures that may stand under it."""
SIDES = ("without", "with")

Entries = Sequence[Mapping[str, Any]]


def left_out_entries(card: ModelCard) -> Entries:
    """Entries of a card's table of left-out sources; none where it was not taken."""
    return list(card.details.get(ENTRY, []))


def left_out_rows(entries: Entries) -> Iterator[list[str]]:
    """Lay out entries: two rows a source, the run that never saw it and the network beside it.

    Parameters
    ----------
    entries : sequence of mapping
        As `training.left_out.score_left_out` gives them.

    Yields
    ------
    list of str
        Source, who was asked, scans, and one cell for each of `COLUMNS`.
    """
    for entry in entries:
        for side in SIDES:
            figures = entry[side]
            cells = [figure_text(main_figure(figures, names)) for names in COLUMNS.values()]
            yield [entry["source"], _asked(entry, side), str(figures["scans"]), *cells]


def _asked(entry: Mapping[str, Any], side: str) -> str:
    if side == "without":
        return f"run {entry['run']}, never saw it ({entry['size']} px, {entry['steps']} steps)"
    return "this network, " + ("which knows it" if entry["knows"] else "which never saw it either")


def left_out_lines(card: ModelCard) -> Iterator[str]:
    """Write the table in Markdown; nothing where the card has none."""
    entries = left_out_entries(card)
    if not entries:
        return
    yield "On sources that training did not see (validation scans; a run by the same recipe, "
    yield "trained without the source, beside this network; printed by "
    yield "`napari-multicancer evaluate --left-out`):"
    yield ""
    headings = ["source", "asked", "scans", *COLUMNS]
    yield f"| {' | '.join(headings)} |"
    yield "|---" * len(headings) + "|"
    for row in left_out_rows(entries):
        yield f"| {' | '.join(row)} |"
    yield ""


def nothing_left_out(card: ModelCard) -> str:
    """Say that a network has no such table."""
    return f"{card.label}: no run of its recipe left a source out, so this is not known."


def source_score(figures: Mapping[str, Any]) -> float:
    """Mean of what a source can tell: Dice, no false masks, balanced accuracy."""
    told = [figures[name]["value"] for name in ("dice", "balanced_accuracy") if name in figures]
    if "false_masks" in figures:
        told.append(1 - figures["false_masks"]["value"])
    return sum(told) / len(told)
