"""Where a mask comes from, as a record that travels inside its file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.masks.history import Change, records_of

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.core.scan.scan import Scan

SIZE_BY_HAND = "pixel_size_by_hand"


def provenance(
    source: Scan | str | Path, analysis: Analysis | None = None, edited: bool = False
) -> dict[str, Any]:
    """Tell where a mask comes from.

    Parameters
    ----------
    source : Scan, str or Path
        The scan, or its file's path or name; only the name without folders is
        kept, so that nobody's home folder travels along.
    analysis : Analysis, optional
        The answer that the mask belongs to; None where it was drawn by hand.
    edited : bool
        Whether the user has changed the mask since.

    Returns
    -------
    dict
        Ready for JSON: source, organ, diagnosis (each with label, whether it is
        confident, probabilities 0..1), models, edited_by_hand,
        pixel_size_by_hand (whether the user, not the file, named it), date (ISO 8601
        with the offset from UTC), software, note, and history: who or what changed
        the mask, when, with which tool, and how many pixels (see `core.history`);
        it begins with the models' outline, where there is one.
    """
    now = datetime.now().astimezone()
    return {
        "source": _source_name(source),
        "organ": None if analysis is None else _prediction(analysis.organ),
        "organ_chosen_by_hand": analysis is not None and analysis.organ_chosen,
        "diagnosis": None if analysis is None else _prediction(analysis.diagnosis),
        "models": [] if analysis is None else list(analysis.models),
        "edited_by_hand": edited,
        SIZE_BY_HAND: getattr(source, "pixel_size_by_hand", False),
        "date": now.isoformat(timespec="seconds"),
        "software": f"napari-multicancer {__version__}",
        "note": RESEARCH_USE,
        "history": records_of([] if analysis is None else _outlining(analysis, now)),
    }


def _outlining(analysis: Analysis, at: datetime) -> list[Change]:
    """Tell of the models' outline as the first change of an empty mask."""
    if analysis.mask is None:
        return []
    models = ", ".join(analysis.models)
    return [Change(models, "segmentation", at, at, added=int(np.count_nonzero(analysis.mask)))]


def _source_name(source: Scan | str | Path) -> str:
    if isinstance(source, str | Path):
        return Path(source).name
    return Path(source.source).name if source.source else source.name


def _prediction(prediction: Prediction | None) -> dict[str, Any] | None:
    if prediction is None:
        return None
    return {
        "label": prediction.label,
        "confident": prediction.confident,
        "probabilities": {name: round(p, 6) for name, p in prediction.probabilities.items()},
    }
