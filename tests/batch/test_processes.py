from __future__ import annotations

import socket
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from napari_multicancer.batch.processes import in_processes
from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.tasks import in_flight
from napari_multicancer.batch.worklist import FileJob, plan_jobs
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.samples import SAMPLES

JOBS = list(plan_jobs([Path(f"{name}.png") for name in "abcd"]))


@pytest.mark.slow
def test_processes_do_what_one_does(tmp_path: Path) -> None:
    paths = [SAMPLES[0].path, SAMPLES[2].path]
    run_batch(paths, tmp_path / "one")
    summary = run_batch(paths, tmp_path / "two", BatchOptions(workers=2))
    assert summary.ok == 2
    for mask in (tmp_path / "one/masks").iterdir():
        assert (tmp_path / "two/masks" / mask.name).is_file()


def test_only_a_few_jobs_are_ahead_of_the_rows_that_were_taken() -> None:
    given: list[FileJob] = []

    def submit(job: FileJob) -> Future[Row]:
        given.append(job)
        future: Future[Row] = Future()
        future.set_result(failed(job.path, "fine"))
        return future

    rows = in_flight(JOBS * 1000, submit, _no_row, room=3)
    assert [next(rows)["path"] for _ in range(5)] == ["a.png", "b.png", "c.png", "d.png", "a.png"]
    assert len(given) == 7


def test_stopping_takes_back_what_was_handed_out() -> None:
    futures = [Future() for _ in JOBS]
    futures[0].set_result(failed(JOBS[0].path, "fine"))
    left = iter(futures)
    with closing(in_flight(JOBS, lambda job: next(left), _no_row, room=3)) as rows:
        next(rows)
    assert [future.cancelled() for future in futures] == [False, True, True, False]


def test_a_job_that_ends_with_an_error_gets_another_row() -> None:
    broken: Future[Row] = Future()
    broken.set_exception(OSError("gone"))
    told = lambda job, error: failed(job.path, f"{error}")  # noqa: E731
    (row,) = in_flight(JOBS[:1], lambda job: broken, told, room=3)
    assert (row["path"], row["error"]) == ("a.png", "gone")


def _no_row(job: FileJob, error: BaseException | None) -> Row:
    raise AssertionError(f"{job} ended with {error}")


DEADLY_WORK = """
import os
from napari_multicancer.batch.results import failed

def work(job):
    if job.path.name == "b.png":
        os._exit(9)
    return failed(job.path, "fine")
"""


@pytest.mark.slow
def test_a_process_that_dies_takes_only_its_file_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly.py").write_text(DEADLY_WORK)
    monkeypatch.syspath_prepend(tmp_path)  # which the new processes inherit
    rows = list(in_processes(JOBS, import_module("deadly").work, 2))
    assert sorted(row["path"] for row in rows) == ["a.png", "b.png", "c.png", "d.png"]
    dead = [row for row in rows if row["error"] != "fine"]
    assert [row["path"] for row in dead] == ["b.png"]
    assert "ended the process" in dead[0]["error"]


ENDLESS_WORK = """
import os
import time
from pathlib import Path
from napari_multicancer.io.files import replacing

def work(job):
    folder = Path(__file__).parent
    with replacing(folder / f"{job.path.stem}.mask") as beside:
        beside.write_text("half")
        (folder / f"{os.getpid()}.pid").touch()
        time.sleep(600)
"""
RUN_ENDLESS = """
import sys
from endless import work
from napari_multicancer.batch.processes import in_processes
from napari_multicancer.batch.worklist import plan_jobs
from pathlib import Path

if __name__ == "__main__":
    next(in_processes(plan_jobs([Path("a.png"), Path("b.png")]), work, 2))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal to send")
def test_workers_end_where_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS_WORK)
    (tmp_path / "run.py").write_text(RUN_ENDLESS)
    process = subprocess.Popen([sys.executable, str(tmp_path / "run.py")], stderr=subprocess.PIPE)
    try:
        while len(list(tmp_path.glob("*.pid"))) < 2:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.kill()
        process.communicate(timeout=60)  # the workers hold its standard error open
    finally:
        process.kill()
    assert not list(tmp_path.glob("*.mask"))
    assert not list(tmp_path.glob(".*.part"))


def test_a_cluster_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_multicancer.batch.connection.CONNECT_SECONDS", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(MulticancerError, match=f"No Dask scheduler answers at {address}"):
            run_batch([SAMPLES[0].path], tmp_path / "out", BatchOptions(scheduler=address))
    assert not (tmp_path / "out").exists()


def test_dask_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(MulticancerError, match="pip install"):
        run_batch([], tmp_path / "out", BatchOptions(scheduler="tcp://127.0.0.1:1"))
    assert not (tmp_path / "out").exists()
