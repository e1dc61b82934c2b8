"""What a batch costs beside the analysis, and from it what a hundred million scans cost.

Processor time, not time on the clock, so that other work on the machine counts little.

    python -m benchmarks.batch_overhead --report docs/scale.md

measures, and writes the page and, beside it, the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks.batch_report import markdown
from benchmarks.machine import describe
from napari_multicancer.batch.cluster import MOST_FILES, PORTION_SECONDS
from napari_multicancer.batch.on_disk import DiskNumbers
from napari_multicancer.batch.results import COLUMNS, Row, read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import FileJob
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.samples import SAMPLES

ROUNDS = 7
FEW_FILES = 1000
LISTS = 3
"""Of what was seen: by `find_files`, of earlier runs, and the masks' names."""
PICTURE, STACK = SAMPLES[0], SAMPLES[-1]

Figures = dict[str, float]


def stub(job: FileJob) -> Row:
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


def listing(number: int) -> Figures:
    """Cost a file and peak memory of a batch that does nothing but keep its table."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = cost(lambda: run_batch(files(number), Path(folder), work=stub), number)
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1e3
    return {"files": number, "seconds_a_file": seconds, "peak_mb": peak}


def kept(number: int) -> Figures:
    """Bytes a file that the lists of what was seen take in the temporary folder."""
    seen = DiskNumbers()
    for path in files(number):
        seen.add(str(path))
    return {"bytes_a_file": LISTS * seen.bytes_on_disk() / number}


def cluster(number: int) -> Figures:
    """Cost a file of handing out (scheduler and client, in this process) and of its worker."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None
        ) as dask,
        Client(dask) as client,
        tempfile.TemporaryDirectory() as folder,
    ):
        options = BatchOptions(scheduler=dask.scheduler_address, overwrite=True)
        run = lambda: run_batch(files(number), Path(folder), options, work=stub)  # noqa: E731
        before = _worker_seconds(client)
        seconds = cost(run, number)
        worker = (_worker_seconds(client) - before) / number
    return {"handing_out": seconds, "worker": worker}


def _worker_seconds(client: object) -> float:
    return sum(client.run(time.process_time).values())


def singly(number: int) -> Figures:
    """The same with one file a task."""
    with patch("napari_multicancer.batch.cluster.MOST_FILES", 1):
        return cluster(number)


def analysis(number: int) -> Figures:
    """Cost of whole analyses on one core: file, networks, mask."""
    os.environ[THREADS_VARIABLE] = "1"
    figures = {}
    for name, sample in (("picture", PICTURE), ("stack", STACK)):
        with tempfile.TemporaryDirectory() as folder:
            again = BatchOptions(overwrite=True)
            once = lambda: run_batch([sample.path], Path(folder), again)  # noqa: B023, E731
            once()
            figures[f"{name}_seconds"] = median(cost(once, 1) for _ in range(number))
            (row,) = read_rows(Path(folder) / "results.csv")
            figures[f"{name}_planes"] = int(row["planes"])
    return figures | {"picture_bytes": PICTURE.path.stat().st_size}


PARTS = {part.__name__: part for part in (listing, kept, cluster, singly, analysis)}


def measure(number: int, tasks: int) -> dict[str, object]:
    """Measure every part in a process of its own, in which no other part's memory counts."""
    return {
        "machine": describe(),
        "few": _apart("listing", FEW_FILES),
        "many": _apart("listing", number),
        "kept": _apart("kept", number),
        "singly": _apart("singly", tasks),
        "portions": _apart("cluster", tasks * MOST_FILES),
        "portion": {"seconds": PORTION_SECONDS, "most_files": MOST_FILES},
        "analysis": _apart("analysis", ROUNDS),
    }


def _apart(part: str, number: int) -> Figures:
    print(f"{part} {number:,}", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.batch_overhead", "--part", part, str(number)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--report", type=Path, metavar="PAGE.md")
    parser.add_argument("--figures", type=Path, metavar="JSON", help="Write the page from these.")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(PARTS[given.part[0]](int(given.part[1]))))
        return
    if given.figures:
        figures = json.loads(given.figures.read_text())
    else:
        figures = measure(given.files, given.tasks)
    if given.report:
        given.report.with_suffix(".json").write_text(json.dumps(figures, indent=2) + "\n")
        given.report.write_text(markdown(figures))
    else:
        print(markdown(figures))


if __name__ == "__main__":
    main()
