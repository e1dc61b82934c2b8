"""What experiments, benchmarks and scripts import is there, so that none ends at its first line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("experiments", "benchmarks", "scripts")
ROOTS = {"napari_multicancer": ROOT / "src", **dict.fromkeys(FOLDERS, ROOT)}
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each import from our own code, within functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOTS:
            yield from ((str(node.module), alias.name) for alias in node.names)


def names_of(module: str) -> set[str]:
    """What a module defines or imports, and what lies in its folder."""
    folder = ROOTS[module.split(".")[0]].joinpath(*module.split("."))
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    names = {one.stem for one in folder.glob("*")} if folder.is_dir() else set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_imported_is_there(path):
    for module, name in imported(path):
        assert name in names_of(module), f"{module} has no {name}"
