"""A scheduler and its workers as processes of their own, on this machine."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from napari_multicancer.batch import cluster, connection
from napari_multicancer.batch.cluster import STARTED_FOLDER, marked_work
from napari_multicancer.batch.connection import check_versions
from napari_multicancer.batch.results import Row, failed, read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import FileJob
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.io import read_label_tiff
from napari_multicancer.samples import SAMPLES

versions = pytest.importorskip("distributed.versions")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

WORK = """
import os
import signal
from napari_multicancer.batch.results import failed

def work(job):
    if job.path.name == "deadly.png":
        os.kill(os.getpid(), signal.SIGKILL)
    return failed(job.path, "fine")
"""


class _Cluster:
    """Processes that are killed at the end; workers find the module `deadly` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "deadly.py").write_text(WORK)
        known = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        self._environment = os.environ | {"PYTHONPATH": known, "PYTHONUNBUFFERED": "1"}
        self.workers: list[subprocess.Popen] = []
        self.scheduler = self._start("scheduler", "--port=0", "--no-dashboard")
        self.address = self._said(self.scheduler, "Scheduler at:").split()[-1]

    def have_workers(self, number: int) -> None:
        options = ("--nthreads=1", "--no-nanny", "--no-dashboard", "--memory-limit=0")
        missing = range(number - self.alive)
        started = [self._start("worker", self.address, *options) for _ in missing]
        for worker in started:
            self._said(worker, "Registered to")
        self.workers += started

    @property
    def alive(self) -> int:
        return sum(worker.poll() is None for worker in self.workers)

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, kind: str, *options: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host=127.0.0.1"]
        return subprocess.Popen(
            [*command, *options], stderr=subprocess.PIPE, text=True, env=self._environment
        )

    @staticmethod
    def _said(process: subprocess.Popen, words: str) -> str:
        heard = []
        for line in process.stderr:
            heard.append(line)
            if words in line:
                # Nobody reads on: a pipe that is full would hold it for ever.
                Thread(target=process.communicate, daemon=True).start()
                return line
        raise AssertionError("".join(heard))


@pytest.fixture(scope="module")
def dask_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Cluster]:
    started = _Cluster(tmp_path_factory.mktemp("modules"))
    yield started
    started.end()


def _lines(out: Path) -> list[bytes]:
    """Give the table's lines by path, without the seconds."""
    path = out / "results.csv"
    plain = path.with_suffix(".plain")
    with plain.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((row | {"seconds": ""}).values() for row in read_rows(path))
    return sorted(plain.read_bytes().splitlines())


@pytest.mark.slow
def test_a_cluster_without_workers_is_named(
    dask_cluster: _Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    options = BatchOptions(scheduler=dask_cluster.address)
    with pytest.raises(MulticancerError, match="has no workers: start some by dask worker"):
        run_batch([SAMPLES[0].path], tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_changes_nothing_in_the_table(
    dask_cluster: _Cluster, tmp_path: Path
) -> None:
    paths = [tmp_path / f"scan{number}.png" for number in range(12)]
    for path in paths:
        path.write_bytes(SAMPLES[0].path.read_bytes())
    paths.insert(6, tmp_path / "missing.png")
    run_batch(paths, tmp_path / "alone")
    dask_cluster.have_workers(3)
    killed: list[Row] = []

    def kill_one(row: Row) -> None:
        if not killed:
            dask_cluster.workers[0].send_signal(signal.SIGKILL)
        killed.append(row)

    options = BatchOptions(scheduler=dask_cluster.address)
    summary = run_batch(paths, tmp_path / "out", options, on_row=kill_one)
    assert (summary.ok, summary.failed) == (12, 1)
    assert _lines(tmp_path / "out") == _lines(tmp_path / "alone")
    for mask in (tmp_path / "alone/masks").iterdir():
        pixels = read_label_tiff(tmp_path / "out/masks" / mask.name)[0]
        np.testing.assert_array_equal(pixels, read_label_tiff(mask)[0])
    assert not (tmp_path / "out" / STARTED_FOLDER).exists()


@pytest.mark.slow
@pytest.mark.parametrize("portion", [1, 5])
def test_a_file_that_kills_two_workers_is_set_aside_alone(
    portion: int, dask_cluster: _Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dask_cluster.have_workers(3)
    monkeypatch.setattr(cluster, "FIRST_FILES", portion)
    monkeypatch.syspath_prepend(dask_cluster.folder)
    work = import_module("deadly").work
    paths = [Path(f"/{name}.png") for name in ("a", "b", "deadly", "c", "d")]
    options = BatchOptions(scheduler=dask_cluster.address)
    run_batch(paths, tmp_path / "out", options, work=work)
    reasons = {row["path"]: row["error"] for row in read_rows(tmp_path / "out/results.csv")}
    assert "ended the process that worked on it twice" in reasons.pop("/deadly.png")
    assert reasons == dict.fromkeys(["/a.png", "/b.png", "/c.png", "/d.png"], "fine")
    assert dask_cluster.alive == 1


@pytest.mark.slow
def test_other_versions_are_named(
    dask_cluster: _Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dask_cluster.have_workers(1)
    ours = versions.get_versions

    def another(packages: Sequence[str] | None = None) -> dict:
        found = ours(packages)
        return found | {"packages": found["packages"] | {"napari_multicancer": "9.9.9"}}

    monkeypatch.setattr(versions, "get_versions", another)
    options = BatchOptions(scheduler=dask_cluster.address)
    with pytest.raises(MulticancerError, match=r"napari_multicancer is 9\.9\.9 here and 0\."):
        run_batch([SAMPLES[0].path], tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_scheduler_that_goes_away_fails_no_file(
    dask_cluster: _Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dask_cluster.have_workers(1)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(cluster, "LEAST_AHEAD", 1)
    monkeypatch.setattr(cluster, "AHEAD", 1)
    monkeypatch.syspath_prepend(dask_cluster.folder)
    options = BatchOptions(scheduler=dask_cluster.address)
    paths = [Path(f"/{number}.png") for number in range(50)]
    with pytest.raises(MulticancerError, match="lost: the rows so far are kept"):
        run_batch(
            paths,
            tmp_path,
            options,
            work=import_module("deadly").work,
            on_row=lambda row: dask_cluster.scheduler.kill(),
        )
    reasons = [row["error"] for row in read_rows(tmp_path / "results.csv")]
    assert 0 < len(reasons) < 50
    assert set(reasons) == {"fine"}


@pytest.mark.parametrize(
    ("place", "package", "theirs", "told"),
    [
        ("scheduler", "dask", "1.0", "dask is 2.0 here and 1.0 on the scheduler:"),
        ("worker", "python", "3.12.1.final.0", "python is 3.11 here and 3.12 on the worker w:"),
        ("worker", "numpy", None, "numpy is 2.0 here and not installed on the worker w:"),
        ("scheduler", "numpy", None, ""),
        ("worker", "python", "3.11.9.final.0", ""),
    ],
)
def test_only_versions_that_matter_must_be_the_same(
    place: str, package: str, theirs: str | None, told: str
) -> None:
    ours = dict.fromkeys(("dask", "distributed", "numpy", "napari_multicancer"), "2.0")
    ours["python"] = "3.11.7.final.0"
    other = {"packages": ours | {package: theirs}}
    here = {"packages": ours}
    places = (other, {"w": here}) if place == "scheduler" else (here, {"w": other})
    if not told:
        check_versions(here, *places)
        return
    with pytest.raises(MulticancerError) as refused:
        check_versions(here, *places)
    assert str(refused.value).startswith(told)


def test_a_worker_that_does_not_see_the_output_folder_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "1")  # which the work would set
    job = FileJob(Path("a.png"), "masks/a_mask.tif")
    row = marked_work(job, work=lambda job: failed(job.path, ""), started=tmp_path / "x/.started")
    assert row["error"].startswith(f"{tmp_path / 'x'} cannot be written (No such file")
