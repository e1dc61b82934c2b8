"""Networks scored on a source that they never saw, beside one that knows it."""

from __future__ import annotations

import json
import logging
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import (
    WEIGHTS_VARIABLE,
    ModelCard,
    find_model,
    forget_models,
)
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.evaluate.evaluate import Progress, examine
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.export.calibration import (
    UNSEEN_ACCURACY,
    fit_confidence,
    source_weights,
)
from napari_multicancer.training.export.cards import write_card
from napari_multicancer.training.export.export import export
from napari_multicancer.training.fit.train import RECORD
from napari_multicancer.training.recipe import find_recipe, recipe_of_run

_log = logging.getLogger(__name__)

SPLIT = "val"
ENTRY = "left_out"
"""Of a card: a list, one entry a source that was left out."""
NOT_REAL = ("composed",)
"""Sources that give no figure to report."""


@dataclass(frozen=True)
class Scored:
    """What was said of a source's validation scans by a run that never saw it.

    Attributes
    ----------
    card : ModelCard
        Of the task's default network, which stands beside the run.
    source : str
    run : Path
    record : mapping
        The run's saved configuration.
    without, known : DataFrame
        One row a scan, as `examine` gives them: the run's answers, and the default network's.
    """

    card: ModelCard
    source: str
    run: Path
    record: Mapping[str, Any]
    without: pd.DataFrame
    known: pd.DataFrame

    @property
    def entry(self) -> dict[str, Any]:
        """The source's entry of a card.

        It has ``source``, ``run``, ``size``, ``steps`` and ``start`` of the run, whether the
        default network ``knows`` the source, and the figures as `summarize` gives them of the
        run, ``without``, and of the default network, ``with``.
        """
        recipe = find_recipe(self.card.task)
        return {
            "source": self.source,
            "run": self.run.name,
            "size": recipe_of_run(self.record).size,
            "steps": self.record.get("steps", 0),
            "start": self.record["start"],
            "knows": self.source in _trained_on(self.card),
            "with": summarize(self.known, recipe),
            "without": summarize(self.without, recipe),
        }


def score_left_out(
    runs: Sequence[Path],
    data: Path,
    out: Path,
    progress: Progress | None = None,
) -> list[Scored]:
    """Score runs on the validation scans of the sources that they left out.

    Each run is exported, calibrated on the sources that it knows, and asked as users ask
    it, and so is the task's default network, which stands beside it.

    Parameters
    ----------
    runs : sequence of Path
        Folders that `train` filled, by recipes that leave sources out.
    data : Path
        The training folder.
    out : Path
        Where the exported networks go, a folder a run.
    progress : callable, optional
        Called with (done, total) sources.

    Returns
    -------
    list of Scored
        One a run and source.

    Raises
    ------
    DataError
        A run left nothing out, or validation has no scan of all that it left out.
    """
    manifest = read_manifest(data)
    jobs = [job for run in runs for job in _jobs(run, manifest)]
    scored: list[Scored] = []
    for done, (run, source, rows) in enumerate(jobs, start=1):
        record = json.loads((run / RECORD).read_text())
        config = recipe_of_run(record)
        card = find_model(config.task)
        folder = out / run.name
        if not (folder / f"{config.name}.toml").exists():
            export(config.task, data, [run], folder, "0.0.0")
        known = examine(card, data, rows)
        with weights_from(folder):
            without = examine(find_model(config.task, config.name), data, rows)
        scored.append(Scored(card, source, run, record, without, known))
        if progress is not None:
            progress(done, len(jobs))
    return scored


def _jobs(run: Path, manifest: pd.DataFrame) -> list[tuple[Path, str, pd.DataFrame]]:
    """List the sources that a run left out, each with its validation scans; those without pass."""
    sources = _left_out(run)
    config = recipe_of_run(json.loads((run / RECORD).read_text()))
    rows = select(manifest, find_recipe(config.task), SPLIT)
    found = [(run, source, rows[rows["source"] == source]) for source in sources]
    jobs = [(run, source, some.reset_index(drop=True)) for run, source, some in found if len(some)]
    if not jobs:
        named = ", ".join(sources)
        raise DataError(f"The split {SPLIT!r} has no scan of {named}, which {run} left out.")
    for source in {*sources} - {source for _, source, _ in jobs}:
        _log.warning("The split %r has no scan of %s: it is passed over.", SPLIT, source)
    return jobs


def entries_of(scored: Sequence[Scored]) -> dict[str, list[dict[str, Any]]]:
    """Give the entries of cards, by name of the default network."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for one in scored:
        entries.setdefault(one.card.name, []).append(one.entry)
    return entries


def sure_from(scored: Sequence[Scored]) -> dict[str, float]:
    """Find from which probability on the answers of runs that never saw a source can be believed.

    From there on `UNSEEN_ACCURACY` of the answers are right, each source left out counting the
    same.

    Parameters
    ----------
    scored : sequence of Scored

    Returns
    -------
    dict of str to float
        By name of the default network; none for one whose sources left out name no class.
    """
    found: dict[str, float] = {}
    for card in {one.card.name: one.card for one in scored}.values():
        label = find_recipe(card.task).label
        answers = pd.concat([one.without for one in scored if one.card.name == card.name])
        answers = answers[answers[label].isin(card.classes)]
        if not answers.empty:
            found[card.name] = fit_confidence(
                answers[[f"p_{name}" for name in card.classes]].to_numpy(float),
                answers[label].map(card.classes.index).to_numpy(int),
                source_weights(answers["source"].to_numpy()),
                UNSEEN_ACCURACY,
            )
    return found


def score_never_seen(
    cards: Sequence[ModelCard], data: Path, progress: Progress | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Score networks on the validation scans of the sources that none of their training saw.

    Parameters
    ----------
    cards : sequence of ModelCard
        Of networks that name a class.
    data : Path
        The training folder.
    progress : callable, optional
        Called with (done, total) sources.

    Returns
    -------
    dict of str to list of dict
        By name of the network its entries: ``source``, and the figures as `summarize`
        gives them, ``without``. No entry for composed pictures.
    """
    manifest = read_manifest(data)
    entries: dict[str, list[dict[str, Any]]] = {card.name: [] for card in cards}
    jobs = [(card, source) for card in cards for source in never_seen(card, manifest)]
    for done, (card, source) in enumerate(jobs, start=1):
        recipe = find_recipe(card.task)
        rows = select(manifest, recipe, SPLIT)
        rows = rows[rows["source"] == source].reset_index(drop=True)
        figures = summarize(examine(card, data, rows), recipe)
        entries[card.name].append({"source": source, "knows": False, "without": figures})
        if progress is not None:
            progress(done, len(jobs))
    return entries


def never_seen(card: ModelCard, manifest: pd.DataFrame) -> list[str]:
    """List the sources with real validation scans of a task that a network did not learn from."""
    rows = select(manifest, find_recipe(card.task), SPLIT)
    return sorted(set(rows["source"]) - _trained_on(card) - set(NOT_REAL))


def _left_out(run: Path) -> tuple[str, ...]:
    path = run / RECORD
    sources = json.loads(path.read_text()).get("left_out", []) if path.is_file() else []
    if not sources:
        raise DataError(f"{run} is no run that left a source out: train by a recipe with left_out.")
    return tuple(sources)


def _trained_on(card: ModelCard) -> set[str]:
    return {entry["source"] for entry in card.training["data"] if entry["train"]}


@contextmanager
def weights_from(folder: Path) -> Iterator[None]:
    """Let models be found in a folder for a while."""
    before = os.environ.get(WEIGHTS_VARIABLE)
    os.environ[WEIGHTS_VARIABLE] = str(folder)
    forget_models()
    try:
        yield
    finally:
        if before is None:
            del os.environ[WEIGHTS_VARIABLE]
        else:
            os.environ[WEIGHTS_VARIABLE] = before
        forget_models()


def keep_in_card(card: ModelCard, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write entries into a card, in place of earlier ones of the same sources."""
    path = card.path.with_suffix(".toml")
    details = tomllib.loads(path.read_text("utf-8"))
    new = {entry["source"] for entry in entries}
    kept = [entry for entry in details.get("left_out", []) if entry["source"] not in new]
    details["left_out"] = sorted([*kept, *entries], key=lambda entry: str(entry["source"]))
    write_card(details, path)
    forget_models()


def ask_more_of_sure_answers(card: ModelCard, threshold: float) -> None:
    """Let an answer of a model count from a probability on, if it does not from a higher one."""
    path = card.path.with_suffix(".toml")
    details = tomllib.loads(path.read_text("utf-8"))
    limits = details["thresholds"]
    limits["confident"] = max(limits["confident"], threshold)
    write_card(details, path)
    forget_models()
