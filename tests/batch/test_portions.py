from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from napari_multicancer.batch.cluster import MOST_FILES, Done, Portions, lost
from napari_multicancer.batch.results import failed
from napari_multicancer.batch.worklist import FileJob

JOBS = [FileJob(Path(f"{number}.png"), f"masks/{number}_mask.tif") for number in range(1000)]


def _took(files: int, seconds: float) -> Done:
    return Done([failed(job.path, "") for job in JOBS[:files]], seconds)


def test_portions_grow_until_one_takes_a_second() -> None:
    portions = Portions(JOBS)
    sizes = []
    for _ in range(8):
        portion = next(portions)
        sizes.append(len(portion))
        portions.learn(_took(len(portion), 0.05 * len(portion)))
    assert sizes == [1, 2, 4, 8, 16, 20, 20, 20]


def test_portions_shrink_at_once_to_no_less_than_one_file() -> None:
    portions = Portions(JOBS)
    portions.learn(_took(16, 0.4))
    assert portions.files == 32
    portions.learn(_took(32, 64.0))
    assert portions.files == 1
    portions.learn(_took(1, 500.0))
    assert portions.files == 1


def test_portions_are_bounded_and_leave_nothing_out() -> None:
    portions = Portions(JOBS)
    given: list[FileJob] = []
    for portion in portions:
        given += portion
        assert len(portion) <= MOST_FILES
        portions.learn(_took(len(portion), 1e-9))
    assert given == JOBS


def test_files_that_were_done_again_say_nothing_of_the_next() -> None:
    portions = Portions(JOBS)
    portions.learn(_took(4, 0.1))
    portions.learn(_took(1, 0.0))
    assert portions.files == 8


def test_a_portion_that_killed_its_workers_is_split_and_one_file_set_aside() -> None:
    killed = pytest.importorskip("distributed").KilledWorker
    handed_out: list[list[FileJob]] = []

    def submit(jobs: list[FileJob]) -> Future[Done]:
        handed_out.append(jobs)
        future: Future[Done] = Future()
        if jobs[0] is JOBS[1]:
            future.set_exception(killed("task", None, 3))
        else:
            future.set_result(Done([failed(job.path, "fine") for job in jobs], 0.1))
        return future

    done = lost(JOBS[:3], killed("task", None, 3), submit=submit)
    assert handed_out == [[job] for job in JOBS[:3]]
    reasons = {row["path"]: row["error"] for row in done.rows}
    assert "ended the process that worked on it twice" in reasons.pop("1.png")
    assert reasons == {"0.png": "fine", "2.png": "fine"}
    assert done.seconds == 0


def test_another_error_of_the_cluster_is_each_files() -> None:
    pytest.importorskip("distributed")
    done = lost(JOBS[:2], OSError("gone"), submit=_nothing)
    assert [row["error"] for row in done.rows] == [
        f"{number}.png was lost by the cluster (gone): run it again." for number in range(2)
    ]


def _nothing(jobs: object) -> Future[Done]:
    raise AssertionError("nothing is to be handed out")
