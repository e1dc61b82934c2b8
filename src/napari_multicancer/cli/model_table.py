"""The models as a table for people to read in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import figure_text, main_figure

HEADLINES = {
    "balanced_accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "auc_*": "AUC",
    "dice": "Dice of lesions",
    "hausdorff_95": "HD95 in px",
    "expected_calibration_error": "calibration error",
    "false_masks": "false masks",
}
"""Which figures of a card are shown, and what they are called."""


def model_table(cards: Sequence[ModelCard]) -> Table:
    """Lay out model cards, one a row, with their figures on the test split.

    Parameters
    ----------
    cards : sequence of ModelCard

    Returns
    -------
    Table
    """
    table = Table(
        caption=f"Test split; in brackets 95 % intervals. {RESEARCH_USE}",
        show_lines=True,
    )
    for heading in ("model", "task", "size", "figures on scans never seen", "licence"):
        table.add_column(heading, overflow="fold")
    for card in cards:
        table.add_row(
            f"{card.label}{' (default)' if card.is_default else ''}",
            card.task,
            _size(card),
            "\n".join(_figures(card)) or "not evaluated",
            card.licence or "not stated",
        )
    return table


def _size(card: ModelCard) -> str:
    lines = [f"{card.input_size} x {card.input_size} px"]
    if card.path.is_file():
        lines.append(f"{card.path.stat().st_size / 1e6:.1f} MB")
    if card.parameters is not None:
        lines.append(f"{card.parameters / 1e6:.1f} M parameters")
    return "\n".join(lines)


def _figures(card: ModelCard) -> list[str]:
    metrics = card.metrics.get("test", {})
    found = {name: main_figure(metrics, key) for key, name in HEADLINES.items()}
    return [f"{name} {figure_text(figure)}" for name, figure in found.items() if figure]
