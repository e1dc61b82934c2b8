"""A network is scored on the sources that it did not learn from, and its card keeps that."""

import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import WEIGHTS_VARIABLE, find_model, forget_models
from napari_multicancer.training.evaluate.left_out import (
    Scored,
    never_seen,
    score_left_out,
    score_never_seen,
    sure_from,
)
from napari_multicancer.training.fit.train import RECORD
from napari_multicancer.training.recipe import find_recipe


@pytest.fixture
def elsewhere(training_folder):
    """Let half of the breast scans come from a hospital that no network knows, one be composed."""
    path = training_folder / "manifest.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    breast = rows.index[(rows["organ"] == "breast") & (rows["split"] == "val")]
    rows.loc[breast[:4], "source"] = "Elsewhere"
    rows.loc[breast[4], "source"] = "composed"
    rows.to_csv(path, index=False)
    return training_folder


def test_only_real_sources_that_training_did_not_see_are_scored(elsewhere):
    rows = pd.read_csv(elsewhere / "manifest.csv", dtype=str, keep_default_na=False)
    card = find_model("breast")
    assert never_seen(card, rows) == ["Elsewhere"]
    done = []
    (entry,) = score_never_seen([card], elsewhere, lambda *step: done.append(step))["breast"]
    assert (entry["source"], entry["knows"]) == ("Elsewhere", False)
    assert entry["without"]["scans"] == 4
    assert "dice" in entry["without"]
    assert done == [(1, 1)]


def test_the_command_writes_them_into_the_card(elsewhere, tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    shutil.copytree(find_model("breast").path.parent, weights)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(weights))
    monkeypatch.setenv("COLUMNS", "300")  # of the terminal
    forget_models()
    known = {entry["source"]: entry for entry in find_model("breast").left_out}
    command = ["evaluate", "--left-out", "--never-seen", "--write-cards", "--models", "breast"]
    done = CliRunner().invoke(app, [*command, "--data", str(elsewhere)])
    assert done.exit_code == 0, done.output
    written = {entry["source"]: entry for entry in find_model("breast").left_out}
    assert written.pop("Elsewhere")["without"]["scans"] == 4
    assert written == known
    assert "Elsewhere" in done.output
    forget_models()


def said(source, rows):
    """Answers to scans of a source: (truth, probability of "malignant") a scan."""
    truths, p = zip(*rows, strict=True)
    malignant = np.array(p)
    table = pd.DataFrame({"source": source, "diagnosis": truths, "p_malignant": malignant})
    table = table.assign(p_benign=1 - malignant, p_normal=0.0)
    return Scored(find_model("breast"), source, None, {}, table, table)


def test_answers_count_from_where_nine_of_ten_are_right_each_source_counting_the_same():
    large = said("A", [("malignant", 0.8)] * 19 + [("benign", 0.8)])
    small = said("B", [("malignant", 0.9)] * 4 + [("benign", 0.85)])
    assert sure_from([large]) == {"breast": 0.34}
    assert sure_from([large, small]) == {"breast": 0.86}


def test_a_source_that_names_no_class_says_nothing_of_sure_answers():
    assert sure_from([said("A", [("", 0.8)])]) == {}


@pytest.fixture
def scored_run(training_folder, tmp_path, monkeypatch):
    """A run without BUSI whose exported network is the one that ships, and cards to write into."""
    run, out, weights = tmp_path / "run", tmp_path / "out", tmp_path / "weights"
    shipped = find_model("breast").path
    shutil.copytree(shipped.parent, weights)
    for folder in (run, out / run.name):
        folder.mkdir(parents=True)
    for path in (shipped, shipped.with_suffix(".toml")):
        shutil.copy(path, out / run.name)
    recipe = replace(find_recipe("breast"), left_out=("BUSI", "MultiREZ"))
    (run / RECORD).write_text(json.dumps(asdict(recipe) | {"start": "ImageNet", "steps": 7}))
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(weights))
    monkeypatch.setenv("COLUMNS", "300")  # of the terminal
    forget_models()
    yield run, out
    forget_models()


def test_a_run_is_scored_on_what_it_left_out_and_says_from_when_on_answers_count(
    scored_run, training_folder, caplog
):
    run, out = scored_run
    before = find_model("breast").confident_threshold
    command = ["evaluate", "--left-out", "--fit-sure", "--write-cards", "--models", "breast"]
    where = ["--run", str(run), "--out", str(out), "--data", str(training_folder)]
    done = CliRunner().invoke(app, [*command, *where])
    assert done.exit_code == 0, done.output
    assert "no scan of MultiREZ: it is passed over" in caplog.text
    card = find_model("breast")
    entry = next(one for one in card.left_out if one["source"] == "BUSI")
    assert (entry["run"], entry["steps"], entry["knows"]) == ("run", 7, True)
    assert entry["without"]["scans"] == entry["with"]["scans"] == 8
    fitted = float(done.output.split("from a probability of ")[1].split()[0])
    assert card.confident_threshold == max(before, fitted)


def test_a_run_of_which_nothing_that_it_left_out_can_be_scored_is_refused(
    scored_run, training_folder
):
    run, out = scored_run
    kept = json.loads((run / RECORD).read_text())
    (run / RECORD).write_text(json.dumps(kept | {"left_out": ["MultiREZ", "OASBUD"]}))
    with pytest.raises(DataError, match="has no scan of MultiREZ, OASBUD, which"):
        score_left_out([run], training_folder, out)


def test_without_a_run_nothing_is_fitted(training_folder):
    done = CliRunner().invoke(
        app, ["evaluate", "--left-out", "--fit-sure", "--data", str(training_folder)]
    )
    assert done.exit_code == 0
    assert "name runs by --run" in done.output
