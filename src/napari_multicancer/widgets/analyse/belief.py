"""How far an answer can be believed: its model, and how often that was right where it was sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import best_known_split, main_figure
from napari_multicancer.core.models.organs import card_labeled
from napari_multicancer.core.words import model_name, percent
from napari_multicancer.translation import tr

SURE = "confident_accuracy"
NOT_MEASURED = tr("How often its sure answers are right was not measured.")

Figure = Mapping[str, float]


def belief(label: str) -> tuple[str, str]:
    """Say which model gave an answer, and how often its sure answers were right.

    Parameters
    ----------
    label : str
        Its name and version, as an analysis gives them.

    Returns
    -------
    (str, str)
        In short, the figure on sources left out of training first of all, and with all
        figures, a line each. They say no more than the model's card does.
    """
    card = card_labeled(label)
    if card is None:
        return tr("Model: {name}.", name=label), ""
    named = tr("Model: {name}.", name=model_name(card))
    tested, left_out = _tested(card), dict(_left_out(card))
    return f"{named} {_in_short(tested, left_out)}", "\n".join(_in_full(tested, left_out))


def _tested(card: ModelCard) -> Figure | None:
    _, metrics = best_known_split(card) or ("", {})
    return main_figure(metrics, SURE)


def _left_out(card: ModelCard) -> Iterator[tuple[str, Figure]]:
    for entry in card.left_out:
        figure = main_figure(entry["without"], SURE)
        if figure is not None:
            yield entry["source"], figure


def _in_short(tested: Figure | None, left_out: Mapping[str, Figure]) -> str:
    if left_out:
        shares = sorted(figure["value"] for figure in left_out.values())
        lowest, highest = percent(shares[0]), percent(shares[-1])
        span = tr("{lowest} to {highest}", lowest=lowest, highest=highest)
        share = lowest if lowest == highest else span
        return tr("Sure answers right: {share} on sources left out of training.", share=share)
    if tested is None:
        return NOT_MEASURED
    share = percent(tested["value"])
    return tr("Sure answers right: {share} on test scans; elsewhere not measured.", share=share)


def _in_full(tested: Figure | None, left_out: Mapping[str, Figure]) -> Iterator[str]:
    if tested is not None:
        yield tr(
            "Of {answers} sure answers on test scans {share} were right.",
            answers=f"{tested['n']:,}",
            share=percent(tested["value"]),
        )
    for source, figure in left_out.items():
        yield tr(
            "Trained without {source}: of {answers} sure answers on it {share} were right.",
            source=source,
            answers=f"{figure['n']:,}",
            share=percent(figure["value"]),
        )
