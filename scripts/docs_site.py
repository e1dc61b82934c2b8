"""What MkDocs is told beyond mkdocs.yml: pictures of the model cards lie outside docs/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"


def on_files(files: Files, config: Any) -> Files:
    """Add the reliability diagrams, which docs/models.md shows."""
    for path in sorted(WEIGHTS.glob("*_reliability.png")):
        name = f"weights/{path.name}"
        files.append(File.generated(config, name, content=path.read_bytes()))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Link to them where they are on the site."""
    return markdown.replace("](../weights/", "](weights/")
