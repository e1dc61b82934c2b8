"""The table on the screen is the table on disk, however long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from qtpy.QtCore import Qt

from napari_multicancer.batch.results import COLUMNS, ResultsTable, Row, failed
from napari_multicancer.widgets.scans.layout import ResultsView
from napari_multicancer.widgets.scans.table import (
    AREA,
    DIAGNOSIS,
    HEADINGS,
    ORGAN,
    PROBABILITY,
    SCAN,
    STATUS,
    BatchTableModel,
    cell,
    tip,
)

MANY = 100_000


def _done(**fields: str) -> Row:
    usual = {"status": "ok", "organ": "brain", "p_brain": "0.98", "confident": "true"}
    return dict.fromkeys(COLUMNS, "") | usual | fields


def _texts(row: Row, root: str = "") -> list[str]:
    return [cell(row, column, root) for column in range(len(HEADINGS))]


def test_a_row_reads_as_the_panel_does():
    row = _done(
        path="/scans/a/1.png",
        diagnosis="no_tumor",
        p_no_tumor="0.876",
        lesion_area="1234.5",
        area_unit="mm2",
    )
    assert _texts(row, "/scans/") == ["a/1.png", "Brain", "No tumor", "88 %", "1,234 mm²", "Done"]
    row |= {"confident": "false"}
    assert cell(row, DIAGNOSIS) == "No tumor?"
    assert tip(row, DIAGNOSIS).startswith("Not sure")
    assert cell(row, SCAN, "/other/") == "/scans/a/1.png"


def test_a_scan_of_something_else_has_the_organs_probability():
    row = _done(organ="other", p_other="0.999", confident="false")
    assert [cell(row, column) for column in (ORGAN, DIAGNOSIS, PROBABILITY, AREA)] == [
        "Other",
        "Not sure",
        "> 99 %",
        "",
    ]


def test_a_row_that_failed_says_why(qtbot, tmp_path: Path):
    row = failed(Path("/a.png"), "It is damaged.")
    assert _texts(row) == ["/a.png", "", "", "", "", "Failed: It is damaged."]
    ResultsTable(tmp_path / "results.csv", [row]).__exit__(None, None, None)
    model = BatchTableModel()
    model.show_table(tmp_path / "results.csv")
    model.grow()
    status = model.index(0, STATUS)
    assert model.data(status, Qt.ItemDataRole.ToolTipRole) == "It is damaged."
    assert model.data(status, Qt.ItemDataRole.ForegroundRole) is not None
    os.unlink(tmp_path / "results.csv")
    model = BatchTableModel()
    model.show_table(tmp_path / "results.csv")
    assert not model.grow()
    assert model.rowCount() == 0


@pytest.fixture
def view(qtbot):
    view = ResultsView(BatchTableModel())
    view.model().setParent(view)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    return view


def test_a_hundred_thousand_rows_come_in_bulk(qtbot, view, tmp_path: Path):
    path = tmp_path / "results.csv"
    rows = (_done(path=f"/scans/{number}.png", mask=f"{number}.tif") for number in range(MANY))
    ResultsTable(path, rows).__exit__(None, None, None)
    model = view.model()
    inserted: list[int] = []
    model.rowsInserted.connect(lambda parent, first, last: inserted.append(last - first + 1))
    model.show_table(path)
    while model.grow():
        pass
    assert sum(inserted) == model.rowCount() == MANY
    assert len(inserted) < 20
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert model.index(MANY - 1, SCAN).data() == f"/scans/{MANY - 1}.png"


def test_a_user_who_looks_elsewhere_is_left_there(qtbot, view, tmp_path: Path):
    model = view.model()
    with ResultsTable(tmp_path / "results.csv") as table:
        for number in range(100):
            table.add(_done(path=f"/{number}.png"))
        model.show_table(table.path)
        model.grow()
        view.verticalScrollBar().setValue(3)
        table.add(_done(path="/new.png"))
        model.grow()
    assert model.rowCount() == 101
    assert view.verticalScrollBar().value() == 3


def test_a_click_and_enter_choose_a_row(qtbot, view, tmp_path: Path):
    rows = [_done(path=f"/{number}.png") for number in range(3)]
    ResultsTable(tmp_path / "results.csv", rows).__exit__(None, None, None)
    view.model().show_table(tmp_path / "results.csv")
    view.model().grow()
    chosen: list[int] = []
    view.row_chosen.connect(chosen.append)
    place = view.visualRect(view.model().index(1, SCAN)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert chosen == [1]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert chosen == [1, 2]
