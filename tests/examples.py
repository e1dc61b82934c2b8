"""The examples in docstrings are run as tests, where they stand."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import napari_multicancer

PACKAGE = Path(napari_multicancer.__file__).parent


def modules_with_examples(folder: str = "") -> list[str]:
    """Name the modules of the package, or of one of its folders, whose docstrings hold examples."""
    return [
        ".".join(("napari_multicancer", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if ">>> " in path.read_text("utf-8")
    ]


def check_examples(module: str) -> None:
    """Run a module's examples; what differs is printed."""
    found = doctest.testmod(import_module(module.removesuffix(".__init__")))
    assert found.attempted
    assert not found.failed
