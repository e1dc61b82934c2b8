"""What the guide says is so: its commands run, its code too, its names stand in the window."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main
from packaging.requirements import Requirement
from typer.testing import CliRunner

from napari_multicancer.cli import commands as cli
from napari_multicancer.core.models.cards import CHECKSUM, read_card
from napari_multicancer.project import Project, State
from napari_multicancer.samples import FOLDER, SAMPLES
from scripts.guide_pictures.pictures import FOLDER as IMAGES
from scripts.guide_pictures.pictures import PICTURES, files
from scripts.system_packages import LIBRARIES
from tests.guide.pages import (
    DOCS,
    PAGES,
    blocks,
    commands,
    keys,
    names,
    pictures,
    words_of_the_window,
)

REPOSITORY = DOCS.parent
PROGRAM = "napari-multicancer"
RUN_ELSEWHERE = {"doctor", "open", "train", "export", "evaluate"}
"""Commands that tests of their own run: here they are only read."""
MOST_OF_IMAGES = 3_000_000


def by_page(*parts: str) -> list[Path]:
    return [page for page in PAGES if any(True for part in parts for _ in blocks(page, part))]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the guide's commands name: scans, and a list with finished ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_has_display", lambda: False)
    shutil.copy(FOLDER / "breast_benign.png", "scan.png")
    Path("scans").mkdir()
    for sample in (SAMPLES[0], SAMPLES[2]):
        shutil.copy(sample.path, "scans")
    Path("mine").mkdir()
    return tmp_path


def finish(folder: Path) -> None:
    """Accept all proposals, as somebody who presses N."""
    with Project.open(folder, who="Ada") as project:
        project.take_results()
        for scan in project.scans():
            project.set_state(scan.id, State.DONE)


def run(line: str) -> None:
    result = CliRunner().invoke(cli.app, shlex.split(line)[1:])
    assert result.exit_code == 0, f"{line}\n{result.output}"


def can_be_read(line: str) -> None:
    """Read a command's options as the program does, without doing what it says."""
    group = typer.main.get_command(cli.app)
    _, *words = shlex.split(line)
    context = group.make_context(PROGRAM, list(words))
    name, command, rest = group.resolve_command(context, words)
    assert command is not None, line
    command.make_context(name, rest, parent=context)


@pytest.mark.slow
@pytest.mark.parametrize("page", by_page("sh"), ids=lambda page: page.stem)
def test_every_command_in_the_guide_runs(page: Path, desk: Path):
    if "analyze scans --out results" not in page.read_text("utf-8"):
        run(f"{PROGRAM} analyze scans --out results")
        finish(Path("results"))
    for line in commands(page):
        if not line.startswith(f"{PROGRAM} "):
            continue
        if shlex.split(line)[1] in RUN_ELSEWHERE:
            can_be_read(line)
        elif line.endswith("--help"):
            can_be_read(line.removesuffix(" --help").replace("analyze", "analyze x --out y"))
        else:
            run(line)


def test_all_that_is_typed_is_of_a_known_kind():
    kinds = (
        rf"{PROGRAM} .+",
        r"(python|multicancer/bin/python) -m pip install .+",
        r"python3 -m venv multicancer",
        r"multicancer/bin/(napari|napari-multicancer doctor)",
        r"sudo apt-get install .+",
    )
    for page in PAGES:
        for line in commands(page):
            assert any(re.fullmatch(kind, line) for kind in kinds), line


def test_what_is_to_be_installed_exists():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [line for page in PAGES for line in commands(page) if " pip install " in line]
    assert asked
    for line in asked:
        requirement = Requirement(shlex.split(line)[-1])
        assert requirement.name == project["name"]
        assert requirement.extras <= project["optional-dependencies"].keys()
    (system,) = [line for page in PAGES for line in commands(page) if "apt-get" in line]
    assert set(system.split()[3:]) <= set(LIBRARIES.values())


def test_windows_gets_the_same_commands_as_the_others():
    page = DOCS / "guide" / "installing.md"
    (windows,) = blocks(page, "bat")
    ours, *_ = blocks(page, "sh")
    translated = ours.replace("python3 ", "py ").replace(
        "multicancer/bin/", "multicancer\\Scripts\\"
    )
    assert windows.split("\n") == translated.split("\n")


@pytest.mark.slow
def test_the_code_in_the_guide_runs(desk: Path):
    (first, second) = blocks(DOCS / "guide" / "terminal.md", "python")
    for code in (first, second):
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_card_in_the_guide_is_sealed_by_the_code_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = DOCS / "guide" / "organs.md"
    network = REPOSITORY / "tests" / "organs" / "thyroid" / "thyroid.tflite"
    (card,), (code,) = blocks(page, "toml"), blocks(page, "python")
    sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
    monkeypatch.chdir(tmp_path)
    Path("models").mkdir()
    Path("models/thyroid.toml").write_text(card.replace("...", sha256), "utf-8")
    exec(code, {})
    assert read_card(Path("models/thyroid.toml")).organ == "thyroid"
    for entry in re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", page.read_text("utf-8"), re.MULTILINE):
        assert {*entry} - {"", CHECKSUM} <= {*tomllib.loads(card), "image", "lesion"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_button_and_key_that_the_guide_names_is_in_the_window(page: Path):
    shown = words_of_the_window()
    assert names(page) - shown == set()
    known = {text.replace("-", "+") for text in shown} | {"N", "J"}
    sentences = " ".join(shown)
    assert {key for key in keys(page) if key not in known and key not in sentences} == set()


def test_a_name_that_is_in_no_window_would_be_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("Press **Heal** or *Heal it*.\n\n- **This is a long sentence** of ours.\n")
    assert names(page) - words_of_the_window() == {"Heal", "Heal it"}


def test_every_picture_is_made_by_the_script_and_lies_there():
    texts = [page.read_text("utf-8") for page in (*PAGES, REPOSITORY / "README.md")]
    shown = set().union(*map(pictures, texts))
    there = {path.name for path in IMAGES.iterdir()}
    assert shown == files() == there


def test_every_picture_has_its_story():
    stories = (REPOSITORY / "scripts" / "guide_pictures" / "stories.py").read_text("utf-8")
    for picture in PICTURES:
        assert f"\ndef {picture.story}(program" in stories


def test_pictures_are_of_modest_size():
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < MOST_OF_IMAGES


def test_every_page_is_in_the_contents():
    contents = (REPOSITORY / "mkdocs.yml").read_text("utf-8")
    for page in DOCS.rglob("*.md"):
        assert f"- {page.relative_to(DOCS).as_posix()}\n" in contents.replace("Home: ", "")
