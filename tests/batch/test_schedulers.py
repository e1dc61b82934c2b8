from __future__ import annotations

import socket
import sys
from importlib import import_module
from pathlib import Path

import pytest

from napari_multicancer.batch.processes import in_processes
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import plan_jobs
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.samples import SAMPLES

JOBS = list(plan_jobs([Path(f"{name}.png") for name in "abcd"]))


def test_processes_do_what_one_does(tmp_path: Path) -> None:
    paths = [SAMPLES[0].path, SAMPLES[2].path]
    run_batch(paths, tmp_path / "one")
    summary = run_batch(paths, tmp_path / "two", BatchOptions(workers=2))
    assert summary.ok == 2
    for mask in (tmp_path / "one/masks").iterdir():
        assert (tmp_path / "two/masks" / mask.name).is_file()


DEADLY_WORK = """
import os
from napari_multicancer.batch.results import failed

def work(job):
    if job.path.name == "b.png":
        os._exit(9)
    return failed(job.path, "fine")
"""


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


def test_a_cluster_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_multicancer.batch.cluster.CONNECT_SECONDS", 0.2)
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
