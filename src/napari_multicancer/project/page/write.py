"""The page of a project written, with nothing that it needs elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from napari_multicancer.core.words import counted, percent
from napari_multicancer.io.files import replacing
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.page.numbers import project_content
from napari_multicancer.project.records import State

WIDTH, HEIGHT = 640, 200
LINES = {
    State.PROPOSED: "#9aa7b6",
    State.DONE: "#2f6fde",
    State.REVIEWED: "#2e8b57",
    State.FLAGGED: "#c0562a",
}
"""States that are drawn over time, each in its color."""


def write_page(
    project: OpenList,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    proceed: Callable[[], None] = lambda: None,
) -> Path:
    """Write the page of a project.

    Parameters
    ----------
    project : OpenList
    path : Path
        The HTML file; replaced where it exists.
    progress, proceed : callable
        See `numbers.project_content`.

    Raises
    ------
    OutputError
        It cannot be written; one that is there stays as it is.
    """
    page = html(project_content(project, progress, proceed))
    with replacing(path) as part:
        part.write_text(page, "utf-8", errors="backslashreplace")
    return path


def html(content: Mapping[str, Any]) -> str:
    """Render the page; whatever stands in names is shown, never obeyed."""
    days = content["days"]
    size = (WIDTH, HEIGHT)
    return _template().render(content=content, lines=_lines(days), most=_most(days), size=size)


def _lines(days: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Lay out a line a state: days from left to right, scans upward."""
    most = _most(days)
    step = WIDTH / max(1, len(days) - 1)
    lines = []
    for state, color in LINES.items():
        heights = [HEIGHT * (1 - day[state.value] / most) for day in days]
        places = [f"{number * step:.1f},{height:.1f}" for number, height in enumerate(heights)]
        lines.append({"state": state.value, "color": color, "points": " ".join(places)})
    return lines


def _most(days: Sequence[Mapping[str, Any]]) -> int:
    """Give how many scans the top of the picture stands for."""
    numbers: list[int] = [day[state.value] for day in days for state in LINES]
    return max([1, *numbers])


def _duration(hours: float) -> str:
    return f"{hours:,.1f} hours" if hours >= 1 else f"{max(1, round(60 * hours))} min"


def _shown(number: float | None, digits: int = 0) -> str:
    return "not known" if number is None else f"{number:,.{digits}f}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("napari_multicancer.project", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "counted": counted,
        "duration": _duration,
        "shown": _shown,
        "share": percent,
        "moment": lambda text: str(text)[:16].replace("T", " "),
    }
    return environment.get_template("page.html")
