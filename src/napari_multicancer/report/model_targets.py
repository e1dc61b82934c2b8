"""What the default networks are meant to reach on scans never seen, and how far off they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import figure_text

SPLIT = "test"
MET, MET_BY_VALUE = "yes", "by the value"
NOTES = (
    "What the default networks are meant to reach, set beforehand, beside their figures on the",
    "test split. *By the value* means that the figure reaches the target, but its interval",
    "does not wholly. What was tried to come nearer is told in [experiments.md](experiments.md).",
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
    limit : str
        What keeps the shipped network from it, if it is missed.
    """

    task: str
    what: str
    place: tuple[str, ...]
    bound: float
    at_most: bool = False
    limit: str = ""

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


_SHADES = (
    "gliomas that take up no contrast agent differ from healthy brain by a shade; a part of them "
    "is outlined wholly wrong, the rest nearly as well as other tumors."
)
_ENDS = (
    "the cuts at a tumor's ends are small, and often missed or outlined badly; pooled with the "
    "patient's other planes they hardly count, one by one they count as much."
)
_LARGE = (
    "large lesions as bright as the tissue around them are seen in part or not at all; most others "
    "are outlined as well as those of BUS-BRA."
)
_EDGES = (
    "hardly a lesion fails, but the outline is off by about a pixel of the network's map; a true "
    "mask whose edge is off by as much all around comes no further (`experiments/edges.py`)."
)
_FEW = (
    "there are few scans without a lesion and few malignant ones to learn from, and fewer to "
    "choose by: on validation this is reached, or nearly, with an interval that says little."
)
_SURE = ("confident answers that are right", ("confident_accuracy",), 0.95)
_SILENCE = ("false masks on scans without a lesion", ("false_masks",), 0.05, True)
_CALIBRATION = ("expected calibration error", ("expected_calibration_error",), 0.05, True)

TARGETS = (
    Target("brain", "mean Dice, Figshare", ("Figshare", "dice"), 0.80, limit=_SHADES),
    Target(
        "brain",
        "Dice a patient, all planes together, LGG",
        ("LGG", "pooled_dice_per_patient"),
        0.84,
    ),
    Target(
        "brain",
        "Dice a patient, mean of the planes, LGG",
        ("LGG", "dice_per_patient"),
        0.84,
        limit=_ENDS,
    ),
    Target("brain", "AUC, tumor", ("auc_tumor",), 0.985),
    Target("brain", *_SILENCE),
    Target("brain", *_CALIBRATION),
    Target("brain", *_SURE),
    Target("breast", "mean Dice, BUSI", ("BUSI", "dice"), 0.82, limit=_LARGE),
    Target("breast", "mean Dice, BUS-BRA", ("BUS-BRA", "dice"), 0.92, limit=_EDGES),
    Target("breast", "balanced accuracy, BUSI", ("BUSI", "balanced_accuracy"), 0.86, limit=_FEW),
    Target("breast", "AUC, malignant", ("auc_malignant",), 0.95, limit=_FEW),
    Target(
        "breast",
        "sensitivity at specificity ≥ 0.85, malignant",
        ("sensitivity_malignant_at_specificity_85",),
        0.90,
        limit=_FEW,
    ),
    Target("breast", *_SILENCE, limit=_FEW),
    Target("breast", *_CALIBRATION, limit=_FEW),
    Target("breast", *_SURE, limit=_FEW),
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
    found = list(_tested({card.task: card for card in cards if card.is_default}))
    if not found:
        return
    yield from ("## Targets", "", *NOTES, "")
    yield "| network | figure | target | test split | reached |"
    yield "|---|---|---|---|---|"
    for card, target, figure in found:
        cells = (card.label, target.what, target.words, figure_text(figure), target.verdict(figure))
        yield f"| {' | '.join(cells)} |"
    yield ""
    limits: dict[str, list[str]] = {}
    for card, target, figure in found:
        if target.limit and target.verdict(figure) not in (MET, MET_BY_VALUE):
            limits.setdefault(target.limit, []).append(f"{card.task}, {target.what}")
    if limits:
        yield from (
            "What limits the figures that are missed, by the validation split:",
            "",
        )
        yield from (f"- *{'; '.join(whose)}*: {limit}" for limit, whose in limits.items())
        yield ""


def _tested(
    defaults: Mapping[str, ModelCard],
) -> Iterator[tuple[ModelCard, Target, Mapping[str, float]]]:
    """Go through the targets of which the default network has a figure."""
    for target in TARGETS:
        card = defaults.get(target.task)
        figure = _find_figure(card, target.place) if card else None
        if card and figure:
            yield card, target, figure


def _find_figure(card: ModelCard, place: Sequence[str]) -> Mapping[str, float] | None:
    """Look a figure up among a card's metrics of the test split; None where it has none."""
    found: Any = card.details.get("metrics", {}).get(SPLIT, {})
    for name in place:
        found = found.get(name, {})
    return found or None
