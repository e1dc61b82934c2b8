import subprocess
import sys

import pytest
from typer.testing import CliRunner

from napari_multicancer.cli import app
from napari_multicancer.training import commands


def test_evaluating_needs_neither_tensorflow_nor_keras():
    code = (
        "import sys, napari_multicancer.training.evaluate, napari_multicancer.training.cards\n"
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
    monkeypatch.setattr(commands, "PACKAGES", ("no_such_package",))
    result = CliRunner().invoke(app, [*command, "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert 'pip install "napari-multicancer[train]"' in result.stderr


def test_an_unknown_model_is_named(tmp_path):
    result = CliRunner().invoke(app, ["evaluate", "--models", "x", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "'x'" in result.stderr
