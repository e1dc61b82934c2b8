"""What the models said of a scan of the list, put together again from what was kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.project.records import ListedScan

Told = Mapping[str, Any]
"""The provenance of a mask; see `io.provenance`."""


def answer(scan: ListedScan, told: Told | None) -> Analysis | None:
    """Give what the models said of a scan, without planes or mask.

    Parameters
    ----------
    scan : ListedScan
    told : mapping or None
        The provenance of the models' mask, which holds all probabilities.

    Returns
    -------
    Analysis or None
        None where the models have no answer.
    """
    from napari_multicancer.core.analysis.answer import Analysis

    if not scan.organ:
        return None
    told = told or {}
    organ = _prediction(told.get("organ"), scan.organ, scan.finding == "", scan)
    diagnosis = None
    if scan.finding:
        diagnosis = _prediction(told.get("diagnosis"), scan.finding, True, scan)
    return Analysis(
        organ=organ,
        diagnosis=diagnosis,
        models=tuple(filter(None, scan.models.split("; "))),
        note=scan.notes,
        organ_chosen=bool(told.get("organ_chosen_by_hand")) or scan.treated_as == scan.organ,
    )


def _prediction(kept: object, label: str, is_last: bool, scan: ListedScan) -> Prediction:
    """Take a prediction from where it was kept, else the winner alone with what is known of it."""
    from napari_multicancer.core.analysis.answer import Prediction

    negative = _negative(scan, is_last)
    sure = scan.confident is not False
    if isinstance(kept, Mapping) and kept.get("label") == label:
        said = kept.get("probabilities")
        if isinstance(said, Mapping) and label in said:
            found = {str(name): float(p) for name, p in said.items()}
            return Prediction(found, familiar=bool(kept.get("confident", sure)), negative=negative)
    known = 1.0 - scan.doubt if is_last and scan.doubt is not None else 1.0
    return Prediction({label: known}, familiar=sure or not is_last, negative=negative)


def _negative(scan: ListedScan, is_last: bool) -> str:
    """Name the class that means that there is nothing."""
    from napari_multicancer.core.models.organs import known_cards

    of_organ = bool(scan.finding) and is_last
    names = [
        card.negative
        for card in known_cards()
        if (card.organ == scan.organ if of_organ else not card.organ)
    ]
    return names[0] if names else ""


def with_mask(analysis: Analysis | None, labels: NDArray[Any]) -> Analysis:
    """Lay a mask beside an answer, with what is to be known of its planes and its size.

    Parameters
    ----------
    analysis : Analysis or None
    labels : ndarray of integer
    """
    from dataclasses import replace

    from napari_multicancer.core.analysis.answer import Analysis, PlaneResult, Prediction
    from napari_multicancer.core.masks.measurements import measure_lesion

    planes = labels.reshape(-1, *labels.shape[-2:])
    return replace(
        analysis or Analysis(organ=Prediction({"": 1.0})),
        mask=labels,
        planes=tuple(
            PlaneResult(index, None, int(np.count_nonzero(plane)))
            for index, plane in enumerate(planes)
        ),
        lesion=measure_lesion(labels),
    )
