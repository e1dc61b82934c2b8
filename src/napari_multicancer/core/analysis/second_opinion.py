"""What the recognizer says of a scan whose organ the user has named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import RECOGNIZER, find_model
from napari_multicancer.core.models.organs import a_scan_of
from napari_multicancer.core.planes.progress import Cancelled
from napari_multicancer.core.scan.scan import Scan


def with_second_opinion(
    analysis: Analysis,
    scan: Scan,
    *,
    models: Mapping[str, str] | None = None,
    cancelled: Cancelled | None = None,
) -> Analysis:
    """Let an analysis' note begin with the recognizer's doubt, where the user named the organ.

    Parameters
    ----------
    analysis : Analysis
        Of the scan.
    scan, models, cancelled
        As for `second_opinion`.
    """
    if not analysis.organ_chosen:
        return analysis
    opinion = second_opinion(scan, analysis.organ.label, models=models, cancelled=cancelled)
    return replace(analysis, note=f"{opinion} {analysis.note}".strip())


def second_opinion(
    scan: Scan,
    organ: str,
    *,
    models: Mapping[str, str] | None = None,
    cancelled: Cancelled | None = None,
) -> str:
    """Ask the recognizer about a scan, and say where it clearly disagrees with the user.

    Parameters
    ----------
    scan : Scan
    organ : str
        What the user says that it shows.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    cancelled : callable, optional
        As for `analyze`.

    Returns
    -------
    str
        A sentence for the user; empty where the recognizer agrees, is not sure, does
        not know the organ or is not there.

    Raises
    ------
    CancelledError
        `cancelled` said so.
    """
    try:
        find_model(RECOGNIZER, (models or {}).get(RECOGNIZER))
    except ModelError:
        return ""
    said = analyze(scan, steps=(), models=models, cancelled=cancelled).organ
    if organ not in said.probabilities or not said.clear or said.label == organ:
        return ""
    taken = "something else" if said.is_negative else a_scan_of(said.label)
    return f"Read as {a_scan_of(organ)}, as you chose, but it looks like {taken}: check the choice."
