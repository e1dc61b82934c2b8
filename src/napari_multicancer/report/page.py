"""A report as a page that needs nothing else, and as JSON beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from napari_multicancer.core.models.figures import figure_text
from napari_multicancer.core.words import chance, class_name, number
from napari_multicancer.io.files import replacing

LABELS_A_TABLE = 6
"""So many columns fit a page."""


def write_report(path: Path, content: Mapping[str, Any], picture: bytes | None) -> Path:
    """Write a report as HTML, and what it says as JSON of the same name.

    Parameters
    ----------
    path : Path
        The HTML file; the other one ends in ".json".
    content : mapping
        From `report_content`.
    picture : bytes, optional
        A PNG; it goes into the page itself.

    Returns
    -------
    Path
        The JSON file.

    Raises
    ------
    OutputError
        A file cannot be written; one that is there stays as it is.
    """
    beside = path.with_suffix(".json")
    page = html(content, picture)
    with replacing(beside) as part:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False), "utf-8")
    with replacing(path) as part:
        part.write_text(page, "utf-8")
    return beside


def html(content: Mapping[str, Any], picture: bytes | None) -> str:
    """Render a report; whatever stands in names and texts is shown, never obeyed."""
    encoded = None if picture is None else base64.b64encode(picture).decode("ascii")
    return _template().render(report=content, picture=encoded, labels_a_table=LABELS_A_TABLE)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("napari_multicancer", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "class_name": class_name,
        "chance": chance,
        "figure": figure_text,
        "number": number,
        "moment": lambda text: str(text)[:16].replace("T", " "),
    }
    return environment.get_template("page.html")
