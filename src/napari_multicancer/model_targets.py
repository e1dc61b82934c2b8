"""What the default networks are meant to reach on scans never seen, and how far off they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_multicancer.core.registry import ModelCard
from napari_multicancer.model_figures import figure_text

SPLIT = "test"
MET, MET_BY_VALUE = "yes", "by the value"
NOTES = (
    "What the default networks are meant to reach, set beforehand, beside their figures on the",
    "test split. *By the value* means that the figure reaches the target, but its interval",
    "does not wholly. What was tried to come nearer, and what limits each figure, is told in",
    "[experiments.md](experiments.md).",
)


@dataclass(frozen=True)
class Target:
    """One figure of a task's default network, and what it is meant to be.

    Attributes
    ----------
    task : str
    what : str
        The figure in words.
    place : tuple of str
        Where a card's metrics of a split hold it.
    bound : float
    at_most : bool
        The figure should be no more than `bound`; no less unless told.
    """

    task: str
    what: str
    place: tuple[str, ...]
    bound: float
    at_most: bool = False

    @property
    def words(self) -> str:
        """The bound as it is written."""
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"

    def verdict(self, figure: Mapping[str, float]) -> str:
        """Say whether a figure reaches the bound, with its whole interval, or how far off it is."""
        far_end = figure.get("high" if self.at_most else "low", figure["value"])
        sign = 1 if self.at_most else -1
        if sign * (far_end - self.bound) <= 0:
            return MET
        if (gap := sign * (figure["value"] - self.bound)) <= 0:
            return MET_BY_VALUE
        return f"no, off by {gap:.3f}"


_CALIBRATION = ("expected calibration error", ("expected_calibration_error",), 0.05, True)
_SURE = ("confident answers that are right", ("confident_accuracy",), 0.95)
_SILENCE = ("false masks on scans without a lesion", ("false_masks",), 0.05, True)

TARGETS = (
    Target("brain", "mean Dice, Figshare", ("Figshare", "dice"), 0.80),
    Target(
        "brain",
        "Dice a patient, all planes together, LGG",
        ("LGG", "pooled_dice_per_patient"),
        0.84,
    ),
    Target("brain", "Dice a patient, mean of the planes, LGG", ("LGG", "dice_per_patient"), 0.84),
    Target("brain", "AUC, tumor", ("auc_tumor",), 0.985),
    Target("brain", *_SILENCE),
    Target("brain", *_CALIBRATION),
    Target("brain", *_SURE),
    Target("breast", "mean Dice, BUSI", ("BUSI", "dice"), 0.82),
    Target("breast", "mean Dice, BUS-BRA", ("BUS-BRA", "dice"), 0.92),
    Target("breast", "balanced accuracy, BUSI", ("BUSI", "balanced_accuracy"), 0.86),
    Target("breast", "AUC, malignant", ("auc_malignant",), 0.95),
    Target(
        "breast",
        "sensitivity at specificity ≥ 0.85, malignant",
        ("sensitivity_malignant_at_specificity_85",),
        0.90,
    ),
    Target("breast", *_SILENCE),
    Target("breast", *_CALIBRATION),
    Target("breast", *_SURE),
    Target("recognizer", "scans of neither organ refused", ("refused_other",), 0.95),
    Target("recognizer", "brain and breast scans refused", ("refused_in_scope",), 0.01, True),
    Target("recognizer", *_CALIBRATION),
)


def targets_lines(cards: Sequence[ModelCard]) -> Iterator[str]:
    """Compare the default networks' figures on the test split with their targets.

    Parameters
    ----------
    cards : sequence of ModelCard

    Yields
    ------
    str
        Lines of a Markdown section; none where no default network was evaluated.
    """
    rows = list(_rows({card.task: card for card in cards if card.is_default}))
    if not rows:
        return
    yield from ("## Targets", "", *NOTES, "")
    yield "| network | figure | target | test split | reached |"
    yield "|---|---|---|---|---|"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)
    yield ""


def _rows(defaults: Mapping[str, ModelCard]) -> Iterator[tuple[str, ...]]:
    for target in TARGETS:
        card = defaults.get(target.task)
        figure = _find_figure(card, target.place) if card else None
        if card and figure:
            verdict = target.verdict(figure)
            yield card.label, target.what, target.words, figure_text(figure), verdict


def _find_figure(card: ModelCard, place: Sequence[str]) -> Mapping[str, float] | None:
    """Look a figure up among a card's metrics of the test split; None where it has none."""
    found: Any = card.details.get("metrics", {}).get(SPLIT, {})
    for name in place:
        found = found.get(name, {})
    return found or None
