from __future__ import annotations

import getpass
import hashlib
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import numpy
import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from napari_multicancer import __version__
from napari_multicancer.cli.commands import app
from napari_multicancer.core.models.cards import (
    MODELS_VARIABLE,
    WEIGHTS_VARIABLE,
    forget_models,
    list_models,
    weights_folder,
)
from napari_multicancer.core.models.runtime import unload_models
from napari_multicancer.doctor import examine
from napari_multicancer.doctor.discreet import discreet
from napari_multicancer.doctor.each_model import ask_models
from napari_multicancer.doctor.examine import PARTS
from napari_multicancer.doctor.finding import Finding
from napari_multicancer.doctor.libraries import EXTRAS, look_at_extras, look_at_libraries
from napari_multicancer.doctor.models import look_at_folders, look_at_models
from napari_multicancer.doctor.self_test import analyze_samples
from napari_multicancer.doctor.window import look_at_window
from napari_multicancer.samples import SAMPLES
from napari_multicancer.training.export.cards import write_card


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Copies of the shipped models, in use."""
    folder = tmp_path / "models in use"
    folder.mkdir()
    for path in weights_folder().iterdir():
        if path.suffix in (".toml", ".tflite"):
            (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    forget_models()
    yield folder
    forget_models()
    unload_models()


def faults(findings) -> dict[str, str]:
    return {one.topic: f"{one.says}: {one.advice}" for one in findings if one.state == "fault"}


@pytest.mark.slow
def test_a_whole_installation_is_well(models: Path):
    models.parent.joinpath("nothing").mkdir()
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.stdout
    assert result.stdout.rstrip().endswith("All is well.")
    for title in PARTS:
        assert f"{title}\n" in result.stdout
    for known in (__version__, platform.python_version(), numpy.__version__, version("napari")):
        assert known in result.stdout
    for card in list_models():
        (line,) = [line for line in result.stdout.splitlines() if card.label in line]
        assert card.role in line
        assert card.sha256[:16] in line
    for sample in SAMPLES:
        assert re.search(rf"{sample.name} .*{sample.organ}.* in \d+\.\d\d s", result.stdout)


@pytest.mark.slow
def test_a_broken_model_ends_with_3_and_its_line_says_what_to_do(models: Path):
    path = models / "brain.tflite"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 3
    (line,) = [one for one in result.stdout.splitlines() if "sha256 differs" in one]
    assert line.startswith("WRONG brain ")
    assert "reinstall the package" in line
    assert "Traceback" not in result.output
    assert "breast" in result.stdout
    assert "WRONG Brain tumor " in result.stdout
    assert "WRONG Breast, benign" not in result.stdout


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _alter(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("input_size", "input_side"), "utf-8")


def _no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "damage", "says"),
    [
        ("brain.tflite", Path.unlink, "missing or unreadable"),
        ("brain.tflite", _cut, "not the one its card describes"),
        ("brain.toml", _alter, "is not valid"),
        ("brain.toml", _cut, "cannot be read"),
        ("brain.toml", _no_text, "cannot be read"),
        ("brain.toml", lambda path: path.write_text(""), "is not valid"),
    ],
)
def test_what_is_wrong_with_a_model_is_said_in_its_line_and_the_others_are_listed(
    models: Path, name: str, damage: Callable[[Path], object], says: str
):
    damage(models / name)
    findings = {one.topic.split()[0]: one for one in look_at_models()}
    assert findings["brain"].state == "fault"
    assert says in findings["brain"].says
    assert findings["breast"].state == "fine"


@pytest.mark.slow
def test_a_broken_model_of_ones_own_is_told_from_the_shipped_ones(models: Path, tmp_path: Path):
    (tmp_path / "kidney.toml").write_text("name = 'kidney'")
    assert set(faults(look_at_models())) == {"kidney"}


@pytest.mark.slow
@pytest.mark.parametrize("damage", [_cut, _alter, _no_text])
def test_each_model_is_asked_though_another_ones_card_cannot_be_read(
    models: Path, damage: Callable[[Path], object]
):
    damage(models / "breast.toml")
    alone = {one.topic: one for one in ask_models()}
    assert "breast alone" not in alone
    assert {"brain alone", "breast_sk_unet alone", "click alone", "recognizer alone"} <= set(alone)
    assert {one.state for one in alone.values()} == {"fine"}
    assert alone["brain alone"].says.startswith("says tumor of the sample Brain tumor in ")
    assert re.match(r"outlines [1-9]\d* px of the sample ", alone["click alone"].says)
    samples = list(analyze_samples())
    unasked = {one.topic for one in samples if one.state == "fault"}
    assert unasked == {one.name for one in SAMPLES if one.organ == "breast"}
    assert {one.says for one in samples if one.topic in unasked} == {
        "not analyzed, as a model cannot be used"
    }


@pytest.mark.slow
def test_a_model_that_does_not_fit_its_card_is_said_and_the_others_are_asked(models: Path):
    card = tomllib.loads((models / "brain.toml").read_text("utf-8"))
    breast = tomllib.loads((models / "breast.toml").read_text("utf-8"))
    other = {name: breast[name] for name in ("file", "sha256", "input_size")}
    write_card(card | other, models / "brain.toml")
    (models / "click.tflite").write_bytes(b"no model")
    content = tomllib.loads((models / "click.toml").read_text("utf-8"))
    sha256 = hashlib.sha256(b"no model").hexdigest()
    write_card(content | {"sha256": sha256}, models / "click.toml")
    wrong = faults(ask_models())
    assert list(wrong) == ["brain alone", "click alone"]
    assert "does not score the 2 classes of its card: reinstall" in wrong["brain alone"]
    assert "cannot be loaded: reinstall the package" in wrong["click alone"]


@pytest.mark.slow
def test_an_own_model_that_takes_the_place_of_a_shipped_one_is_named(models: Path, tmp_path: Path):
    for suffix in (".toml", ".tflite"):
        (tmp_path / f"brain{suffix}").write_bytes((models / f"brain{suffix}").read_bytes())
    brain = [one.says for one in look_at_models() if one.topic.startswith("brain ")]
    assert brain[0].endswith("an own model takes its place")
    assert brain[1].endswith("own")


@pytest.mark.parametrize("variable", [MODELS_VARIABLE, WEIGHTS_VARIABLE])
def test_a_variable_that_points_nowhere_is_a_fault(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, str(tmp_path / "gone"))
    (found,) = faults(look_at_folders()).values()
    assert variable in found
    assert "unset it" in found


def test_a_folder_without_models_is_a_fault(models: Path):
    for path in models.iterdir():
        path.unlink()
    assert {"Organs", "Recognizer"} <= set(faults(look_at_models()))
    assert len(faults(analyze_samples())) == len(SAMPLES) + 1


def _lacking(*names: str) -> Callable[[str], str]:
    def found(name: str) -> str:
        if name in names:
            raise PackageNotFoundError(name)
        return version(name)

    return found


def test_an_extra_that_is_not_installed_is_a_note_that_says_how_to_get_it():
    findings = {one.topic: one for one in look_at_extras(_lacking("distributed"))}
    assert list(findings) == list(EXTRAS)
    assert findings["cluster"].state == "note"
    assert 'pip install "napari-multicancer[cluster]"' in findings["cluster"].advice
    assert not faults(findings.values())


def test_every_extra_for_users_is_known_by_its_purpose():
    known = {
        str(Requirement(line).marker).split('"')[-2]
        for line in requires("napari-multicancer") or ()
        if "extra" in line
    }
    for_developers = {"pyqt5", "pyqt6", "test", "dev", "bench", "docs"}
    assert known - for_developers <= set(EXTRAS)


def test_a_needed_library_that_is_missing_or_too_old_is_a_fault():
    missing = faults(look_at_libraries(_lacking("pydicom")))
    assert missing["pydicom"].startswith("is not installed: pip install")
    old = faults(look_at_libraries(lambda name: "0.0.1" if name == "numpy" else version(name)))
    assert list(old) == ["numpy"]
    assert "0.0.1 does not fit" in old["numpy"]


def _module(folder: Path, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a module before all others of its name, in processes that are started."""
    (folder / f"{name}.py").write_text(code)
    paths = [str(folder), *sys.path]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


def test_a_qt_that_does_not_load_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _module(tmp_path, "qtpy", "raise ImportError('libGL.so.1: no such file')", monkeypatch)
    found = faults(look_at_window())
    assert list(found) == ["Qt"]
    assert "ImportError: libGL.so.1" in found["Qt"]
    assert "pip install" in found["Qt"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_no_display_is_a_note_and_one_that_does_not_answer_a_fault(
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert [one.state for one in look_at_window()] == ["fine", "fine", "note"]
    monkeypatch.setenv("DISPLAY", ":98765")
    assert list(faults(look_at_window())) == ["Window"]


@pytest.mark.slow
def test_a_window_that_opens_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    *_, last = look_at_window()
    assert last == Finding("Window", "opens (offscreen)")


@pytest.mark.slow
def test_the_report_names_neither_user_nor_machine_nor_home(models: Path, tmp_path: Path):
    home = tmp_path / "home" / "annette.meier"
    own = home / "models of Annette.Meier"
    own.mkdir(parents=True)
    (own / "broken.toml").write_text("name = 1")
    environment = {
        **os.environ,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "USER": "ameier7",
        "LOGNAME": "ameier7",
        MODELS_VARIABLE: str(own),
        WEIGHTS_VARIABLE: str(home / "of_ameier7" / "gone"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, "-m", "napari_multicancer.cli", "doctor"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 3
    for name in ("annette", "meier", platform.node(), str(tmp_path)):
        assert name.lower() not in (run.stdout + run.stderr).lower()
    assert f"${MODELS_VARIABLE}/broken.toml" in run.stdout
    assert f"where {WEIGHTS_VARIABLE} points is no folder" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/someone/a.toml is gone", "~/a.toml is gone"),
        ("/Users/some one/a.toml is gone", "~/a.toml is gone"),
        (r"'C:\Users\some one\a.toml' is gone", r"'~\a.toml' is gone"),
        (r"C:\\Users\\someone\\a.toml", r"~\\a.toml"),
        ("/home/someone: no folder", "~: no folder"),
        ("file:///home/someone/a", "file:~/a"),
        ("numpy 2.3.1 at home", "numpy 2.3.1 at home"),
        ("/data/models", "/data/models"),
    ],
)
def test_homes_of_whomever_are_written_short(text: str, shown: str):
    assert discreet(text) == shown


@pytest.mark.parametrize("case", [str, str.upper])
def test_the_own_home_is_written_short_wherever_it_lies(
    case: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "store").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "store")
    monkeypatch.setenv("HOME", str(tmp_path / "link"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "link"))
    for home in ("link", "store"):
        assert discreet(case(f"{tmp_path}/{home}") + "/a, b") == "~/a, b"
    assert "storehouse" in discreet(f"{tmp_path}/storehouse")


def test_folders_that_our_variables_name_stand_by_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "Dr Jane Smith" / "patient Müller"
    monkeypatch.setenv(MODELS_VARIABLE, str(folder))
    assert discreet(f"{folder}/a.toml is broken") == f"${MODELS_VARIABLE}/a.toml is broken"
    assert discreet(f"{sys.prefix}/lib/x.so") == "(python)/lib/x.so"


def test_a_root_for_a_home_leaves_paths_as_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/")
    monkeypatch.setenv("USERPROFILE", "/")
    assert discreet("/data/models") == "/data/models"


def test_user_and_machine_are_replaced_as_words_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    monkeypatch.setattr(platform, "node", lambda: "Scanner7.hospital.example")
    assert discreet("/data/Anna_models, annals") == "/data/(user)_models, annals"
    assert discreet("scanner7/a scanner7.hospital.example") == "(host)/a (host)"


@pytest.mark.slow
def test_examining_from_python_loads_no_qt():
    code = (
        "import sys\nfrom napari_multicancer.doctor import examine\nfound = examine()\n"
        "assert not {'qtpy', 'napari', 'PyQt5', 'PyQt6', 'tensorflow'} & set(sys.modules)\n"
        "print(found)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Self-test" in run.stdout


@pytest.mark.slow
def test_the_summary_counts_what_is_wrong_and_says_where_to_look(
    models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(PARTS, "Self-test", ())
    monkeypatch.setitem(PARTS, "Window", ())
    (models / "click.tflite").unlink()
    assert examine().summary.startswith("1 thing is wrong: do what the line")
    (models / "breast.tflite").unlink()
    assert examine().summary.startswith("2 things are wrong")


def test_a_part_that_fails_itself_is_said_and_the_others_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
):
    def denied():
        yield Finding("Before", "is kept")
        raise PermissionError(13, "denied", "/home/someone/models")

    for title in PARTS:
        monkeypatch.setitem(PARTS, title, ())
    monkeypatch.setitem(PARTS, "Models", (denied,))
    monkeypatch.setitem(PARTS, "Self-test", (lambda: [Finding("After", "is looked at")],))
    found = str(examine())
    assert "Before" in found
    assert "After" in found
    assert "cannot be looked at (PermissionError: [Errno 13] denied: '~/models')" in found


def test_a_name_that_the_terminal_cannot_show_is_escaped(monkeypatch: pytest.MonkeyPatch):
    for title in PARTS:
        monkeypatch.setitem(PARTS, title, ())
    monkeypatch.setitem(
        PARTS, "Models", (lambda: [Finding("Own models", "D:/Mod\u00e8les\u6a21")],)
    )
    result = CliRunner(charset="ascii").invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert "D:/Mod\\xe8les\\u6a21" in result.stdout
