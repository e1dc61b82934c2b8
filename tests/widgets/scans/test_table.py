"""The table of scans: words, order, and memory that does not grow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMenu

from napari_multicancer.project import Project, ScanFilter, State, Work
from napari_multicancer.project.query import SortBy, Sorting
from napari_multicancer.widgets.scans.filters import CHOICES, FilterLine
from napari_multicancer.widgets.scans.table.model import PAGE, PAGES, SECOND_LINE, ScanTableModel
from napari_multicancer.widgets.scans.table.sorting import SortMenu
from napari_multicancer.widgets.scans.table.thumbnails import Thumbnails
from napari_multicancer.widgets.scans.table.view import GIVEN_UP, ScansView, in_two_lines
from napari_multicancer.widgets.scans.table.words import (
    DOUBT,
    FINDING,
    ORGAN,
    SCAN,
    SECONDS,
    SIZE,
    STATE,
    STATES,
    cell,
    details,
)
from tests.project.scans import answer, failure, pictures, results

REASON = "scan2.png is no picture: export it again as PNG."


@pytest.fixture
def view(qtbot) -> ScansView:
    view = ScansView(ScanTableModel(Thumbnails()))
    view.model().setParent(view)
    view.model()._thumbnails.setParent(view)
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show()
    return view


@pytest.fixture
def project(tmp_path: Path):
    """Three scans: one sure, one failed, one of which the models are not sure."""
    named = [tmp_path / f"scan{n}.png" for n in (1, 2, 3)]
    unsure = {"confident": "false", "p_malignant": "0.55", "diagnosis": "malignant"}
    results(
        tmp_path / "list",
        answer(named[0], area_unit="mm2", lesion_area="12.34"),
        failure(named[1], REASON),
        answer(named[2], **unsure),
    )
    with Project.open(tmp_path / "list", "Ada") as project:
        project.take_results()
        yield project


def _row(model: ScanTableModel, row: int) -> list[str]:
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_a_row_says_state_organ_finding_size_and_doubt(view, project):
    model = view.model()
    model.show_list(project)
    assert _row(model, 0) == [
        *("scan1.png", "Proposed", "Breast", "Benign", "12.3 mm²", "20 %", "")
    ]
    assert _row(model, 1)[STATE] == "Failed"
    assert _row(model, 2)[FINDING] == "Malignant?"
    assert model.index(0, DOUBT).data(Qt.ItemDataRole.TextAlignmentRole) is not None


def test_why_a_scan_failed_stands_below_its_name_and_in_full_beside_the_table(view, project):
    model = view.model()
    model.show_list(project)
    assert model.index(1, SCAN).data(SECOND_LINE) == REASON
    assert REASON in model.index(1, SCAN).data(Qt.ItemDataRole.ToolTipRole)
    assert REASON in details(model.scan_at(1))
    assert "not sure: look for yourself" in details(model.scan_at(2))


def test_whose_task_a_scan_is_stands_beside_the_table(view, project):
    project.assign([1], "Ben")
    view.model().show_list(project)
    assert "Ben's task" in details(view.model().scan_at(0)).splitlines()
    assert "task" not in details(view.model().scan_at(2))


def test_a_thumbnail_shows_the_scan(qtbot, view, tmp_path: Path):
    scans = pictures(tmp_path / "scans", 2)
    results(tmp_path / "pictured", *(answer(scan) for scan in scans))
    with Project.open(tmp_path / "pictured", "Ada") as project:
        project.take_results()
        model = view.model()
        model.show_list(project)
        qtbot.waitUntil(lambda: bool(model.index(1, SCAN).data(Qt.ItemDataRole.DecorationRole)))
        seen = model.index(1, SCAN).data(Qt.ItemDataRole.DecorationRole).toImage()
        known = np.array(Image.open(scans[1]))
        assert (seen.width(), seen.height()) == (32, 24)
        levels = {seen.pixelColor(x, 5).red() for x in range(32)}
        assert len(levels) > 20
        brightest = int(known[5].argmax())
        assert seen.pixelColor(brightest, 5).red() == max(levels)


def test_each_state_has_its_color(view, project):
    model = view.model()
    model.show_list(project)
    seen = set()
    for state in State:
        project.set_state(model.scan_at(0).id, state)
        model.refresh()
        assert model.index(0, STATE).data() == str(state).capitalize()
        seen.add(model.index(0, STATE).data(Qt.ItemDataRole.DecorationRole).name())
    assert len(seen) == len(State)


def test_a_click_on_a_heading_sorts(view, project):
    model = view.model()
    model.show_list(project)
    view.sortByColumn(DOUBT, Qt.SortOrder.DescendingOrder)
    assert [model.index(row, SCAN).data() for row in range(3)] == [
        *("scan3.png", "scan1.png", "scan2.png")
    ]
    assert model.row_of(model.scan_at(2).id) == 2


def test_a_menu_sorts_by_columns_that_have_no_room(view, project):
    model = view.model()
    model.show_list(project)
    view.resize(300, 300)
    assert view.isColumnHidden(DOUBT)
    entries = SortMenu(view, QMenu(view)).menu.actions()
    entries[DOUBT].trigger()
    assert [model.scan_at(row).name for row in range(3)] == [
        *("scan3.png", "scan1.png", "scan2.png")
    ]
    entries[DOUBT].trigger()
    assert [model.scan_at(row).name for row in range(3)] == [
        *("scan1.png", "scan3.png", "scan2.png")
    ]
    entries[SCAN].trigger()
    assert model.scan_at(0).name == "scan1.png"


def test_what_a_column_without_room_says_stands_below_the_table(project):
    project.note_work(1, Work(seconds=42))
    scan = project.scan(1)
    for column in GIVEN_UP:
        assert cell(scan, column)
        assert cell(scan, column) in details(scan)


@pytest.mark.parametrize(
    ("choice", "names"),
    [("All", 3), ("To do", 3), ("Proposed", 2), ("Failed", 1), ("Not sure", 1), ("Done", 0)],
)
def test_a_choice_leaves_out_the_others(qtbot, view, project, choice, names):
    line = FilterLine()
    qtbot.addWidget(line)
    line.choice.setCurrentText(choice)
    view.model().show_list(project)
    view.model().show_only(line.wanted)
    assert view.model().rowCount() == names
    assert {title for title, _ in CHOICES} >= {STATES[state] for state in State}


def test_columns_without_room_give_way_and_nothing_scrolls_sideways(view, project):
    view.model().show_list(project)
    shown = {}
    for width in (330, 400, 480, 800):
        view.resize(width, 300)
        view.repaint()
        shown[width] = [c for c in range(7) if not view.isColumnHidden(c)]
        assert view.horizontalScrollBar().maximum() == 0
    assert shown[330][:2] == [SCAN, STATE]
    assert FINDING in shown[330]
    assert shown[800] == [SCAN, STATE, ORGAN, FINDING, SIZE, DOUBT, SECONDS]
    assert [len(shown[width]) for width in shown] == sorted(len(one) for one in shown.values())


def test_memory_does_not_grow_with_the_list(view, tmp_path: Path):
    folder = tmp_path / "many"
    rows = (answer(tmp_path / f"{number:05}.png") for number in range(PAGE * PAGES * 2))
    results(folder, *rows)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        model = view.model()
        model.show_list(project)
        assert model.rowCount() == PAGE * PAGES * 2
        for row in range(0, model.rowCount(), PAGE // 2):
            assert model.index(row, SCAN).data() == f"{row:05}.png"
        assert len(model._pages) == PAGES
        assert model.row_of(model.scan_at(2345).id) == 2345


def test_a_list_that_grows_leaves_what_is_chosen(view, project, tmp_path: Path):
    model = view.model()
    model.show_list(project)
    view.setCurrentIndex(model.index(1, SCAN))
    project.add([tmp_path / "scan9.png"])
    model.refresh()
    assert model.rowCount() == 4
    assert view.currentIndex().row() == 1


def test_a_click_and_enter_choose_a_row(qtbot, view, project):
    view.model().show_list(project)
    chosen: list[int] = []
    view.row_chosen.connect(chosen.append)
    place = view.visualRect(view.model().index(1, SCAN)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert chosen == [1]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert chosen == [1, 2]


def test_the_search_finds_a_part_of_a_name(qtbot, view, project):
    line = FilterLine()
    qtbot.addWidget(line)
    with qtbot.waitSignal(line.changed) as changed:
        qtbot.keyClicks(line.search, "SCAN3")
    view.model().show_list(project)
    view.model().show_only(changed.args[0])
    assert [view.model().index(0, SCAN).data()] == ["scan3.png"]
    assert changed.args[0] == ScanFilter(text="SCAN3")


def test_an_order_that_is_not_seen_is_named_and_begins_with_the_most(view, tmp_path: Path):
    paths = pictures(tmp_path / "scans", 4)
    sizes = ("50", "7", "", "900")
    results(
        tmp_path / "list",
        *(answer(path, lesion_area=size) for path, size in zip(paths, sizes, strict=True)),
    )
    model = view.model()
    with Project.open(tmp_path / "list", "Ada") as project:
        project.take_results()
        model.show_list(project)
        view.resize(330, 300)
        view.repaint()

        def seen() -> tuple[str, str]:
            names = [model.index(row, SCAN).data()[4] for row in range(4)]
            return "".join(names), model.headerData(SCAN, Qt.Orientation.Horizontal)

        view.sort_by(SIZE)
        assert seen() == ("4123", "Scan · Size ▾")
        view.sort_by(SIZE)
        assert seen() == ("2143", "Scan · Size ▴")
        view.horizontalHeader().setSortIndicator(DOUBT, Qt.SortOrder.AscendingOrder)
        assert model.sorting == Sorting(SortBy.DOUBT, descending=True), "as by a click, too"
        view.sort_by(STATE)
        assert seen() == ("1234", "Scan")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("short.png", ("short.png", "")),
        ("breast_benign_0001.png", ("breast_benign_", "0001.png")),
        ("abcdefghijklmnopqrstuvwxyz", ("abcdefghijklmnop", "qrstuvwxyz")),
        ("a_name_far_too_long_for_two_lines_0007.png", ("a_name_far_too_l", None)),
    ],
)
def test_a_long_name_takes_two_lines_with_both_its_ends(name: str, lines):
    first, second = in_two_lines(name, 16, len)
    assert first + second == name
    assert (first, second if lines[1] is not None else None) == lines
