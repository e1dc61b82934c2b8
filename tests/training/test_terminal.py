import subprocess
import sys
from dataclasses import replace
from types import ModuleType

import pytest
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.cli.training import common
from napari_multicancer.core.errors import DataError
from napari_multicancer.training.recipe import find_recipe
from napari_multicancer.training.recipe_file import read_recipe


@pytest.fixture
def recipes(monkeypatch):
    """The recipes that training was started with, in place of training."""
    started = []

    def train(recipe, data, out, **options):
        started.append(recipe)
        return out / "best.keras"

    fit = ModuleType("fit")
    fit.train = train
    monkeypatch.setitem(sys.modules, "napari_multicancer.training.fit.train", fit)
    return started


def test_evaluating_needs_neither_tensorflow_nor_keras():
    code = (
        "import sys\n"
        "import napari_multicancer.training.evaluate.evaluate\n"
        "import napari_multicancer.training.export.cards\n"
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("command", [["train", "breast"], ["evaluate"]])
def test_a_folder_without_a_manifest_is_one_sentence(command, tmp_path):
    result = CliRunner().invoke(app, [*command, "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "name the folder that holds manifest.csv" in result.stderr


@pytest.mark.parametrize("command", [["train", "breast"], ["evaluate"]])
def test_missing_packages_say_how_to_get_them(command, tmp_path, monkeypatch):
    monkeypatch.setattr(common, "PACKAGES", ("no_such_package",))
    result = CliRunner().invoke(app, [*command, "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert 'pip install "napari-multicancer[train]"' in result.stderr


def test_an_unknown_model_is_named(tmp_path):
    result = CliRunner().invoke(app, ["evaluate", "--models", "x", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "'x'" in result.stderr


def test_a_recipe_file_overrides_what_it_names(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'task = "brain"\nepochs = 3\nlearning_rate = 1\nclasses = ["tumor", "no_tumor"]\n'
        "[emphasis]\nLGG = 2\n"
    )
    assert read_recipe(path, find_recipe("brain")) == replace(
        find_recipe("brain"),
        epochs=3,
        learning_rate=1.0,
        classes=("tumor", "no_tumor"),
        emphasis={"LGG": 2},
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("epoch = 3", "there is no 'epoch'; a recipe has task, "),
        ("epochs = 2.5", "epochs must be a whole number, not 2.5"),
        ("epochs = true", "epochs must be a whole number, not True"),
        ("epochs = 0", "epochs must be at least 1, not 0"),
        ("size = 144", "size must be a multiple of 32, not 144"),
        ("share = 0.0", "share must be above 0 and at most 1, not 0.0"),
        ('learning_rate = "fast"', "learning_rate must be a number, not 'fast'"),
        ('organs = "brain"', "organs must be a list, each entry a text, not 'brain'"),
        ('emphasis = {LGG = "much"}', "emphasis must be a table, each entry a number"),
        ('task = "breast"', "is a recipe for 'breast', not for 'brain'"),
        ('mask_loss = "iou"', "mask_loss must be 'dice' or 'focal_tversky', not 'iou'"),
        ("epochs =", "is no TOML"),
    ],
)
def test_a_wrong_recipe_file_is_one_sentence(line, says, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(line)
    result = CliRunner().invoke(
        app, ["train", "brain", "--data", str(tmp_path), "--config", str(path)]
    )
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_missing_recipe_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"mine\.toml cannot be read"):
        read_recipe(tmp_path / "mine.toml", find_recipe("brain"))


def test_the_command_line_wins_over_the_recipe_file(training_folder, tmp_path, recipes):
    path = tmp_path / "mine.toml"
    path.write_text("epochs = 3\nbatch_size = 5\nlearning_rate = 0.5\nseed = 7\n")
    options = ["--data", str(training_folder), "--config", str(path)]
    options += ["--epochs", "2", "--learning-rate", "0.25"]
    result = CliRunner().invoke(app, ["train", "breast", *options])
    assert result.exit_code == 0, result.stderr
    expected = replace(find_recipe("breast"), epochs=2, batch_size=5, learning_rate=0.25, seed=7)
    assert recipes == [expected]


def test_training_does_not_start_on_a_faulty_folder(training_folder, recipes):
    (training_folder / "images/0.png").write_bytes(b"no picture")
    (training_folder / "masks/1.png").write_bytes(b"no mask")
    result = CliRunner().invoke(app, ["train", "breast", "--data", str(training_folder)])
    assert result.exit_code == 2
    assert "0.png cannot be read as a picture" in result.stderr
    assert "1.png cannot be read as a mask" in result.stderr
    assert not recipes
