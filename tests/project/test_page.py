from __future__ import annotations

import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest

from napari_multicancer.project import Project, State, Work
from napari_multicancer.project.page.numbers import project_content
from napari_multicancer.project.page.write import html, write_page
from napari_multicancer.project.project import FILE_NAME
from tests.project.scans import answer, mask, pictures, results


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Make a project: six scans proposed, three done on two days, one of them as proposed."""
    paths = pictures(tmp_path / "<b>ward", 3) + pictures(tmp_path / "clinic", 3)
    names = [f"masks/{n}_mask.tif" for n in range(6)]
    rows = [answer(path, mask=name) for path, name in zip(paths, names, strict=True)]
    results(tmp_path / "out", *rows)
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        for n, scan in enumerate([project.find(path).id for path in paths[1:4]]):
            project.note_work(scan, Work(60.0 * (n + 1), n, 2))
            if n:
                project.save_mask(scan, mask(8 + 2 * n))
            project.set_state(scan, State.DONE)
    with closing(sqlite3.connect(tmp_path / "out" / FILE_NAME)) as disk, disk:
        disk.execute("UPDATE changes SET at = '2026-01-01T10:00:00.000Z' WHERE id <= 7")
    return tmp_path / "out"


def test_the_page_knows_what_was_done_when_how_long_and_what_is_left(out: Path) -> None:
    with Project.open(out) as project:
        told = project_content(project, lambda done, total: None, lambda: None)
    assert told["states"]["proposed"] == 3
    assert [(day["proposed"], day["done"]) for day in told["days"]] == [(5, 1), (3, 3)]
    assert told["work"]["seconds"]["median"] == 120.0
    assert told["work"]["clicks"]["median"] == 1
    assert told["left"] == {"scans": 3, "hours": pytest.approx(0.1)}
    (row,) = told["corrections"]["by class"]
    assert (row["what"], row["scans"]) == ("breast, benign", 3)
    assert row["untouched"] == pytest.approx(1 / 3)
    assert row["dice"] == pytest.approx(2 * 6 * 12 / (2 * 8 * 12))
    assert [row["scans"] for row in told["corrections"]["by source"]] == [2, 1]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_page_shows_names_as_they_are_and_needs_nothing_else(out: Path) -> None:
    with Project.open(out, read_only=True) as project:
        page = write_page(project, out / "page.html").read_text("utf-8")
    tags = _Tags()
    tags.feed(page)
    assert tags.seen.count("polyline") == 4
    assert "&lt;b&gt;ward" in page
    assert not {"script", "img", "link"} & set(tags.seen)
    assert "http" not in page.replace("http-equiv", "")
    assert "For research use only, not for diagnosis." in page


def test_how_long_the_rest_takes_is_not_told_where_no_work_was_counted(out: Path) -> None:
    with closing(sqlite3.connect(out / FILE_NAME)) as disk, disk:
        disk.execute("UPDATE scans SET seconds = 0")
    with Project.open(out, read_only=True) as project:
        told = project_content(project, lambda done, total: None, lambda: None)
    assert told["left"] == {"scans": 3, "hours": None}
    assert "3 scans are left." in html(told)


@pytest.mark.parametrize(
    ("left", "hours", "said"),
    [
        (1, 0.02, "1 scan is left: about 1 min of work"),
        (30, 0.5, "30 scans are left: about 30 min of work"),
        (2000, 33.3, "2,000 scans are left: about 33.3 hours of work"),
        (0, 0.0, "0 scans are left."),
        (5, None, "5 scans are left."),
    ],
)
def test_what_is_left_is_said_in_units_that_fit(
    out: Path, left: int, hours: float | None, said: str
) -> None:
    with Project.open(out, read_only=True) as project:
        content = project_content(project, lambda done, total: None, lambda: None)
    assert said in html(content | {"left": {"scans": left, "hours": hours}})


def test_an_empty_project_has_a_page_too(tmp_path: Path) -> None:
    with Project.create(tmp_path / "project") as project:
        page = write_page(project, tmp_path / "page.html").read_text("utf-8")
    assert "No state was changed yet." in page
    assert "No scan is done yet." in page
