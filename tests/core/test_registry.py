import shutil
import tomllib

import pytest
import tomli_w

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.registry import (
    TASKS,
    WEIGHTS_VARIABLE,
    find_model,
    forget_models,
    list_models,
    read_card,
    read_weights,
    weights_folder,
)


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    folder = tmp_path / "weights"
    shutil.copytree(weights_folder(), folder)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    return folder


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_default_whose_file_is_the_one_its_card_describes(task):
    card = find_model(task)
    assert card.is_default
    assert len(read_weights(card)) == card.details["bytes"]


def test_every_card_says_what_users_must_know():
    for card in list_models():
        details = card.details
        assert "research" in details["intended_use"]
        assert details["licence"]
        assert details["known_limits"]
        if details["quantization"] == "float16":
            assert details["parity"]["largest_probability_gap"] < 0.01
            assert details["parity"]["mask_agreement"] >= 0.999
        assert {"value", "low", "high", "n"} <= set(details["metrics"]["test"]["accuracy"])


def test_the_shipped_models_weigh_less_than_40_megabytes():
    assert sum(card.path.stat().st_size for card in list_models()) < 40e6


def test_an_altered_model_file_is_refused(copied_weights):
    path = copied_weights / "brain.tflite"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="sha256 differs"):
        read_weights(find_model("brain"))


def test_a_missing_model_file_is_named(copied_weights):
    (copied_weights / "brain.tflite").unlink()
    with pytest.raises(ModelError, match=r"brain\.tflite is missing"):
        read_weights(find_model("brain"))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"no model 'x' for 'brain'; choose one of: brain"):
        find_model("brain", "x")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(ModelError, match="holds no model for 'brain'"):
        find_model("brain", folder=tmp_path)


@pytest.mark.parametrize("content", ["not toml", 'name = "x"'])
def test_a_broken_card_is_one_sentence(tmp_path, content):
    path = tmp_path / "x.toml"
    path.write_text(content)
    with pytest.raises(ModelError, match="reinstall the package"):
        read_card(path)


def altered_card(folder, line):
    path = folder / "brain.toml"
    details = tomllib.loads(path.read_text("utf-8")) | tomllib.loads(line)
    path.write_text(tomli_w.dumps(details), "utf-8")
    return path


def test_a_card_may_ask_for_preprocessing_and_refinement(copied_weights):
    card = read_card(copied_weights / "brain.toml")
    assert (card.preprocessing, card.refinement) == ((), "")
    lines = 'preprocessing = ["median", "crop_to_head"]\nrefinement = "crf"'
    card = read_card(altered_card(copied_weights, lines))
    assert card.preprocessing == ("median", "crop_to_head")
    assert card.refinement == "crf"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('preprocessing = ["median", "polish"]', "the preprocessing 'polish', which.*knows.*sobel"),
        ('preprocessing = "median"', "preprocessing is 'median', not a list of steps"),
        ('refinement = "dream"', r"the refinement 'dream', which.*\(it knows crf\)"),
    ],
)
def test_a_step_nobody_knows_is_named(copied_weights, line, message):
    with pytest.raises(ModelError, match=message):
        read_card(altered_card(copied_weights, line))


def test_changed_cards_are_seen_after_forgetting(copied_weights):
    assert len(list_models()) >= 3
    for path in copied_weights.glob("*.toml"):
        path.unlink()
    forget_models()
    assert list_models() == []
    forget_models()
