"""A network of clicks is trained on rounds of its own answers, exported, and asked."""

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_multicancer.core.analysis.clicks import refine
from napari_multicancer.core.analysis.guides import GUIDES, Click
from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import MODELS_VARIABLE, forget_models
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.training.data.click_scans import ClickScan, load_click_scans
from napari_multicancer.training.export.export import export
from napari_multicancer.training.fit.appearance import as_a_stranger_sees
from napari_multicancer.training.fit.click_lessons import draw_lesson, plain_lesson
from napari_multicancer.training.fit.clicking import ClickBatches
from napari_multicancer.training.fit.train import begin_from, train
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.networks.interactive import interactive_unet
from napari_multicancer.training.networks.two_heads import two_headed_unet
from napari_multicancer.training.recipe import find_recipe
from napari_multicancer.training.start import ENDING, write_start

TINY = replace(find_recipe("click"), size=64, batch_size=4, epochs=1, epoch_steps=2)


def disc(row, column, radius, shape=(90, 120)):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(rows - row, columns - column) <= radius


@pytest.fixture
def scan():
    truth = disc(45, 60, 20)
    image = np.where(truth, 200, 60).astype(np.uint8)
    automatic = np.where(disc(45, 70, 18), 230, 10).astype(np.uint8)
    return ClickScan(image, truth, automatic, 0.5)


def test_lessons_begin_with_nothing_the_automatic_outline_or_a_damaged_truth(scan):
    rng = np.random.default_rng(0)
    lessons = [draw_lesson(scan, TINY, rng) for _ in range(90)]
    empty = np.mean([not lesson.mask.any() for lesson in lessons])
    assert 0.2 < empty < 0.5
    assert all(lesson.clicks for lesson in lessons)
    assert all(lesson.image.shape == (64, 64, 3) for lesson in lessons)
    assert 0.1 < np.mean([lesson.box is not None for lesson in lessons]) < 0.4
    assert 0.3 < np.mean([lesson.prior is not None for lesson in lessons]) < 0.7
    points = [len(lesson.clicks[0].points) for lesson in lessons]
    assert 0.1 < np.mean(np.array(points) > 1) < 0.4


def test_a_lesson_goes_on_where_the_answer_is_wrong_and_ends_where_all_is_right(scan):
    lesson = plain_lesson(scan, 64, from_nothing=True)
    assert lesson.clicks[0].positive
    half = lesson.truth.copy()
    half[:, 34:] = False
    assert lesson.go_on(half.astype(np.float32), None)
    assert np.array_equal(lesson.mask, half | (lesson.mask & half))
    assert len(lesson.clicks) == 2
    assert not lesson.go_on(lesson.truth.astype(np.float32), None)


def test_pixels_under_clicks_and_right_ones_far_from_them_count_more(scan):
    lesson = plain_lesson(scan, 64, from_nothing=True)
    weights = lesson.weights
    row, column = (round(x) for x in lesson.clicks[0].points[0])
    assert weights[row, column] == weights.max() > 1
    assert weights[0, 0] > 1
    assert weights[row, min(63, column + 6)] == 1


def test_the_network_starts_as_the_one_it_comes_from(tmp_path):
    organ = two_headed_unet(64, 3, pretrained=False)
    write_start(organ.get_weights(), tmp_path / f"organ{ENDING}")
    network = interactive_unet(64, pretrained=False)
    assert network.count_params() < 3_000_000
    begin_from(network, TINY, [tmp_path / f"organ{ENDING}"])
    kept = [layer.name for layer in network.layers if layer.weights]
    same = [
        name
        for name in kept
        if name in {layer.name for layer in organ.layers}
        and np.array_equal(
            network.get_layer(name).get_weights()[0],
            organ.get_layer(name).get_weights()[0].astype(np.float16).astype(np.float32),
        )
    ]
    assert set(kept) - set(same) == {
        "guide_conv",
        "guide_stem",
        "guide_scale",
        "guide_fine",
        "overlap",
    }
    with pytest.raises(DataError, match="another network"):
        begin_from(
            build(find_recipe("breast", "unet"), pretrained=False),
            find_recipe("breast", "unet"),
            [tmp_path / f"organ{ENDING}"],
        )


@pytest.mark.usefixtures("shallow")
def test_an_epoch_is_the_same_for_a_run_that_goes_on(scan, training_folder):
    data = load_click_scans(training_folder, TINY, as_a_stranger_sees)
    network = interactive_unet(64, pretrained=False)
    whole = ClickBatches(data["train"], TINY, network)
    later = ClickBatches(data["train"], TINY, network, 0, 1)
    assert len(whole) == 2
    assert len(later) == 1
    for ours, theirs in zip(whole[1], later[0], strict=True):
        for name in ours:
            assert np.array_equal(ours[name], theirs[name])


@pytest.mark.usefixtures("shallow")
def test_two_steps_train_export_and_answer_a_click(training_folder, tmp_path, monkeypatch):
    run, weights = tmp_path / "run", tmp_path / "models"
    data = load_click_scans(training_folder, TINY, as_a_stranger_sees)
    assert {*data["train"].rows["organ"]} == {"brain", "breast"}
    train(TINY, data, run, pretrained=False)
    assert json.loads((run / "config.json").read_text())["steps"] == 2
    card = export("click", training_folder, [run], weights, "0.0.1")
    assert (card.role, card.task, card.is_default) == ("interactive", "interactive", True)
    assert card.n_bytes < 6_000_000
    assert {"dice_1", "dice_3", "score"} <= card.validation.keys()
    monkeypatch.setenv(MODELS_VARIABLE, str(weights))
    forget_models()
    picture = np.random.default_rng(0).integers(0, 255, (80, 90)).astype(np.uint8)
    refined = refine(Scan(picture, "yx"), np.zeros((80, 90), np.uint8), [Click.at(40, 40)])
    assert refined.mask[40, 40] == 1
    assert refined.model == "click 0.0.1"
    forget_models()


@pytest.mark.usefixtures("shallow")
def test_a_network_of_clicks_is_told_of_five_guides():
    network = interactive_unet(64, pretrained=False)
    inputs = {
        "image": np.zeros((1, 64, 64, 3), np.float32),
        "guides": np.zeros((1, 64, 64, len(GUIDES)), np.float32),
    }
    outputs = network(inputs)
    assert outputs["lesion"].shape == (1, 64, 64, 1)
    assert outputs["overlap"].shape == (1, 1)
    with pytest.raises(ValueError, match="one class"):
        interactive_unet(64, 2)
