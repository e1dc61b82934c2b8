"""What MkDocs is told beyond mkdocs.yml: icon and pictures of the model cards lie outside docs/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "weights"
ICON = ROOT / "src" / "napari_multicancer" / "icon.svg"


def on_files(files: Files, config: Any) -> Files:
    """Add the program's icon, and the reliability diagrams, which docs/models.md shows."""
    files.append(File.generated(config, f"images/{ICON.name}", content=ICON.read_bytes()))
    for path in sorted(WEIGHTS.glob("*_reliability.png")):
        name = f"weights/{path.name}"
        files.append(File.generated(config, name, content=path.read_bytes()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Link to them where they are on the site."""
    return markdown.replace("](../weights/", "](weights/")
