import json
import tomllib
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
from ai_edge_litert.interpreter import Interpreter

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import forget_models
from napari_multicancer.training.data.samples import load_training_data
from napari_multicancer.training.evaluate.evaluate import evaluate
from napari_multicancer.training.export.export import export
from napari_multicancer.training.fit import train as fit
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.fit.train import (
    BEST_CHECKPOINT,
    HISTORY,
    LAST_CHECKPOINT,
    STATE,
    train,
)
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.recipe import find_recipe
from napari_multicancer.training.start import ENDING, find_start, write_start

TINY = replace(find_recipe("breast"), size=64, batch_size=4, epochs=1)
"""Two steps on eight scans."""


def epochs_of(run):
    return pd.read_csv(run / HISTORY)["epoch"].tolist()


@pytest.mark.usefixtures("shallow")
def test_two_steps_train_export_and_evaluate(training_folder, tmp_path, monkeypatch):
    run, weights = tmp_path / "run", tmp_path / "weights"
    train(TINY, load_training_data(training_folder, TINY), run, pretrained=False)
    assert epochs_of(run) == [1]
    card = export("breast", training_folder, [run, run / LAST_CHECKPOINT], weights, "0.0.1")
    assert card.training["mean_of"] == ["run/best.keras", "run/last.keras"]
    assert card.parity["scans"] == 50
    tensors = Interpreter(model_path=str(card.path)).get_tensor_details()
    assert not any(tensor["name"] for tensor in tensors)
    written = tomllib.loads((weights / "breast.toml").read_text("utf-8"))
    assert written["thresholds"].keys() == {"confident", "mask", "no_lesion", "smallest_lesion"}
    assert (card.role, card.organ, card.healthy) == ("organ", "breast", "normal")

    monkeypatch.setenv("NAPARI_MULTICANCER_WEIGHTS", str(weights))
    forget_models()
    metrics = evaluate([card], training_folder, "val", tmp_path / "out")
    assert metrics["breast"]["scans"] == 8
    assert {"value", "low", "high", "n"} == metrics["breast"]["dice"].keys()
    assert metrics["breast"]["BUSI"]["dice"] == metrics["breast"]["dice"]
    cases = pd.read_csv(tmp_path / "out" / "breast_cases.csv")
    assert len(cases) == 8
    forget_models()


def build_tiny(config, *, pretrained):
    image = keras.Input((config.size, config.size, 3))
    features = keras.layers.Conv2D(4, 3, padding="same")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    diagnosis = keras.layers.Dense(3, name="diagnosis")(pooled)
    lesion = keras.layers.Conv2D(1, 1, name="lesion")(features)
    return keras.Model(image, {"diagnosis": diagnosis, "lesion": lesion})


@pytest.fixture
def tiny_network(monkeypatch):
    monkeypatch.setattr(fit, "build", build_tiny)


@pytest.fixture(scope="module")
def tiny_run(training_data, tmp_path_factory):
    """A tiny network's run that was carried through: its best checkpoint, for reading alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "build", build_tiny)
        out = tmp_path_factory.mktemp("tiny") / "first"
        return train(TINY, load_training_data(training_data, TINY), out)


@pytest.mark.usefixtures("tiny_network")
def test_a_run_that_was_killed_goes_on_from_its_last_epoch(training_folder, tmp_path, monkeypatch):
    run, config = tmp_path / "run", replace(TINY, epochs=2)

    class StoppedError(Exception):
        pass

    def stop_after_an_epoch(self, row):
        original_log(self, row)
        if row["epoch"] == 1:
            raise StoppedError

    original_log = fit._Keeper._log
    monkeypatch.setattr(fit._Keeper, "_log", stop_after_an_epoch)
    with pytest.raises(StoppedError):
        train(config, load_training_data(training_folder, config), run)
    assert json.loads((run / STATE).read_text())["epoch"] == 1

    monkeypatch.setattr(fit._Keeper, "_log", original_log)
    assert train(config, load_training_data(training_folder, config), run) == run / BEST_CHECKPOINT
    assert epochs_of(run) == [1, 2]
    assert not list(run.glob("writing-*"))


@pytest.mark.usefixtures("tiny_network")
def test_a_run_may_start_from_another_ones_best(tiny_run, training_folder, tmp_path):
    gentle = replace(TINY, learning_rate=1e-9)
    data = load_training_data(training_folder, gentle)
    second = train(gentle, data, tmp_path / "second", start=[tiny_run])
    before, after = (keras.models.load_model(p, compile=False) for p in (tiny_run, second))
    for ours, theirs in zip(before.get_weights(), after.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert json.loads((second.parent / "config.json").read_text())["start"] == "first/best.keras"


@pytest.mark.usefixtures("tiny_network")
def test_sources_without_a_healthy_scan_are_judged_by_the_rest(training_folder, tmp_path):
    path = training_folder / "manifest.csv"
    rows = pd.read_csv(path, keep_default_na=False)
    rows.loc[rows["diagnosis"] == "normal", "source"] = "another"
    rows.to_csv(path, index=False)
    config = replace(TINY, sources=("BUSI",))
    best = train(config, load_training_data(training_folder, config), tmp_path / "run")
    history = pd.read_csv(best.parent / HISTORY)
    assert list(history) == ["epoch", "loss", "balanced_accuracy", "dice", "score"]
    assert history.notna().all(axis=None)


@pytest.mark.usefixtures("tiny_network")
def test_a_run_of_another_recipe_is_not_continued(tiny_run, training_folder):
    data = load_training_data(training_folder, TINY)
    with pytest.raises(DataError, match="another recipe"):
        train(replace(TINY, learning_rate=1.0), data, tiny_run.parent)


@pytest.mark.usefixtures("tiny_network")
def test_a_loss_that_is_no_number_keeps_nothing(training_folder, tmp_path):
    run = tmp_path / "run"
    config = replace(TINY, learning_rate=float("nan"), epochs=2)
    data = load_training_data(training_folder, config)
    with pytest.raises(DataError, match="not a number"):
        train(config, data, run)
    assert not (run / BEST_CHECKPOINT).exists()


def test_a_training_starts_from_a_shipped_network_as_it_was_trained(tmp_path, monkeypatch):
    model = build(find_recipe("recognizer", "small_cnn"))
    write_start(model.get_weights(), tmp_path / f"small{ENDING}")
    monkeypatch.setenv("NAPARI_MULTICANCER_WEIGHTS", str(tmp_path))
    for kept, trained in zip(mean_weights([find_start("small")]), model.get_weights(), strict=True):
        np.testing.assert_allclose(kept, trained, rtol=1e-3, atol=1e-6)
    with pytest.raises(DataError, match=r"no checkpoint smll: .* start from: small"):
        find_start("smll")


def test_nothing_to_export_says_what_to_do(training_folder, tmp_path):
    with pytest.raises(DataError, match="train 'breast' first"):
        export("breast", training_folder, [tmp_path], tmp_path / "weights", "0.0.1")


def test_several_starts_are_averaged(tmp_path):
    ones, threes = (build(find_recipe("recognizer", "small_cnn")) for _ in range(2))
    for model, value, name in ((ones, 1.0, "a"), (threes, 3.0, "b")):
        model.set_weights([np.full(w.shape, value, w.dtype) for w in model.get_weights()])
        model.save(tmp_path / f"{name}.keras")
    mean = mean_weights([tmp_path / "a.keras", tmp_path / "b.keras"])
    assert all((w == 2.0).all() for w in mean)


def test_networks_of_two_kinds_cannot_be_averaged(tmp_path):
    build(find_recipe("recognizer", "small_cnn")).save(tmp_path / "a.keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(tmp_path / "b.keras")
    with pytest.raises(DataError, match="another network"):
        mean_weights([tmp_path / "a.keras", tmp_path / "b.keras"])
