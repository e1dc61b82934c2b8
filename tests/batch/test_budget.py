"""No file holds a batch for ever, or takes all memory."""

from __future__ import annotations

import mmap
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from napari_multicancer.batch import budget as budgets
from napari_multicancer.batch.budget import Budget, Watch, memory_of
from napari_multicancer.batch.processes import in_processes
from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import plan_jobs
from napari_multicancer.samples import SAMPLES

JOBS = list(plan_jobs([Path(f"{name}.png") for name in "abcd"]))
GREEDY_WORK = """
import signal
import time

def fine(job):
    return {"path": str(job.path), "error": "fine"}

def endless(job):
    if job.path.name == "b.png":
        if hasattr(signal, "pthread_sigmask"):  # as in a library that never comes back
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        time.sleep(600)
    return fine(job)

def greedy(job):
    if job.path.name == "b.png":
        held = b"1" * 900 * 2**20
        time.sleep(600)
    return fine(job)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "greedy_work.py").write_text(GREEDY_WORK)
    monkeypatch.syspath_prepend(tmp_path)  # which the new processes inherit
    monkeypatch.delitem(sys.modules, "greedy_work", raising=False)
    return import_module("greedy_work")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "budget", "says"),
    [
        ("endless", Budget(5.0), "b.png was not done after 5 s: allow more by --time-limit"),
        (
            "greedy",
            Budget(300.0, 0.6),
            "b.png took more than 0.6 GiB of memory: allow more by --memory-limit",
        ),
    ],
)
def test_a_file_that_takes_too_much_costs_its_process_and_the_others_go_on(
    work: ModuleType, name: str, budget: Budget, says: str
) -> None:
    rows = {row["path"]: row["error"] for row in in_processes(JOBS, getattr(work, name), 2, budget)}
    assert rows.pop("b.png").startswith(says)
    assert rows == dict.fromkeys(["a.png", "c.png", "d.png"], "fine")


@pytest.mark.slow
def test_a_single_process_gives_a_file_up_at_its_next_plane(tmp_path: Path) -> None:
    summary = run_batch([SAMPLES[-1].path], tmp_path, BatchOptions(time_limit=1e-6))
    assert (summary.ok, summary.failed) == (0, 1)
    (row,) = read_rows(tmp_path / "results.csv")
    assert f"{SAMPLES[-1].path.name} was not done after" in row["error"]
    assert not list((tmp_path / "masks").iterdir())


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], bool]:
    now = [0.0]

    def pass_(seconds: float) -> bool:
        now[0] += seconds
        return False

    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return pass_


def test_a_pause_does_not_count(pass_time: Callable[[float], bool]) -> None:
    watch = Watch(Budget(10), lambda: pass_time(100))
    pass_time(9)
    assert not watch()
    pass_time(2)
    assert watch()
    assert watch.ran_out


def test_who_stops_a_batch_is_not_told_of_the_time(pass_time: Callable[[float], bool]) -> None:
    watch = Watch(Budget(10), lambda: True)
    pass_time(100)
    assert watch()
    assert not watch.ran_out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count them otherwise")
def test_pages_of_a_file_that_is_mapped_are_not_counted(tmp_path: Path) -> None:
    path, n_bytes = tmp_path / "large.raw", 64 * 2**20
    path.write_bytes(bytes(n_bytes))
    this = psutil.Process()
    before = memory_of(this)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert not any(mapped[place] for place in range(0, n_bytes, mmap.PAGESIZE))
        assert memory_of(this) - before < n_bytes / 4
        held = b"1" * n_bytes
        assert memory_of(this) - before > len(held) / 2


def test_a_process_that_has_ended_holds_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    child.communicate(b"\n")
    assert memory_of(process) == 0
