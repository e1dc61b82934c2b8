"""Without the extra "train" its commands say in a sentence what to install."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_multicancer.cli import app
from napari_multicancer.cli.training import common

COMMANDS = {
    "prepare": ["--out", "out"],
    "train": ["brain", "--data", "data"],
    "export": ["brain", "--data", "data"],
    "evaluate": ["--data", "data"],
}


@pytest.mark.parametrize("package", common.PACKAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_package_is_a_sentence_that_says_what_to_install(
    command: str, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def find(name: str) -> object:
        return None if name == package else importlib.util.find_spec("json")

    monkeypatch.setattr(common, "find_spec", find)
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, [command, *COMMANDS[command]])
    assert answer.exit_code != 0
    assert 'pip install "napari-multicancer[train]"' in answer.output
    assert list(tmp_path.iterdir()) == []
