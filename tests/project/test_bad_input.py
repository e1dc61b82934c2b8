from __future__ import annotations

import errno
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from napari_multicancer.core.errors import (
    InUseError,
    OutputError,
    UnreadableFileError,
)
from napari_multicancer.project import Project, State
from napari_multicancer.project.project import FILE_NAME, LOCK_NAME
from tests.project.scans import mask, picture, pictures

HOLD = """
import sys
from napari_multicancer.project import Project
with Project.open(sys.argv[1], "Ada"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a project with one scan that is done."""
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([picture(tmp_path / "scan.png")])
        project.set_state(1, State.DONE)
    return tmp_path / "project"


@pytest.mark.slow
def test_the_second_who_opens_it_hears_who_was_first_and_may_look(folder: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(folder)]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with first:
        try:
            assert first.stdout.readline() == b"held\n"
            with pytest.raises(InUseError) as refused:
                Project.open(folder, "Eve")
            assert f"(Ada, process {first.pid} on {socket.gethostname()})" in str(refused.value)
            with Project.open(folder, "Eve", read_only=True) as looked_at:
                assert looked_at.scan(1).state is State.DONE
                with pytest.raises(OutputError, match="open for looking only"):
                    looked_at.set_state(1, State.FLAGGED)
                with pytest.raises(OutputError, match="open for looking only"):
                    looked_at.save_mask(1, mask())
        finally:
            first.kill()
    assert (folder / LOCK_NAME).is_file(), "a killed process leaves its lock behind"
    with Project.open(folder, "Eve") as project:
        project.set_state(1, State.REVIEWED)


def test_one_who_looks_sees_what_the_other_does(folder: Path) -> None:
    with Project.open(folder) as project, Project.open(folder, read_only=True) as looked_at:
        assert not looked_at.has_changed()
        project.set_state(1, State.FLAGGED)
        assert looked_at.has_changed()
        assert not looked_at.has_changed()
        assert looked_at.scan(1).state is State.FLAGGED


@pytest.mark.parametrize("who", ["", "  ", "Zoë Ångström 象"])
def test_whoever_works_has_a_name(folder: Path, who: str) -> None:
    with Project.open(folder, who) as project:
        assert project.who == (who.strip() or project.who)
        assert project.who.strip()


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"is no project and holds no results\.csv"):
        Project.open(tmp_path)
    with pytest.raises(UnreadableFileError, match="is no project"):
        Project.open(tmp_path / "not there", read_only=True)
    with pytest.raises(OutputError, match="is a project already"):
        Project.create(folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Project.create(tmp_path / "file" / "project")


def test_a_version_from_the_future_is_not_touched(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as disk:
        disk.execute("PRAGMA user_version = 99")
    before = (folder / FILE_NAME).read_bytes()
    for read_only in (False, True):
        with pytest.raises(UnreadableFileError, match="newer version of this program: update"):
            Project.open(folder, read_only=read_only)
    assert (folder / FILE_NAME).read_bytes() == before


def _work(folder: Path) -> None:
    with Project.open(folder) as project:
        project.scans()
        project.set_state(1, State.NEW)


@pytest.mark.parametrize("damage", ["text", "cut", "noise", "foreign"])
def test_a_damaged_list_is_refused_and_left_as_it_is(folder: Path, damage: str) -> None:
    path = folder / FILE_NAME
    if damage == "text":
        path.write_text("no list of scans" * 100)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:6000])
    elif damage == "noise":
        content = path.read_bytes()
        path.write_bytes(content[:100] + os.urandom(len(content) - 100))
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as disk:
            disk.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    with pytest.raises(UnreadableFileError, match="damaged or no project of this program"):
        _work(folder)
    assert path.read_bytes() == before


@pytest.mark.parametrize("has_results", [False, True])
def test_results_are_named_for_a_new_list_where_there_are_any(
    folder: Path, has_results: bool
) -> None:
    (folder / "results.csv").unlink(missing_ok=True)
    if has_results:
        (folder / "results.csv").touch()
    (folder / FILE_NAME).write_text("no list of scans" * 100)
    says = "one is made from results.csv" if has_results else "a new list of the same scans"
    with pytest.raises(UnreadableFileError, match=says):
        _work(folder)


def test_a_list_of_which_nothing_was_written_yet_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    with Project.open(tmp_path) as project:
        assert project.count() == 0


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only for this user"
)
def test_a_read_only_folder_can_be_looked_at(folder: Path) -> None:
    for path in (folder, folder / FILE_NAME):
        path.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            Project.open(folder)
        with Project.open(folder, read_only=True) as project:
            assert project.scan(1).state is State.DONE
    finally:
        for path in (folder, folder / FILE_NAME):
            path.chmod(0o755)


def test_a_read_only_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OutputError, match="Read-only file system"):
        Project.open(folder)


def test_a_full_disk_is_told_and_nothing_that_was_done_is_lost(folder: Path) -> None:
    with Project.open(folder) as project:
        pages = project._database.number("PRAGMA page_count")
        project._database.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OutputError, match="its disk is full: free some space"):
            project.comment(1, "x" * 100_000)
        assert project.scan(1).comment == ""
        project.comment(1, "there is room again")
        assert project.scan(1).comment == "there is room again"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let go of open files")
def test_a_share_that_goes_away_is_told_and_work_goes_on_when_it_is_back(folder: Path) -> None:
    with Project.open(folder) as project:
        folder.rename(folder.with_name("unplugged"))
        folder.mkdir()  # as where a share is mounted
        for _ in range(2):
            with pytest.raises(OutputError, match=r"project\.sqlite cannot be reached"):
                project.set_state(1, State.FLAGGED)
        folder.rmdir()  # so that it is empty: no second list was begun there
        folder.with_name("unplugged").rename(folder)
        assert project.scan(1).state is State.DONE
        project.set_state(1, State.FLAGGED)
    with Project.open(folder) as project:
        assert project.scan(1).state is State.FLAGGED


def test_what_somebody_wrote_into_the_list_by_hand_does_not_break_it(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as disk, disk:
        disk.execute("UPDATE scans SET state = 'finished', state_at = 'yesterday'")
        disk.execute(
            "INSERT INTO versions (scan, number, file, maker, kind, at) "
            "VALUES (1, 1, 'gone.tif', 'me', 'drawn', '')"
        )
    with Project.open(folder) as project:
        assert project.scan(1).state is State.NEW
        assert project.versions(1)[0].maker == "me"
        project.set_state(1, State.DONE)
        assert project.counts()[State.DONE] == 1


def test_an_error_in_the_middle_leaves_nothing_half_done(folder: Path, tmp_path: Path) -> None:
    with Project.open(folder) as project:
        project.add(pictures(tmp_path / "more", 3))

        def some() -> list[int]:
            yield from (1, 2)
            raise RuntimeError("stop")

        with pytest.raises(RuntimeError):
            project.assign(some(), "Eve")
        assert {scan.assigned for scan in project.scans()} == {""}


def test_a_copy_of_the_folder_is_a_project_of_its_own(folder: Path, tmp_path: Path) -> None:
    with Project.open(folder) as project:
        shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns(LOCK_NAME))
        with Project.open(tmp_path / "copy") as copy:
            copy.set_state(1, State.FLAGGED)
        assert project.scan(1).state is State.DONE
