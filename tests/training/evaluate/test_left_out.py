"""A network is scored on the sources that it did not learn from, and its card keeps that."""

import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.core.models.cards import WEIGHTS_VARIABLE, find_model, forget_models
from napari_multicancer.training.evaluate.left_out import never_seen, score_never_seen


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
