"""How far an answer can be believed: its model, and how often that was right where it was sure."""

from __future__ import annotations

from collections.abc import Iterator

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import best_known_split, main_figure
from napari_multicancer.core.models.organs import card_labeled
from napari_multicancer.core.words import model_name, percent
from napari_multicancer.translation import tr

SURE = "confident_accuracy"
NOT_MEASURED = tr("How often its sure answers are right was not measured.")
NOT_ELSEWHERE = tr("On sources that it did not learn from, this was not measured.")


def belief(label: str) -> str:
    """Say which model gave an answer, and how often its sure answers were right.

    Parameters
    ----------
    label : str
        Its name and version, as an analysis gives them.

    Returns
    -------
    str
        Sentences that say no more than the model's card does.
    """
    card = card_labeled(label)
    if card is None:
        return tr("Model: {name}.", name=label)
    return " ".join([tr("Model: {name}.", name=model_name(card)), *_figures(card)])


def _figures(card: ModelCard) -> Iterator[str]:
    _, metrics = best_known_split(card) or ("", {})
    figure = main_figure(metrics, SURE)
    if figure is None:
        yield NOT_MEASURED
        return
    yield tr(
        "Of {answers} sure answers on test scans {share} were right.",
        answers=f"{figure['n']:,}",
        share=percent(figure["value"]),
    )
    elsewhere = ", ".join(_elsewhere(card))
    if elsewhere:
        yield tr("Trained without the source: {elsewhere}.", elsewhere=elsewhere)
    else:
        yield NOT_ELSEWHERE


def _elsewhere(card: ModelCard) -> Iterator[str]:
    """Tell the same of each source that was left out of a training."""
    for entry in card.left_out:
        figure = main_figure(entry["without"], SURE)
        if figure is not None:
            yield tr(
                "of {answers} on {source} {share}",
                answers=f"{figure['n']:,}",
                source=entry["source"],
                share=percent(figure["value"]),
            )
