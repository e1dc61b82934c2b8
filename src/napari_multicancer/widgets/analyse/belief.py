"""How far an answer can be believed: its model, and how often that was right where it was sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import main_figure
from napari_multicancer.core.models.organs import card_labeled
from napari_multicancer.core.words import model_name, percent
from napari_multicancer.translation import tr, tr_n

ENOUGH = 20
"""So many sure answers tell how often they are right; of fewer no share is told in short."""
NOT_MEASURED = tr("How often its sure answers are right was not measured on test scans.")
RULE = tr(
    "Above, all sources left out of training are counted together; "
    "of fewer than {enough} sure answers no share is told.",
    enough=ENOUGH,
)


@dataclass(frozen=True)
class SureAnswers:
    """How many answers were sure, of how many scans, and the share of those that were right.

    Attributes
    ----------
    source : str
        Where the scans come from; empty for test scans.
    scans, answers : int
    share : float
        0..1; 0 where no answer was sure.
    """

    source: str
    scans: int
    answers: int
    share: float

    @property
    def right(self) -> float:
        """How many were right."""
        return self.share * self.answers


def belief(label: str) -> tuple[str, str]:
    """Say which model gave an answer, and how often its sure answers were right.

    Parameters
    ----------
    label : str
        Its name and version, as an analysis gives them.

    Returns
    -------
    (str, str)
        In short, all sources left out of training together before test scans; and each source
        by itself, a line each. They say no more than the model's card does.
    """
    card = card_labeled(label)
    if card is None:
        return tr("Model: {name}.", name=label), ""
    named = tr("Model: {name}.", name=model_name(card))
    tested, left_out = _tested(card), list(_left_out(card))
    return f"{named} {_in_short(tested, left_out)}", "\n".join(_in_full(tested, left_out))


def _tested(card: ModelCard) -> SureAnswers | None:
    """Take the figures on test; thresholds are chosen on validation, which would flatter."""
    return _measured("", card.metrics.get("test", {}))


def _left_out(card: ModelCard) -> Iterator[SureAnswers]:
    found = (_measured(entry["source"], entry.get("without", {})) for entry in card.left_out)
    yield from (one for one in found if one is not None)


def _measured(source: str, figures: Mapping[str, Any]) -> SureAnswers | None:
    """Tell how many answers were sure and right; None where that was not measured."""
    right = main_figure(figures, "confident_accuracy")
    sure = main_figure(figures, "confident_share")
    if right is not None:
        answers = int(right["n"])
        return SureAnswers(source, int(sure["n"]) if sure else answers, answers, right["value"])
    if sure is not None and sure["value"] == 0:
        return SureAnswers(source, int(sure["n"]), 0, 0.0)
    return None


def _in_short(tested: SureAnswers | None, left_out: Sequence[SureAnswers]) -> str:
    if left_out:
        return _on_left_out(left_out)
    if tested is None:
        return NOT_MEASURED
    if tested.answers < ENOUGH:
        return tr_n(
            "Only {n} sure answer on test scans is known, too few to tell how often they are "
            "right; elsewhere not measured.",
            "Only {n} sure answers on test scans are known, too few to tell how often they are "
            "right; elsewhere not measured.",
            tested.answers,
        )
    return tr(
        "Sure answers right: {share} on test scans; elsewhere not measured.",
        share=percent(tested.share),
    )


def _on_left_out(sources: Sequence[SureAnswers]) -> str:
    answers, scans = sum(one.answers for one in sources), sum(one.scans for one in sources)
    if answers < ENOUGH:
        return tr_n(
            "On sources left out of training {n} answer of {scans} was sure: too few to tell how "
            "often they are right.",
            "On sources left out of training {n} answers of {scans} were sure: too few to tell how "
            "often they are right.",
            answers,
            scans=f"{scans:,}",
        )
    return tr(
        "Sure answers right: {share} of {answers} on sources left out of training.",
        share=percent(sum(one.right for one in sources) / answers),
        answers=f"{answers:,}",
    )


def _in_full(tested: SureAnswers | None, left_out: Sequence[SureAnswers]) -> Iterator[str]:
    for one in left_out:
        yield _of_source(one)
    if tested is not None:
        yield _on_test(tested)
    if left_out:
        yield RULE


def _on_test(tested: SureAnswers) -> str:
    return tr_n(
        "Test (scans: {scans}): {n} sure answer, {share} right.",
        "Test (scans: {scans}): {n} sure answers, {share} right.",
        tested.answers,
        scans=f"{tested.scans:,}",
        share=percent(tested.share),
    )


def _of_source(one: SureAnswers) -> str:
    scans = f"{one.scans:,}"
    if not one.answers:
        return tr(
            "Trained without {source} (scans: {scans}): no sure answer.",
            source=one.source,
            scans=scans,
        )
    return tr_n(
        "Trained without {source} (scans: {scans}): {n} sure answer, {share} right.",
        "Trained without {source} (scans: {scans}): {n} sure answers, {share} right.",
        one.answers,
        source=one.source,
        scans=scans,
        share=percent(one.share),
    )
