from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.exports.forms import EXPORTS
from napari_multicancer.samples import SAMPLES
from tests.project.scans import answer, failure, mask, picture, pictures, results

DOCS = Path(__file__).parents[2] / "docs/project.md"


class _Told:
    """What a command left behind: exit code, standard output, standard error."""

    def __init__(self, *arguments: object) -> None:
        result = CliRunner().invoke(app, ["project", *map(str, arguments)], env={"COLUMNS": "160"})
        self.code, self.output, self.error = result.exit_code, result.stdout, result.stderr


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Write what a batch of five scans leaves: three with masks, one that failed."""
    paths = pictures(tmp_path / "scans", 5)
    rows = [answer(path, mask=f"masks/{path.stem}_mask.tif") for path in paths[:4]]
    results(tmp_path / "out", *rows, failure(paths[4], "scan5.png is damaged."))
    return tmp_path / "out"


def _done(out: Path, number: int, who: str = "Ada") -> None:
    with Project.open(out, who) as project:
        project.take_results()
        for scan in project.scans()[:number]:
            project.save_mask(scan.id, mask(10), finding="benign")
            project.set_state(scan.id, State.DONE)


def test_status_lists_states_people_and_failures(out: Path) -> None:
    _done(out, 2)
    told = _Told("status", out)
    assert told.code == 0
    cells = [line.replace("│", " ").split() for line in told.output.splitlines()]
    for cell in (["done", "2"], ["proposed", "2"], ["new", "1"], ["all", "5"]):
        assert cell in cells
    assert ["Ada", "0", "0", "2", "0", "0.0"] in cells
    assert told.error.splitlines()[-1] == "scan5.png is damaged."


def test_a_list_is_begun_without_models_and_takes_what_comes_in(tmp_path: Path) -> None:
    pictures(tmp_path / "scans/inside", 2)
    list_of = tmp_path / "list"
    told = _Told("begin", tmp_path / "scans", "--out", list_of, "--as", "Ada")
    assert (told.code, told.error) == (0, f"2 of 2 scans in the list {list_of} are new.\n")
    picture(tmp_path / "scans/late.png", 9)
    (tmp_path / "more.txt").write_text("scans/late.png\tbreast\nscans/gone.png\n")
    told = _Told("begin", tmp_path / "more.txt", "--out", list_of)
    assert told.code == 3
    assert told.error.splitlines() == [
        f"1 of 3 scans in the list {list_of} are new.",
        f"There is no file {tmp_path / 'scans/gone.png'}: check its name.",
    ]
    assert not (list_of / "results.csv").exists()
    with Project.open(list_of, read_only=True) as project:
        assert project.counts()[State.NEW] == project.count() == 3
        assert project.find(tmp_path / "scans/late.png").treated_as == "breast"


def test_no_list_is_begun_of_nothing_or_among_its_scans(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    pictures(tmp_path / "scans", 1)
    for where, out, why in (
        ("empty", "list", "There are no scans in"),
        ("gone", "list", "There is no file"),
        ("scans", "scans", "holds the scans: choose another folder for the list."),
    ):
        told = _Told("begin", tmp_path / where, "--out", tmp_path / out)
        assert told.code == 2
        assert why in told.error
        assert not (tmp_path / out / "project.sqlite").exists()


@pytest.mark.slow
def test_the_models_propose_on_a_list_that_was_begun_without_them(tmp_path: Path) -> None:
    assert _Told("begin", SAMPLES[0].path, "--out", tmp_path / "list").code == 0
    run = CliRunner().invoke(
        app, ["analyze", str(SAMPLES[0].path), "--out", str(tmp_path / "list")]
    )
    assert run.exit_code == 0
    with Project.open(tmp_path / "list", read_only=True) as project:
        (scan,) = project.scans()
        assert (scan.state, scan.organ) == (State.PROPOSED, "brain")


def test_status_shows_how_it_stands_while_somebody_works(out: Path) -> None:
    with Project.open(out, "Ada") as project:
        project.take_results()
        told = _Told("status", out)
    assert told.code == 0
    assert "is open elsewhere (Ada, process" in told.error
    assert "proposed" in told.output


def test_a_table_that_was_made_another_one_does_not_stop_the_list(out: Path) -> None:
    assert _Told("status", out).code == 0
    (out / "results.csv").write_text("path;status\nscan1.png;fine\n")
    told = _Told("status", out)
    assert told.code == 0
    assert "is no results table of this program: the list stays as it was." in told.error
    assert "proposed" in told.output


@pytest.mark.slow
def test_a_folder_that_is_no_project_is_a_wrong_command(tmp_path: Path, out: Path) -> None:
    for arguments in (
        ("status", tmp_path),
        ("assign", out, "--to", "Eve", "--text", "nothing is called so"),
        ("export", out, "coco", "--out", tmp_path / "coco"),
        ("export", out, "excel", "--out", tmp_path / "excel"),
        ("import", out, "coco", tmp_path / "not there.json"),
        ("import", out, "masks", tmp_path / "not there"),
        ("agreement", out, "--consensus", "dice"),
        ("find", out, tmp_path / "not there"),
        ("agreement", out, "--out", tmp_path / "a file"),
    ):
        (tmp_path / "a file").write_text("")
        told = _Told(*arguments)
        assert told.code == 2, arguments
        assert told.error.strip().count("\n") == 0
        assert "Traceback" not in told.error


def test_scans_are_dealt_out_and_nobodys_twice(out: Path) -> None:
    assert _Told("assign", out, "--to", "Ada", "--number", 2).code == 0
    assert _Told("assign", out, "--to", "Eve").code == 0
    with Project.open(out) as project:
        assert [scan.assigned for scan in project.scans()] == ["Ada", "Ada", "Eve", "Eve", "Eve"]
    assert _Told("assign", out, "--to", "Eve").code == 2
    assert _Told("assign", out, "--to", "").code == 2
    assert _Told("assign", out, "--to", "", "--text", "scan1").code == 0
    with Project.open(out) as project:
        assert project.scan(1).assigned == ""


def test_scans_are_marked_by_their_names_as_in_the_window(out: Path, tmp_path: Path) -> None:
    told = _Told("mark", out, "scan1.png", "scan5", "scan9", "--state", "done", "--as", "Ada")
    assert told.code == 3
    assert "1 scan is marked." in told.error
    assert "scan5.png has no mask to stand for" in told.error
    assert "No scan of the list is called scan9" in told.error
    assert "is Ada's own" in _Told("mark", out, "scan1", "--state", "reviewed", "--as", "Ada").error
    path = tmp_path / "scans/scan1.png"
    note = ("--note", "good", "--as", "Ben")
    assert _Told("mark", out, path, "--state", "reviewed", *note).code == 0
    said = ("--organ", "brain", "--comment", "left side", "--group", "Doe")
    assert _Told("mark", out, "scan2.png", "scan3.png", *said, "--state", "flagged").code == 0
    with Project.open(out) as project:
        assert project.scan(1).state is State.REVIEWED
        (change,) = [one for one in project.changes(1) if one.after is State.REVIEWED]
        assert (change.who, change.note) == ("Ben", "good")
        for number in (2, 3):
            scan = project.scan(number)
            assert (scan.state, scan.treated_as) == (State.FLAGGED, "brain")
            assert (scan.comment, scan.group) == ("left side", "Doe")
    finds = ("--organ", "", "--finding", "malignant")
    assert _Told("mark", out, "scan4.png", *finds).code == 0
    assert "choose one of" in _Told("mark", out, "scan4.png", "--finding", "knee").error
    with Project.open(out) as project:
        assert project.scan(4).said_finding == "malignant"
    assert _Told("mark", out, "scan2.png").code == 2
    told = _Told("mark", out, "scan2.png", "--organ", "knee")
    assert told.code == 3
    assert "knee" in told.error


def test_one_name_of_several_scans_is_told_apart_by_folders(tmp_path: Path) -> None:
    for folder in ("left", "right"):
        picture(tmp_path / folder / "scan.png", len(folder))
    with Project.create(tmp_path / "list") as project:
        project.add([tmp_path / folder / "scan.png" for folder in ("left", "right")])
    told = _Told("mark", tmp_path / "list", "scan.png", "--state", "skipped")
    assert told.code == 3
    assert "scan.png may be any of 2 scans: name it with its folders" in told.error
    assert _Told("mark", tmp_path / "list", "right/scan.png", "--state", "skipped").code == 0
    with Project.open(tmp_path / "list") as project:
        assert [scan.state for scan in project.scans()] == [State.NEW, State.SKIPPED]


def test_a_part_of_what_is_done_is_outlined_a_second_time(out: Path) -> None:
    _done(out, 4)
    told = _Told("assign", out, "--to", "Eve", "--second", "--share", 0.5)
    assert told.code == 0
    assert "2 scans are to be outlined a second time by Eve." in told.error
    told = _Told("assign", out, "--to", "", "--second")
    assert told.code == 2
    assert "say whose by --to" in told.error
    with Project.open(out, "Eve") as project:
        assert [one.blind for one in project.asked()] == [True, True]


def test_an_export_that_leaves_scans_out_ends_with_3(out: Path, tmp_path: Path) -> None:
    _done(out, 3)
    assert _Told("export", out, "coco", "--out", tmp_path / "coco").code == 0
    (tmp_path / "scans/scan2.png").unlink()
    told = _Told("export", out, "training", "--out", tmp_path / "data")
    assert told.code == 3
    assert "2 scans are in" in told.error
    assert "scan2.png is gone: put it back" in told.error
    card = json.loads((tmp_path / "data/data_card.json").read_text())
    assert (card["scans"], card["left out"]) == (2, 1)


def test_scans_that_moved_are_found_again(out: Path, tmp_path: Path) -> None:
    assert _Told("status", out).code == 0
    (tmp_path / "scans").rename(tmp_path / "attic")
    told = _Told("find", out, tmp_path / "attic")
    assert told.code == 0
    assert "5 scans were found again." in told.error
    with Project.open(out) as project:
        assert {Path(scan.path).parent.name for scan in project.each()} == {"attic"}


def test_scans_that_changed_are_named_and_accepted(out: Path, tmp_path: Path) -> None:
    _done(out, 4)
    assert "No scan is gone or has changed." in _Told("changed", out).error
    for number in (1, 2):
        picture(tmp_path / f"scans/scan{number}.png", 90 + number)
    Image.new("L", (10, 12)).save(tmp_path / "scans/scan3.png")
    (tmp_path / "scans/scan4.png").unlink()
    told = _Told("changed", out)
    assert told.code == 3
    assert "scan1.png has changed since it was listed or outlined." in told.error
    assert "scan4.png is gone: put it back" in told.error
    told = _Told("changed", out, "--accept", "--as", "Eve")
    assert told.code == 3
    assert "2 changed scans are taken as they are now." in told.error
    assert "scan3.png has other pixels than its mask by now" in told.error
    told = _Told("changed", out, "--accept", "--drop-masks", "--text", "scan3")
    assert (told.code, told.error) == (
        0,
        "1 changed scan is taken as it is now. Outline anew those that had a mask.\n",
    )
    assert _Told("export", out, "nifti", "--out", tmp_path / "masks").code == 3
    assert len(list((tmp_path / "masks").glob("*.nii.gz"))) == 2


def test_masks_from_elsewhere_are_taken_and_the_others_named(out: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("scan5_mask.png", "unknown.png"):
        Image.fromarray(mask() * 255).save(theirs / name)
    told = _Told("import", out, "masks", theirs, "--by", "another program")
    assert told.code == 3
    assert "1 mask was taken. 1 mask was not." in told.error
    assert "No scan of the list is called unknown" in told.error
    with Project.open(out) as project:
        scan = project.scan(5)
        assert (scan.state, project.versions(5)[0].maker) == (State.PROPOSED, "another program")


def test_agreement_is_shown_and_written(out: Path) -> None:
    _done(out, 3)
    with Project.open(out, "Eve") as project:
        for scan in (1, 2):
            project.save_mask(scan, mask(11), kind=VersionKind.SECOND, finding="benign")
    told = _Told("agreement", out, "--consensus", "majority", "--as", "Ada")
    assert told.code == 0, told.error
    assert "(quartiles)" in told.output
    assert "agreement)" in told.output, "at 80 columns, too"
    assert "2 scans now have one mask of their raters', which counts" in told.error
    assert "A majority of two is what both outlined." in told.error
    assert "On 0 of 2 scans a model's mask is as near to one rater's" in told.error
    assert " %" not in told.error
    with (out / "agreement.csv").open(newline="", encoding="utf-8") as file:
        assert {row["compared"] for row in csv.DictReader(file)} == {
            "two raters",
            "model and rater",
        }
    assert (out / "bland_altman_two_raters.svg").is_file()


def test_the_page_is_written_into_the_folder(out: Path) -> None:
    _done(out, 2)
    told = _Told("report", out)
    assert told.code == 0
    assert "project.html" in told.error
    assert "scans done or reviewed: 2" in (out / "project.html").read_text("utf-8").lower()


@pytest.mark.slow
def test_a_batch_leaves_a_project_and_goes_on_with_it(tmp_path: Path) -> None:
    brain = SAMPLES[0].path
    run = CliRunner().invoke(app, ["analyze", str(brain), "--out", str(tmp_path)])
    assert run.exit_code == 0
    with Project.open(tmp_path, read_only=True) as project:
        (scan,) = project.scans()
        assert (scan.path, scan.state, scan.organ) == (brain, State.PROPOSED, "brain")
        assert project.versions(scan.id)[0].file.is_file()
    with Project.open(tmp_path, "Ada") as project:
        project.set_state(1, State.DONE)
        more = ["analyze", str(SAMPLES[1].path), str(tmp_path / "no.png"), "--resume"]
        run = CliRunner().invoke(app, [*more, "--out", str(tmp_path)])
        assert run.exit_code == 3, "who works on it stops no batch"
        assert project.take_results() == 2
        assert [one.state.value for one in project.each()].count("proposed") == 1
        assert project.scan(1).state is State.DONE


def test_a_list_that_is_damaged_takes_nothing_from_a_batch(tmp_path: Path) -> None:
    (tmp_path / "project.sqlite").write_text("no list of scans" * 100)
    run = CliRunner().invoke(app, ["analyze", str(SAMPLES[0].path), "--out", str(tmp_path)])
    assert run.exit_code == 0
    assert "The results are written, but not listed:" in run.stderr
    assert "is damaged or no project of this program: move it elsewhere" in run.stderr
    assert (tmp_path / "results.csv").read_text("utf-8").count("ok") == 1
    assert (tmp_path / "project.sqlite").read_text().startswith("no list of scans")


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_form_of_an_export_is_in_the_help_and_in_the_docs(kind: str) -> None:
    told = CliRunner().invoke(app, ["project", "export", "--help"], env={"COLUMNS": "200"}).output
    assert kind in told
    assert f"`{kind}`" in DOCS.read_text("utf-8")
