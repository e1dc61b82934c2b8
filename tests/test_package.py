"""What an installed package promises, wherever it was installed from."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points, metadata, packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from npe2 import PluginManifest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import napari_multicancer
from napari_multicancer.core.models.cards import find_model, list_models, read_weights
from napari_multicancer.samples import SAMPLES

REPOSITORY = Path(__file__).resolve().parents[1]
DISTRIBUTION = "napari-multicancer"


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_distribution(DISTRIBUTION)


def run(code: str) -> str:
    """Run a snippet in a fresh interpreter, and give what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_importing_the_package_loads_neither_tensorflow_nor_qt_nor_napari():
    heavy = "{'tensorflow', 'keras', 'qtpy', 'napari', 'PyQt5', 'PyQt6', 'ai_edge_litert'}"
    loaded = run(
        "import sys, napari_multicancer\n"
        "from napari_multicancer import Analysis, Scan, analyze, load_scan\n"
        f"print(*sorted({heavy} & set(sys.modules)))"
    )
    assert loaded.split() == []


def test_importing_the_terminal_loads_neither_tensorflow_nor_qt_nor_napari():
    loaded = run(
        "import sys, napari_multicancer.cli.commands\n"
        "print(*sorted({'tensorflow', 'keras', 'qtpy', 'napari'} & set(sys.modules)))"
    )
    assert loaded.split() == []


@pytest.mark.slow
def test_the_modules_that_the_manifest_names_load_no_tensorflow(manifest: PluginManifest):
    modules = {
        command.python_name.split(":")[0] for command in manifest.contributions.commands or ()
    }
    loaded = run(
        f"import sys, importlib\nfor name in {sorted(modules)}: importlib.import_module(name)\n"
        "print(*sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert loaded.split() == []


def test_public_names_are_all_there():
    for name in napari_multicancer.__all__:
        assert getattr(napari_multicancer, name).__name__ == name
        assert name in dir(napari_multicancer)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = napari_multicancer.nothing_such


def test_version_and_licence_are_those_of_the_project_file():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert napari_multicancer.__version__ == project["version"]
    assert metadata(DISTRIBUTION)["License-Expression"] == project["license"] == "BSD-3-Clause"


def test_every_command_of_the_manifest_resolves(manifest: PluginManifest):
    commands = manifest.contributions.commands
    assert commands
    for command in commands:
        module, _, attribute = command.python_name.partition(":")
        assert callable(getattr(import_module(module), attribute)), command.id


def test_the_terminal_command_resolves():
    (script,) = entry_points(group="console_scripts", name=DISTRIBUTION)
    assert callable(script.load())


@pytest.mark.parametrize("task", ["recognizer", "brain", "breast"])
def test_every_task_has_a_model_that_is_the_one_its_card_describes(task: str):
    assert read_weights(find_model(task))


def test_models_lie_in_the_package_or_in_its_checkout():
    package = Path(napari_multicancer.__file__).parent
    installed = {package / "weights"}
    in_checkout = {package.parents[1] / "weights"} if package.parent.name == "src" else set()
    assert {card.path.parent for card in list_models()} <= installed | in_checkout


def test_sample_scans_ship_with_the_package():
    package = Path(napari_multicancer.__file__).parent
    assert SAMPLES
    for sample in SAMPLES:
        assert sample.path.is_relative_to(package)
        assert sample.path.is_file()


def _imported(files: Iterable[Path]) -> set[str]:
    """Collect the names of the packages from outside that files import, at any depth."""
    names = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    roots = {name.partition(".")[0] for name in names}
    return roots - set(sys.stdlib_module_names) - {"_typeshed", "napari_multicancer"}


def _declared(*extras: str) -> set[str]:
    """Name what the project file asks for, with these extras."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["optional-dependencies"][extra] for extra in extras]
    asked = chain(project["dependencies"], *lists)
    return {canonicalize_name(Requirement(line).name) for line in asked}


def _distributions(packages: set[str]) -> dict[str, set[str]]:
    """Say which distributions bring each package; else it goes by its name."""
    known = packages_distributions()
    return {name: {canonicalize_name(one) for one in known.get(name, [name])} for name in packages}


OTHER_BACKENDS = {"jax", "torch"}
"""Keras computes with them where the user has installed them."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("is_training", "extras"),
    [(False, ["cluster", "consensus", "minc", "video"]), (True, ["train"])],
    ids=["program", "training"],
)
def test_all_that_is_imported_is_declared(is_training: bool, extras: list[str]):
    package = Path(napari_multicancer.__file__).parent
    files = [path for path in package.rglob("*.py") if ("training" in path.parts) == is_training]
    needed = _distributions(_imported(files) - OTHER_BACKENDS)
    declared = _declared(*extras)
    assert {name for name, found in needed.items() if not found & declared} == set()


@pytest.mark.slow
def test_all_that_is_declared_is_imported():
    package = Path(napari_multicancer.__file__).parent
    needed = _distributions(_imported(package.rglob("*.py")))
    assert _declared() - set().union(*needed.values()) - {"magicgui"} == set()


def test_no_two_classes_have_the_same_name():
    found: dict[str, list[str]] = {}
    for path in sorted(Path(napari_multicancer.__file__).parent.rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(path.name)
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
