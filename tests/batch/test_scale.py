"""Many files, and runs that are killed: with a stub in place of the analysis."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import FileJob

STUB = """
import sys
from pathlib import Path
from napari_multicancer.batch.results import COLUMNS
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import find_files

def work(job):
    return dict.fromkeys(COLUMNS, "") | {"path": str(job.path), "status": "ok", "mask": job.mask}

scans, out = map(Path, sys.argv[1:3])
"""
PEAK = """
run_batch(find_files([scans], recursive=True), out, work=work)
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
KILLED = """
import os, random, signal

luck = random.Random(int(sys.argv[3]))
kills = 0
while True:
    is_last = kills == 20
    few = 300 if is_last else luck.randrange(1, 15)  # 20 times 14 files are not yet all
    allowed, allowing = os.pipe()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        run_batch(
            find_files([scans]),
            out,
            BatchOptions(resume=True),
            work=lambda job: (os.read(allowed, 1), os.write(writing, b"."), work(job))[2],
        )
        os._exit(0)
    os.close(writing)
    os.write(allowing, b"." * few)
    if not is_last:
        for _ in range(luck.randrange(few + 1)):
            os.read(reading, 1)
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for end in (allowed, allowing, reading):
        os.close(end)
    if is_last:
        assert status == 0
        break
    assert status == -signal.SIGKILL
    kills += 1
print(kills)
"""


def _script(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", STUB + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _scans(folder: Path, number: int) -> Path:
    for index in range(number):
        path = folder / f"{index // 1000}" / f"scan{index:05}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    peaks = []
    for number in (50, 5000):
        scans, out = _scans(tmp_path / f"in{number}", number), tmp_path / f"out{number}"
        peaks.append(int(_script(PEAK, scans, out)))
        assert len(list(read_rows(out / "results.csv"))) == number
    assert abs(peaks[1] - peaks[0]) < 50_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_after_twenty_kills_each_file_is_in_the_table_once(tmp_path: Path) -> None:
    scans = _scans(tmp_path / "in", 300) / "0"
    kills = int(_script(KILLED, scans, tmp_path / "out", random.randrange(10**9)))
    assert kills == 20
    rows = list(read_rows(tmp_path / "out/results.csv"))
    assert sorted(row["path"] for row in rows) == sorted(map(str, scans.iterdir()))
    assert len({row["mask"] for row in rows}) == 300
    assert sorted(os.listdir(tmp_path / "out")) == ["masks", "results.csv"]


def _done(job: FileJob) -> dict[str, str]:
    from napari_multicancer.batch.results import failed

    return failed(job.path, "") | {"status": "ok", "mask": job.mask}


@pytest.mark.parametrize("cut", [1, 15, 30])
def test_a_row_that_a_kill_cut_off_is_done_again(cut: int, tmp_path: Path) -> None:
    paths = [Path(f"/{name}.png") for name in "abc"]
    run_batch(paths[:2], tmp_path, work=_done)
    table = tmp_path / "results.csv"
    whole = table.read_bytes()
    table.write_bytes(whole[:-cut])
    (tmp_path / "masks/.b_mask.tif.0a1b2c3d.part").touch()
    summary = run_batch(paths, tmp_path, BatchOptions(resume=True), work=_done)
    assert (summary.ok, summary.skipped) == (2, 1)
    assert table.read_bytes().startswith(whole)
    assert [row["path"] for row in read_rows(table)] == ["/a.png", "/b.png", "/c.png"]
    assert not list((tmp_path / "masks").iterdir())


FULL = """
import resource

resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    run_batch(find_files([scans]), out, work=work)
except Exception as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no files")
def test_a_table_that_a_disk_takes_no_more_of_ends_with_a_whole_row(tmp_path: Path) -> None:
    scans = _scans(tmp_path / "in", 100) / "0"
    reason = _script(FULL, scans, tmp_path / "out")
    table = tmp_path / "out/results.csv"
    assert reason.startswith(f"{table} cannot be written (")
    assert reason.endswith("free some space or choose another folder.\n")
    content = table.read_bytes()
    assert 3500 < len(content) < 4000
    assert content.endswith(b"\n")
    summary = run_batch(scans.iterdir(), tmp_path / "out", BatchOptions(resume=True), work=_done)
    assert summary.ok + summary.skipped == 100
    assert len({row["path"] for row in read_rows(table)}) == 100


def test_progress_says_the_total_as_soon_as_it_is_known(tmp_path: Path) -> None:
    steps: list[tuple[int, int | None]] = []
    run_batch(
        (Path(name) for name in "aab"),
        tmp_path,
        work=_done,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == [(1, 3), (3, 3)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_name_that_is_no_utf8_is_done_once(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.png")
    run_batch([path], tmp_path / "out", work=_done)
    again = run_batch([path], tmp_path / "out", BatchOptions(resume=True), work=_done)
    assert (again.ok, again.skipped) == (0, 1)
