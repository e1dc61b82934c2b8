"""What is done with a whole list from the tab, by the functions of the terminal's commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtGui import QDesktopServices
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QLabel, QMessageBox
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.io import load_mask
from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.agreement.consensus_of_list import Consensus, Prospect
from napari_multicancer.project.agreement.options import METHOD_NAMES
from napari_multicancer.project.exports import run as exports
from napari_multicancer.project.exports.forms import EXPORTS
from napari_multicancer.project.exports.plan import LeftOut
from napari_multicancer.project.exports.run import Exported
from napari_multicancer.project.imports.run import IMPORTS, Imported
from napari_multicancer.project.tasks import GivenOut
from napari_multicancer.widgets.scans.whole.export_dialog import ExportDialog
from napari_multicancer.widgets.scans.whole.reasons import ReasonsDialog
from napari_multicancer.widgets.scans.whole.work import Outcome
from tests.project.readers import check_as_nnunet
from tests.project.scans import mask

from ..test_access import controls
from .lists import last_mask, listed, mask_in, proposed


def done(folder: Path, number: int, who: str = "Ada") -> Path:
    """Make a list of so many scans that are done, and one more that is proposed."""
    made = proposed(folder, number + 1)
    with Project.open(made, who) as project:
        project.take_results()
        for scan in project.scans()[:number]:
            project.save_mask(scan.id, mask(10), finding="benign")
            project.set_state(scan.id, State.DONE)
    return made


@pytest.fixture
def order(qtbot, scans) -> Callable[[], object]:
    """Press the button of the dialog that is open, and wait for what comes of it."""

    def pressed() -> object:
        with qtbot.waitSignal(scans.work.ended) as ended:
            scans.list.dialog.order.click()
        return ended.args[0]

    return pressed


def terminal(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["project", *map(str, arguments)])
    assert result.exit_code in (0, 3), result.stderr
    return result.stderr


def choose_form(dialog, name: str) -> None:
    dialog.kind.setCurrentIndex(dialog.kind.findData(name))


def reasons(scans) -> str:
    """Press "Why...", read what it says, and close that."""
    scans.ui.work.why.click()
    box = scans.ui.work.findChild(ReasonsDialog)
    told = box.reasons.toPlainText()
    box.close()
    return told


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_an_export_is_the_terminals_and_says_the_same(scans, open_list, order, tmp_path: Path):
    folder = done(tmp_path, 4)
    (tmp_path / "scans/scan1.png").unlink()
    open_list(folder)
    scans.list.export.trigger()
    dialog = scans.list.dialog
    choose_form(dialog, "nnunet")
    assert dialog.out.folder == folder / "exports/nnunet"
    assert dialog.sentence.text() == "4 scans are in these states."
    outcome = order()
    there = folder / "exports/nnunet"
    assert outcome.where == there
    assert "scan1.png is gone" in reasons(scans)
    assert not scans.ui.work.why.isHidden()
    check_as_nnunet(there)
    said = terminal("export", folder, "nnunet", "--out", tmp_path / "nnunet")
    assert scans.ui.work.text.text() in said.replace(str(tmp_path / "nnunet"), str(there))
    assert files_in(there) == files_in(tmp_path / "nnunet")


def test_options_of_an_export_are_those_of_the_terminal(scans, open_list, order, tmp_path: Path):
    folder = done(tmp_path, 3)
    with Project.open(folder, "Ben") as project:
        project.save_mask(1, mask(12))
    open_list(folder)
    scans.list.export.trigger()
    dialog = scans.list.dialog
    choose_form(dialog, "coco")
    boxes = dialog.options.widget("states").boxes
    assert [box.text() for box in boxes][:2] == ["New (0)", "Proposed (1)"]
    for box in boxes:
        box.setChecked(False)
    assert not dialog.order.isEnabled()
    boxes[1].setChecked(True)
    assert dialog.sentence.text() == "1 scan is in these states."
    boxes[list(State).index(State.DONE)].setChecked(True)
    dialog.options.field("by").value = "Ben"
    dialog.options.field("split").value = False
    dialog.out.set_folder(tmp_path / "bens")
    assert order().sentence == f"1 scan is in {tmp_path / 'bens'}."
    assert files_in(tmp_path / "bens/annotations") == ["instances_train.json"]


def test_every_form_of_the_terminal_is_offered_in_words(scans, open_list, tmp_path: Path):
    open_list(done(tmp_path, 1))
    scans.list.export.trigger()
    offered = scans.list.dialog.kind
    assert [offered.itemData(index) for index in range(offered.count())] == list(EXPORTS)
    titles = {offered.itemText(index) for index in range(offered.count())}
    assert len(titles) == len(EXPORTS)
    assert titles.isdisjoint(EXPORTS)
    scans.list.take.trigger()
    offered = scans.list.dialog.kind
    assert [offered.itemData(index) for index in range(offered.count())] == list(IMPORTS)


def test_what_became_of_it_is_said_with_its_numbers():
    left_out = tuple(LeftOut(None, "It has no mask.") for _ in range(2))
    folder = Path("out")
    assert [
        Exported(folder, 1, left_out[:1]).sentence,
        Exported(folder, 1200, left_out, False).sentence,
        Exported(folder, 3, ()).sentence,
    ] == [
        "1 scan is in out. 1 scan is left out: left_out.csv there says why.",
        "1,200 scans are in out. 2 scans are left out: left_out.csv there says why. "
        "The list cannot be written: a later export may split these scans otherwise.",
        "3 scans are in out.",
    ]
    taken = [(1,), (0, 0, 1, ("a",)), (1200, 1, 2, ("a", "b")), (4, 3)]
    assert [Imported(*one).sentence for one in taken] == [
        "1 mask was taken.",
        "0 masks were taken. 1 mask was not.",
        "1,200 masks were taken. 2 masks were not. 1 of those taken lies beside a person's mask, "
        "which counts.",
        "4 masks were taken. 3 of those taken lie beside a person's mask, which counts.",
    ]
    given = [((1,), "Ben", False), ((1, 2), "", False), ((1, 2), "Ben", True)]
    assert [GivenOut(*one).sentence for one in given] == [
        "1 scan is Ben's now.",
        "2 scans are nobody's now.",
        "2 scans are to be outlined a second time by Ben.",
    ]
    made = [Consensus(1), Consensus(1200, ("a",), of_two=True), Consensus(0, ("a",)), Consensus(0)]
    assert [one.sentence for one in made] == [
        "1 scan now has one mask of its raters', which counts; earlier ones stay as versions.",
        "1,200 scans now have one mask of their raters', which counts; earlier ones stay as "
        "versions. A majority of two is what both outlined.",
        "No consensus was made.",
        Prospect(0).sentence,
    ]
    assert [Prospect(1).sentence, Prospect(4, of_two=True).sentence] == [
        "1 scan has masks of two or more people; the consensus will be the mask that counts: "
        "earlier ones stay as versions.",
        "4 scans have masks of two or more people; the consensus will be the mask that counts: "
        "earlier ones stay as versions. A majority of two is what both outlined.",
    ]


def test_every_control_of_a_dialog_has_a_name(scans, open_list, tmp_path: Path):
    open_list(done(tmp_path, 1))
    menu = scans.list
    for action in (menu.export, menu.take, menu.agreement, menu.tasks, menu.second):
        action.trigger()
        found = controls(menu.dialog)
        assert len(found) > 3
        assert [one for one in found if not (one.accessibleName() or one.text())] == []


def test_what_is_on_the_screen_goes_out_as_it_is(
    viewer, scans, open_list, choose, order, tmp_path: Path
):
    folder = done(tmp_path, 2)
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    seen = np.array(mask_in(viewer).data)
    scans.list.export.trigger()
    choose_form(scans.list.dialog, "tiff")
    where = order().where
    (file,) = where.glob("scan1_*_mask.tif")
    np.testing.assert_array_equal(load_mask(file).labels, seen)
    assert mask_in(viewer).data[1, 1] == 1


def test_a_folder_in_use_gets_the_export_as_a_folder_inside(
    scans, open_list, order, tmp_path: Path, monkeypatch
):
    folder = done(tmp_path, 1)
    open_list(folder)
    scans.list.export.trigger()
    dialog = scans.list.dialog
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    dialog.out.button.click()
    assert dialog.out.folder == tmp_path / "list_coco"
    (folder / "exports/yolo").mkdir(parents=True)
    dialog.out.line.clear()
    choose_form(dialog, "yolo")
    assert dialog.out.folder == folder / "exports/yolo_2"
    dialog.out.line.clear()
    QTest.keyClicks(dialog.out.line, str(tmp_path))
    assert dialog.out.folder == tmp_path, "letters stay as they are typed"
    assert order().where == tmp_path / "list_yolo"


def test_an_export_can_be_stopped_and_leaves_nothing(
    qtbot, scans, open_list, tmp_path: Path, monkeypatch
):
    folder = done(tmp_path, 3)
    open_list(folder)
    cases = exports.cases

    def stopped_at_the_first(project, plan, proceed):
        yield next(cases(project, plan, proceed))
        scans.ui.work.stopped.emit()
        while True:
            proceed()

    monkeypatch.setattr(exports, "cases", stopped_at_the_first)
    scans.list.export.trigger()
    with qtbot.waitSignal(scans.work.ended):
        scans.list.dialog.order.click()
    assert scans.ui.work.text.text() == "Exporting was stopped; nothing was written."
    assert not list((folder / "exports").iterdir())


def test_one_piece_of_work_at_a_time_and_none_outlives_its_list(
    qtbot, scans, open_list, tmp_path: Path, monkeypatch, told
):
    folder = done(tmp_path, 2)
    open_list(folder)
    begun = []

    def endless(project, plan, proceed):
        begun.append(True)
        while True:
            proceed()
            yield from ()

    monkeypatch.setattr(exports, "cases", endless)
    scans.list.export.trigger()
    scans.list.dialog.order.click()
    qtbot.waitUntil(lambda: bool(begun))
    scans.list.export.trigger()
    scans.list.dialog.order.click()
    assert told[-1] == "Exporting is not over yet: wait until it is, or press Cancel."
    scans.session.close()
    assert scans.ui.work.isHidden()
    qtbot.let_threads_end()
    assert len(begun) == 1
    assert not list((folder / "exports").iterdir())


def test_an_export_that_cannot_be_written_is_one_sentence(
    scans, open_list, order, tmp_path: Path, told
):
    open_list(done(tmp_path, 1))
    scans.list.export.trigger()
    (tmp_path / "file").write_text("in the way")
    scans.list.dialog.out.set_folder(tmp_path / "file")
    assert isinstance(order(), Exception)
    assert str(tmp_path / "file") in told[-1]
    assert scans.ui.work.isHidden()


def test_masks_made_elsewhere_come_in_and_the_others_are_named(
    viewer, scans, open_list, choose, settle, order, tmp_path: Path
):
    folder = proposed(tmp_path, 2)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("scan2_mask.png", "unknown.png"):
        Image.fromarray(mask(20, 4) * 255).save(theirs / name)
    open_list(folder)
    choose(1)
    scans.list.take.trigger()
    scans.list.dialog.path.set_folder(theirs)
    scans.list.dialog.options.field("by").value = "another program"
    assert order().sentence == "1 mask was taken. 1 mask was not."
    assert "No scan of the list is called unknown" in reasons(scans)
    settle()
    np.testing.assert_array_equal(last_mask(folder, "scan2.png") > 0, mask(20, 4) > 0)
    with Project.open(folder, read_only=True) as project:
        newest = project.versions(project.find(tmp_path / "scans/scan2.png").id)[-1]
    assert (newest.kind, newest.maker) == (VersionKind.IMPORTED, "another program")
    assert mask_in(viewer).data[12, 22] == 1, "the scan that is open shows it"


def test_an_import_that_is_stopped_keeps_what_it_took(
    scans, open_list, order, tmp_path: Path, monkeypatch
):
    folder = proposed(tmp_path, 3)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("scan1.png", "scan2.png", "scan3.png"):
        Image.fromarray(mask(20, 4) * 255).save(theirs / name)
    open_list(folder)
    form = IMPORTS["masks"]

    def stopped_at_the_second(project, path):
        first, second, third = form.find(project, path)

        def stop(scan):
            scans.ui.work.stopped.emit()
            while not scans.work.job.is_stopping:
                pass
            return second.labels(scan)

        yield from (first, replace(second, labels=stop), third)

    monkeypatch.setitem(IMPORTS, "masks", replace(form, find=stopped_at_the_second))
    scans.list.take.trigger()
    scans.list.dialog.path.set_folder(theirs)
    order()
    assert scans.ui.work.text.text() == "Importing was stopped; the masks so far are kept."
    with Project.open(folder, read_only=True) as project:
        assert [len(project.versions(scan.id)) for scan in project.scans()] == [2, 2, 1]


@pytest.mark.parametrize("form", ["coco", "nnunet"])
def test_what_went_out_comes_in_again(scans, open_list, order, tmp_path: Path, form: str):
    terminal("export", done(tmp_path / "here", 3), form, "--out", tmp_path / "out")
    folder = proposed(tmp_path / "there", 3)
    open_list(folder)
    scans.list.take.trigger()
    dialog = scans.list.dialog
    choose_form(dialog, form)
    assert bool(dialog.path.files) == (form == "coco")
    path = tmp_path / "out"
    if form == "coco":
        path = max((path / "annotations").iterdir(), key=lambda file: file.stat().st_size)
    dialog.path.set_folder(path)
    outcome = order()
    assert outcome.reasons == ()
    assert int(outcome.sentence.split()[0]) >= 1
    assert (last_mask(folder, "scan1.png") == mask(10)).all() or form == "coco"


def test_the_page_and_the_agreement_are_written_and_shown(
    scans, open_list, order, qtbot, tmp_path: Path, monkeypatch
):
    folder = done(tmp_path, 3)
    with Project.open(folder, "Eve") as project:
        for scan in (1, 2):
            project.save_mask(scan, mask(11), kind=VersionKind.SECOND, finding="benign")
    open_list(folder)
    page = folder / "project.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (args[2], ""))
    with qtbot.waitSignal(scans.work.ended):
        scans.list.page.trigger()
    assert "done or reviewed" in page.read_text("utf-8").lower()
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    scans.ui.work.show_it.click()
    assert [Path(one) for one in opened] == [page]
    scans.list.agreement.trigger()
    methods = scans.list.dialog.options.field("consensus")
    assert set(methods.choices) == {"", *METHOD_NAMES}
    methods.value = "majority"
    scans.list.dialog.order.click()
    box = scans.list.dialog.findChild(QMessageBox)
    assert box.text() == Prospect(2, of_two=True).sentence
    with qtbot.waitSignal(scans.work.ended) as ended:
        box.button(QMessageBox.StandardButton.Ok).click()
    assert Consensus(2, of_two=True).sentence in ended.args[0].sentence
    table = scans.list.dialog.table
    kinds = [table.item(row, 0).text() for row in range(table.rowCount())]
    assert kinds == ["Two raters", "Model and rater"]
    assert table.item(0, 2).text().startswith("0.")
    assert (folder / "agreement.csv").is_file()
    assert scans.list.dialog.pictures.count() == len(kinds)


def test_the_view_of_the_agreement_says_what_numbers_are_names_outliers_and_closes(
    scans, open_list, order, tmp_path: Path
):
    folder = proposed(tmp_path, 4)
    with Project.open(folder, "Ada") as project:
        project.take_results()
        for scan, width in ((1, 8), (2, 9), (3, 12), (4, 2)):
            project.set_state(scan, State.DONE)
            project.save_mask(scan, mask(11, width), kind=VersionKind.SECOND, maker="Eve")
    open_list(folder)
    scans.list.agreement.trigger()
    order()
    view = scans.list.dialog
    table = view.table
    headings = [table.horizontalHeaderItem(n).text() for n in range(table.columnCount())]
    assert {"Dice\nmedian (quartiles)", "HD95\nmedian"} < set(headings)
    assert "Difference of size\nmean (limits of agreement)" in headings
    assert table.item(0, headings.index("Masks begun\nfrom a proposal")).text() == ("4 to 8 of 8")
    said = [label.text() for label in view.findChildren(QLabel)]
    assert any(words.startswith("On 4 of 4 scans a model's mask is as near") for words in said)
    (words,) = [one.text() for one in view.pictures.widget(0).findChildren(QLabel)]
    assert words == (
        "Largest differences: scan4.png (Ada, Eve) -120 %; scan3.png (Ada, Eve) +40 %; "
        "scan2.png (Ada, Eve) +12 %."
    )
    view.close_it.click()
    assert view.isHidden()


def test_without_scans_of_two_people_or_a_yes_there_is_no_consensus(
    scans, open_list, qtbot, tmp_path: Path
):
    folder = done(tmp_path, 2)
    with Project.open(folder, "Ada") as project:
        project.save_mask(1, mask(11), kind=VersionKind.SECOND)
    open_list(folder)
    scans.list.agreement.trigger()
    dialog = scans.list.dialog
    dialog.options.field("consensus").value = "majority"
    dialog.order.click()
    assert dialog.sentence.text() == Prospect(0).sentence
    scans.session.project.save_mask(1, mask(12), kind=VersionKind.SECOND, maker="Eve")
    dialog.order.click()
    dialog.findChild(QMessageBox).button(QMessageBox.StandardButton.Cancel).click()
    assert dialog.isVisible()
    assert not scans.work.job.is_running
    assert VersionKind.CONSENSUS not in {one.kind for one in scans.session.project.versions(1)}


def test_why_some_are_left_out_is_a_press_away(scans, qtbot):
    scans.ui.work.show_outcome(Outcome("Done.", reasons=tuple(f"No {n}." for n in range(23))))
    scans.ui.work.why.click()
    box = scans.ui.work.findChild(ReasonsDialog)
    assert box.heading.text() == "Done."
    told = box.reasons.toPlainText()
    assert told.startswith("\N{BULLET} No 0.\n\n\N{BULLET} No 1.\n\n")
    assert told.endswith("\N{BULLET} No 19.\n\nand 3 more.")
    box.close_it.click()
    scans.ui.work.dismiss.click()
    assert scans.ui.work.isHidden()


def test_scans_are_given_out_and_found_by_who_works(qtbot, scans, open_list, order, tmp_path: Path):
    folder = done(tmp_path, 4)
    open_list(folder)
    scans.list.tasks.trigger()
    scans.list.dialog.to.setText("Ben")
    assert order().sentence == "1 scan is Ben's now."
    scans.list.second.trigger()
    dialog = scans.list.dialog
    dialog.order.click()
    assert "Write a name" in dialog.sentence.text()
    dialog.to.setText("Ben")
    dialog.options.field("share").value = 0.5
    assert order().sentence == "2 scans are to be outlined a second time by Ben."
    scans.person.work_as("Ben")
    qtbot.waitUntil(lambda: scans.ui.filters.who == "Ben")
    choices = scans.ui.filters.choice
    choices.setCurrentText("My tasks")
    assert scans.model.rowCount() == 1
    choices.setCurrentText("To outline again")
    assert scans.model.rowCount() == 2
    scans.person.work_as("Ada")
    qtbot.waitUntil(lambda: scans.model.rowCount() == 0)


def test_a_list_to_look_at_can_be_exported_and_is_not_changed(
    scans, open_list, order, tmp_path: Path
):
    folder = done(tmp_path, 1)
    with Project.open(folder, "Ben"):
        open_list(folder)
        assert not any(
            action.isEnabled() for action in (scans.list.take, scans.list.tasks, scans.list.second)
        )
        scans.list.export.trigger()
        assert isinstance(scans.list.dialog, ExportDialog)
        scans.list.dialog.out.set_folder(tmp_path / "out")
        assert order().sentence.startswith("1 scan is in")
    assert listed(folder)["scan1.png"].done_by == "Ada"


def test_a_look_for_moved_scans_says_what_came_of_it_and_opens_the_one_that_was_wanted(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, monkeypatch, told
):
    folder = proposed(tmp_path, 3)
    open_list(folder)
    (tmp_path / "scans").rename(tmp_path / "attic")
    (tmp_path / "attic/scan3.png").unlink()
    choose(0)
    assert "List > Look for moved scans" in told[-1]
    assert scans.session.scan is None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "attic"))
    with qtbot.waitSignal(scans.work.ended):
        scans.list.moved.trigger()
    assert scans.ui.work.text.text() == (
        "2 scans were found again. 1 scan was not found: look in another folder."
    )
    assert "scan3.png is gone." in reasons(scans)
    settle()
    assert scans.session.scan.path == tmp_path / "attic/scan1.png"
    assert mask_in(viewer).data.any()


def test_what_is_open_stays_as_it_is_while_moved_scans_are_looked_for(
    qtbot, viewer, scans, open_list, choose, settle, tmp_path: Path, monkeypatch
):
    open_list(proposed(tmp_path, 1))
    choose(0)
    shown = mask_in(viewer)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    with qtbot.waitSignal(scans.work.ended):
        scans.list.moved.trigger()
    assert scans.ui.work.text.text() == "No scan of the list is missing."
    settle()
    assert mask_in(viewer) is shown
