from __future__ import annotations

import itertools
import os
import sqlite3
import sys
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from napari_multicancer.batch.lists import Listed
from napari_multicancer.core.errors import CancelledError, ModelError, UnreadableFileError
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.project import Page, Project, ScanFilter, SortBy, Sorting, State, Work
from napari_multicancer.project.project import FILE_NAME
from napari_multicancer.project.query import ALL, BY_NAME
from napari_multicancer.project.schema import APPLICATION, STEPS
from tests.project.scans import answer, picture, pictures, results


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project of ten scans."""
    with Project.create(tmp_path / "project", "Ada") as project:
        assert project.add(pictures(tmp_path / "scans", 10)) == 10
        yield project


def _named(project: Project, name: str) -> int:
    return next(scan.id for scan in project.each() if scan.name == name)


def _names(project: Project, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME) -> list[str]:
    return [scan.name.removesuffix(".png") for scan in project.each(wanted, sorting)]


def _many(folder: Path, number: int) -> None:
    """Put rows into a list without making their files."""
    Project.create(folder).close()
    disk = sqlite3.connect(folder / FILE_NAME)
    with disk:
        disk.executemany(
            "INSERT INTO scans (key, path, name, name_key, state, state_at) "
            "VALUES (?, ?, ?, ?, ?, '2026-01-01T00:00:00.000Z')",
            (
                (b"%d" % n, b"/scans/%d.png" % n, f"{n}.png", f"{n:012}.png", "new")
                for n in range(number)
            ),
        )
    disk.close()


def test_what_is_noted_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 2)
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(paths)
        scan = project.next(None)
        assert scan.state is State.NEW
        project.set_state(scan.id, State.DONE, "an easy one")
        project.note_work(scan.id, Work(12.5, 3, 1))
        project.treat_as(scan.id, "breast")
        project.comment(scan.id, "shadow below")
        project.set_group(scan.id, "patient 7")
    with Project.open(tmp_path / "project", "Eve") as project:
        again = project.scan(scan.id)
        assert (again.state, again.state_by, again.done_by) == (State.DONE, "Ada", "Ada")
        assert abs((datetime.now(UTC) - again.state_at).total_seconds()) < 60
        assert (again.shown_organ, again.comment, again.group) == (
            "breast",
            "shadow below",
            "patient 7",
        )
        assert again.work == Work(12.5, 3, 1)
        assert project.counts() == dict.fromkeys(State, 0) | {State.DONE: 1, State.NEW: 1}


def test_names_are_sorted_as_people_count(project: Project) -> None:
    assert _names(project) == [f"scan{n}" for n in range(1, 11)]
    assert _names(project, sorting=Sorting(descending=True)) == [
        f"scan{n}" for n in range(10, 0, -1)
    ]


def test_a_scan_is_listed_once_under_however_many_names(project: Project, tmp_path: Path) -> None:
    first = project.next(None)
    names = [first.path, Path(os.path.relpath(first.path)), first.path.parent / "." / first.name]
    if sys.platform != "win32":
        (tmp_path / "link.png").symlink_to(first.path)
        names.append(tmp_path / "link.png")
    assert project.add(names) == 0
    assert project.count() == 10
    assert project.find(names[1]).id == first.id
    assert project.find(tmp_path / "other.png") is None


def test_what_a_scan_is_said_to_be_is_kept_until_a_person_says_otherwise(
    project: Project, tmp_path: Path
) -> None:
    known, new, plain = pictures(tmp_path / "scans", 12)[-3:]
    project.treat_as(_named(project, "scan10.png"), "brain")
    entries = [Listed(known, "breast"), Listed(new, "breast"), Listed(plain, AUTOMATIC)]
    assert project.add(entries) == 2
    said = {scan.name: scan.treated_as for scan in project.each()}
    assert [said[path.name] for path in (known, new, plain)] == ["brain", "breast", ""]
    assert project.add([Listed(plain, "brain")]) == 0
    assert project.find(plain).treated_as == "brain"
    with pytest.raises(ModelError, match="There is no organ 'knee'"):
        project.add([Listed(tmp_path / "more.png", "knee")])
    assert project.count() == 12


@pytest.mark.slow
def test_ten_thousand_scans_of_one_name_are_ten_thousand(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) / "scan.png" for n in range(10_000)]
    with Project.create(tmp_path / "project") as project:
        assert project.add(paths) == 10_000
        first = project.scans(page=Page(9_998, 5))
        assert [scan.path for scan in first] == paths[9_998:]
        assert project.next(first[0].id).path == paths[9_999]


def test_next_and_previous_follow_every_order(project: Project) -> None:
    for n, name in enumerate(("scan3.png", "scan5.png", "scan2.png")):
        scan = _named(project, name)
        project.set_state(scan, [State.DONE, State.FLAGGED, State.DONE][n])
        project.note_work(scan, Work(10.0 * n))
        project.treat_as(scan, ["brain", "breast", ""][n])
        project.assign([scan], ["Eve", "Ada", "Eve"][n])
    for by, descending in itertools.product(SortBy, (False, True)):
        sorting = Sorting(by, descending)
        listed = [scan.id for scan in project.scans(sorting=sorting)]
        assert sorted(listed) == list(range(1, 11))
        assert [scan.id for scan in project.each(sorting=sorting)] == listed
        assert [project.position(scan, sorting=sorting) for scan in listed] == list(range(10))
        back = [listed[-1]]
        while (before := project.previous(back[-1], sorting=sorting)) is not None:
            back.append(before.id)
        assert back == listed[::-1]


def test_the_next_scan_is_found_from_one_that_the_filter_leaves_out(project: Project) -> None:
    wanted = ScanFilter(frozenset({State.NEW}))
    second = project.next(project.next(None, wanted).id, wanted)
    project.set_state(second.id, State.DONE)
    assert project.next(second.id, wanted).name == "scan3.png"
    assert project.previous(second.id, wanted).name == "scan1.png"
    assert project.next(_named(project, "scan10.png"), wanted) is None


def test_filters_hold_together(project: Project) -> None:
    for name in ("scan1.png", "scan2.png"):
        project.comment(_named(project, name), "100 % sure, see_below!")
    project.assign([_named(project, "scan2.png"), _named(project, "scan3.png")], "Eve")
    project.treat_as(_named(project, "scan3.png"), "brain")
    project.set_state(_named(project, "scan4.png"), State.SKIPPED)
    assert _names(project, ScanFilter(assigned="Eve")) == ["scan2", "scan3"]
    assert len(_names(project, ScanFilter(assigned=""))) == 8
    assert _names(project, ScanFilter(assigned="Eve", text="100 % SURE")) == ["scan2"]
    assert _names(project, ScanFilter(text="0_%")) == []
    assert _names(project, ScanFilter(text="e_b")) == ["scan1", "scan2"]
    assert _names(project, ScanFilter(organ="brain")) == ["scan3"]
    assert _names(project, ScanFilter(frozenset({State.SKIPPED, State.DONE}))) == ["scan4"]
    assert project.count(ScanFilter(text="scan1")) == 2


def test_who_changed_a_state_when_and_why_is_kept(project: Project) -> None:
    project.set_state(1, State.IN_WORK)
    project.set_state(1, State.IN_WORK)
    project.set_state(1, State.DONE, "at last")
    project.set_state(2, State.SKIPPED)
    told = [(one.scan, one.who, one.before.value, one.after.value) for one in project.changes()]
    assert told == [
        (1, "Ada", "new", "in work"),
        (1, "Ada", "in work", "done"),
        (2, "Ada", "new", "skipped"),
    ]
    assert [one.note for one in project.changes(1)] == ["", "at last"]


def test_work_is_added_up_for_each_person(tmp_path: Path) -> None:
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(pictures(tmp_path, 1))
        project.note_work(1, Work(3.0, 1, 0))
        project.note_work(1, Work(4.0, 0, 2))
    with Project.open(tmp_path / "project", "Eve") as project:
        project.note_work(1, Work(5.0))
        assert project.work(1) == {"Ada": Work(7.0, 1, 2), "Eve": Work(5.0)}
        assert project.scan(1).work == Work(12.0, 1, 2)


def test_an_organ_that_no_model_knows_is_refused(project: Project) -> None:
    with pytest.raises(ModelError, match="There is no organ 'elbow'"):
        project.treat_as(1, "elbow")
    project.treat_as(1, "brain")
    project.treat_as(1, "")
    assert project.scan(1).shown_organ == ""


def test_what_a_person_finds_counts_before_what_the_models_found(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 3)
    results(tmp_path / "list", *map(answer, paths))
    with Project.open(tmp_path / "list", "Ada") as project:
        project.take_results()
        project.say_finding(1, "malignant")
        scan = project.scan(1)
        assert (scan.finding, scan.said_finding, scan.shown_finding) == (
            "benign", "malignant", "malignant",
        )  # fmt: skip
        assert [one.id for one in project.scans(ScanFilter(finding="malignant"))] == [1]
        assert [one.id for one in project.scans(sorting=Sorting(SortBy.FINDING))] == [2, 3, 1]
        with pytest.raises(ModelError, match=r"choose one of: .*malignant"):
            project.say_finding(1, "tumor")
        project.treat_as(1, "brain")
        assert project.scan(1).said_finding == "", "no finding of that organ"
        project.say_finding(2, "normal")
        project.say_finding(2, "")
        assert project.scan(2).shown_finding == "benign"
        project.add([picture(tmp_path / "more.png", 9)])
        with pytest.raises(ModelError, match=r"say first which of .*brain"):
            project.say_finding(4, "malignant")


def test_a_list_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as disk, disk:
        STEPS[0](disk)
        disk.execute(f"PRAGMA application_id = {APPLICATION}")
        disk.execute("PRAGMA user_version = 1")
    with pytest.raises(UnreadableFileError, match="an older version of this program: open it for"):
        Project.open(tmp_path, read_only=True)
    with Project.open(tmp_path) as project:
        project.add(pictures(tmp_path / "scans", 1))
        assert project.scan(1).said_finding == ""


def test_masks_that_an_older_version_listed_as_failed_are_no_work(tmp_path: Path) -> None:
    failures = {
        "a_mask.png": "a_mask.png is a mask, not a scan: name the scan that it lies on.",
        "b_mask.png": "b_mask.png is called a mask and holds one value alone: rename it if it is "
        "a scan.",
        "c.png": "c.png cannot be read: export it again.",
        "d_mask.png": "d_mask.png is a mask, not a scan: name the scan that it lies on.",
    }
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as disk, disk:
        for step in STEPS[:2]:
            step(disk)
        for name, error in failures.items():
            disk.execute(
                "INSERT INTO scans (key, path, name, name_key, state_at, error) "
                "VALUES (?, ?, ?, ?, '2026-01-01T00:00:00.000Z', ?)",
                [name.encode(), name.encode(), name, name, error],
            )
        disk.execute("UPDATE scans SET state_by = 'Ada' WHERE name = 'd_mask.png'")
        disk.execute(f"PRAGMA application_id = {APPLICATION}")
        disk.execute("PRAGMA user_version = 2")
    with Project.open(tmp_path) as project:
        scans = project.scans()
        assert [scan.is_passed_over for scan in scans] == [True, True, False, False]
        assert [scan.state for scan in scans[2:]] == [State.NEW] * 2, "a person said that one is"
        assert [scan.error for scan in scans] == [*failures.values()]
        changes = list(project.changes())
        assert [(change.scan, change.who, change.note) for change in changes] == [
            (number, "", error) for number, error in enumerate(list(failures.values())[:2], start=1)
        ]
        assert changes[0].at == scans[0].state_at > datetime(2026, 1, 2, tzinfo=UTC)


def test_a_scan_that_is_not_listed_is_refused_in_one_sentence(project: Project) -> None:
    for ask in (project.scan, project.next, project.locate, project.position):
        with pytest.raises(UnreadableFileError, match="The list has no scan 99"):
            ask(99)
    with pytest.raises(UnreadableFileError, match="no scan 99"):
        project.set_state(99, State.DONE)


def test_adding_can_be_stopped_and_keeps_what_was_added(tmp_path: Path) -> None:
    seen: list[int] = []
    with Project.create(tmp_path / "project") as project:
        with pytest.raises(CancelledError):
            project.add(
                [tmp_path / f"{n}.png" for n in range(1200)],
                progress=seen.append,
                cancelled=lambda: bool(seen),
            )
        assert project.count() == seen[0] == 500


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take no such name")
def test_names_that_are_no_text_are_listed_and_found(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff\n%_!.png"))
    picture(odd)
    with Project.create(tmp_path / "project") as project:
        project.add([odd])
        assert project.scan(1).path == odd
        assert project.locate(1).path == odd
        assert project.count(ScanFilter(text="%_!")) == 1


def _steps(project: Project, wanted: ScanFilter) -> int:
    """Count the steps in which a page is read; sorting would be one more."""
    where, values = wanted.clause()
    asked = f"SELECT * FROM scans WHERE {where} ORDER BY {BY_NAME.clause()} LIMIT 9"
    steps = project._database.rows(f"EXPLAIN QUERY PLAN {asked}", values)
    assert all("USING INDEX" in step["detail"] for step in steps)
    return len(steps)


def test_a_long_list_is_read_by_its_index_and_a_page_at_a_time(tmp_path: Path) -> None:
    peaks = []
    for number in (1_000, 10_000):
        folder = tmp_path / str(number)
        _many(folder, number)
        with Project.open(folder) as project:
            tracemalloc.start()
            assert sum(1 for _ in project.each(ScanFilter(text="99.png"))) == number // 100
            assert len(project.scans(page=Page(number - 100, 500))) == 100
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            for some in ((), (State.NEW,), (State.NEW, State.DONE)):
                assert _steps(project, ScanFilter(frozenset(some))) == 1
    assert peaks[1] < 1.5 * peaks[0]
