"""What a report says, gathered from a mask's record, its measurements and the model cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.masks.history import changes_of, records_of, standing
from napari_multicancer.core.masks.measurement_table import record
from napari_multicancer.core.masks.measurements import LabelMeasurements
from napari_multicancer.core.masks.tally import NO_CLICKS, tally_of
from napari_multicancer.core.models.cards import ModelCard, list_models
from napari_multicancer.core.models.figures import SIDE_BY_SIDE, best_known_split, main_figure

SPLITS = {"test": "test scans", "val": "validation scans"}


def report_content(
    name: str,
    description: str,
    provenance: Mapping[str, Any],
    measured: Sequence[LabelMeasurements],
    caution: str = "",
) -> dict[str, Any]:
    """Gather what a report says.

    Parameters
    ----------
    name : str
        What the user calls the scan.
    description : str
        Its planes and size in words; may be empty.
    provenance : mapping
        The mask's record, as `io.provenance` makes it and files hold it. The
        file's name in it is left out.
    measured : sequence of LabelMeasurements
    caution : str, optional
        What to heed before the picture is handed on.

    Returns
    -------
    dict
        Ready for JSON: name, description, picture_caution, created (ISO 8601 with the offset from
        UTC), pixel_size_by_hand, organ, organ_chosen_by_hand, diagnosis, calibration (sentences),
        measurements (a record a label), edited_by_hand, history (all that was done),
        corrections (that without what was undone), clicks (see `ClickTally`; None where
        there were none), models, software and note.
    """
    cards = _cards(provenance.get("models") or [])
    return {
        "name": name,
        "description": description,
        "picture_caution": caution,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "pixel_size_by_hand": bool(provenance.get("pixel_size_by_hand")),
        "organ": provenance.get("organ"),
        "organ_chosen_by_hand": bool(provenance.get("organ_chosen_by_hand")),
        "diagnosis": provenance.get("diagnosis"),
        "calibration": [
            sentence for card in cards.values() if card for sentence in calibration(card)
        ],
        "measurements": [record(one) for one in measured],
        "edited_by_hand": bool(provenance.get("edited_by_hand")),
        "history": list(provenance.get("history") or []),
        "corrections": _corrections(list(provenance.get("history") or [])),
        "clicks": _clicked(provenance.get("clicks")),
        "models": [_in_short(label, card) for label, card in cards.items()],
        "software": f"napari-multicancer {__version__}",
        "note": RESEARCH_USE,
    }


def _corrections(history: list[Any]) -> list[Any]:
    """Leave out what was undone; where nothing was, all stays as it is written."""
    changes = changes_of(history)
    left = standing(changes)
    return history if left == changes else records_of(left)


def _clicked(record: object) -> dict[str, Any] | None:
    """Tell what clicks have done; None where there were none."""
    tally = tally_of(record)
    return None if tally == NO_CLICKS else tally.as_record()


def _cards(labels: Sequence[str]) -> dict[str, ModelCard | None]:
    """Find the cards of the models named; None for one that is not here in this version."""
    known = {card.label: card for card in list_models()}
    return {label: known.get(label) for label in labels}


def calibration(card: ModelCard) -> list[str]:
    """Say how far a model's probabilities can be believed; nothing where nobody has measured it."""
    known = best_known_split(card)
    if known is None or "expected_calibration_error" not in known[1]:
        return []
    split, metrics = known
    error = metrics["expected_calibration_error"]
    interval = (
        f" (95 % interval {error['low'] * 100:.1f} to {error['high'] * 100:.1f})"
        if "low" in error
        else ""
    )
    return [
        f"{card.label}: on {metrics['scans']} {SPLITS[split]} the probability of the answer "
        f"and the share of right answers differed by {error['value'] * 100:.1f} percentage "
        f"points on average{interval}. An answer counts as sure from a probability of "
        f"{card.confident_threshold:.2f}."
    ]


def _in_short(label: str, card: ModelCard | None) -> dict[str, Any]:
    if card is None:
        return {"model": label, "known": False}
    split, metrics = best_known_split(card) or ("", {})
    figures = {heading: main_figure(metrics, name) for heading, name in SIDE_BY_SIDE.items()}
    return {
        "model": label,
        "known": True,
        "intended_use": card.intended_use,
        "known_limits": list(card.known_limits),
        "licence": card.licence,
        "measured_on": f"{metrics['scans']} {SPLITS[split]}" if split else "",
        "figures": {name: dict(figure) for name, figure in figures.items() if figure},
    }
