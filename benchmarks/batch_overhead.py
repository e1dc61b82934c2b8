"""What a batch costs beside the analysis: processor time a file, and memory.

Processor time, not time on the clock, so that other work on the machine does not count.

    python benchmarks/batch_overhead.py [--files 100000] [--tasks 2000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from napari_multicancer.batch.results import COLUMNS, Row
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import Job
from napari_multicancer.core.runtime import THREADS_VARIABLE
from napari_multicancer.samples import SAMPLES

ROUNDS = 7


def stub(job: Job) -> Row:
    """Stand in for the analysis of a file."""
    return dict.fromkeys(COLUMNS, "") | {"path": str(job.path), "status": "ok", "mask": job.mask}


def files(number: int) -> Iterator[Path]:
    """Name files that nobody opens, one after another."""
    for index in range(number):
        yield Path(f"/scans/{index // 1000}/slice_{index % 1000:04}.png")


def cost(run: Callable[[], object], number: int) -> float:
    """Processor time of this process in seconds, each of a number of files."""
    before = time.process_time()
    run()
    return (time.process_time() - before) / number


def listing(number: int) -> None:
    """Print the cost a file and the peak memory of a batch in this process."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = cost(lambda: run_batch(files(number), Path(folder), work=stub), number)
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1e3
    print(f"{number:>9,} files: {seconds * 1e6:6.0f} us a file, peak {peak:.0f} MB")


def cluster(number: int) -> None:
    """Print the cost a task of client, scheduler and worker together, in one process."""
    from distributed import LocalCluster

    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            dashboard_address=None,
        ) as dask,
        tempfile.TemporaryDirectory() as folder,
    ):
        options = BatchOptions(scheduler=dask.scheduler_address)
        seconds = cost(lambda: run_batch(files(number), Path(folder), options, work=stub), number)
    print(f"{number:>9,} Dask tasks: {seconds * 1e6:6.0f} us a task")


def analysis() -> None:
    """Print the cost of a whole analysis of one plane, file and mask included."""
    os.environ[THREADS_VARIABLE] = "1"
    for sample in (SAMPLES[0], SAMPLES[-1]):
        with tempfile.TemporaryDirectory() as folder:
            again = BatchOptions(overwrite=True)
            once = lambda: run_batch([sample.path], Path(folder), again)  # noqa: B023, E731
            once()
            seconds = median(cost(once, 1) for _ in range(ROUNDS))
        print(f"{sample.file}: {seconds * 1e3:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--listing", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.listing:
        listing(given.listing)
        return
    for number in (1000, given.files):  # each in a process of its own: peaks do not sink
        subprocess.run([sys.executable, __file__, "--listing", str(number)], check=True)
    cluster(given.tasks)
    analysis()


if __name__ == "__main__":
    main()
