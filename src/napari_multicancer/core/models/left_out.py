"""What carries over to a hospital that no training saw, as the model cards tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import mean
from typing import Any

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import UNKNOWN, figure_text, main_figure

COLUMNS = {
    "Dice": ("dice",),
    "false masks": ("false_masks",),
    "mean right": ("balanced_accuracy",),
    "AUC": ("auc_*",),
    "sure": ("confident_share",),
    "sure answers right": ("confident_accuracy",),
    "refused": ("refused_in_scope", "refused_other"),
}
"""A heading, and the figures that may stand under it."""
SIDES = ("without", "with")

Entries = Sequence[Mapping[str, Any]]


def left_out_rows(entries: Entries) -> Iterator[list[str]]:
    """Lay out entries: two rows a source, the run that never saw it and the network beside it.

    Where the network itself never saw a source, there is no run, and one row. Of several
    sources the last row has the means, of networks that never saw them.

    Parameters
    ----------
    entries : sequence of mapping
        As `score_left_out` and `score_never_seen` of `training.evaluate.left_out` give them.

    Yields
    ------
    list of str
        Source, who was asked, scans, and one cell for each of `COLUMNS`.
    """
    for entry in entries:
        for side in (side for side in SIDES if side in entry):
            figures = entry[side]
            cells = [figure_text(main_figure(figures, *names)) for names in COLUMNS.values()]
            yield [entry["source"], _asked(entry, side), str(figures["scans"]), *cells]
    if len(entries) > 1:
        unseen = [entry["without"] for entry in entries]
        scans = sum(figures["scans"] for figures in unseen)
        means = [_mean_text(unseen, names) for names in COLUMNS.values()]
        yield ["mean over sources", "those that never saw them", str(scans), *means]


def _mean_text(unseen: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Write a figure's mean over sources, such as "0.762 of 5"; a dash where one at most has it."""
    found = (main_figure(figures, *names) for figures in unseen)
    values = [figure["value"] for figure in found if figure is not None]
    return f"{mean(values):.3f} of {len(values)}" if len(values) > 1 else UNKNOWN


def _asked(entry: Mapping[str, Any], side: str) -> str:
    if "run" not in entry:
        return "this network, which never saw it"
    if side == "without":
        return f"run {entry['run']}, never saw it ({entry['size']} px, {entry['steps']} steps)"
    return "this network, " + ("which knows it" if entry["knows"] else "which never saw it either")


def nothing_left_out(card: ModelCard) -> str:
    """Say that a network has no such table."""
    return (
        f"{card.label}: it knows every source, and no run of its recipe left one out, "
        "so this is not known."
    )


def source_score(figures: Mapping[str, Any]) -> float:
    """Mean of what a source can tell: Dice, no false masks, balanced accuracy."""
    told = [figures[name]["value"] for name in ("dice", "balanced_accuracy") if name in figures]
    if "false_masks" in figures:
        told.append(1 - figures["false_masks"]["value"])
    return float(sum(told) / len(told))
