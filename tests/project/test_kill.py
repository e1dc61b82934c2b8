from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_multicancer.io import load_mask
from napari_multicancer.project import Project
from tests.project.scans import pictures

KILLS = 10


def _killed_after(folder: Path, seconds: float) -> list[str]:
    """Let a process work, kill it at some moment, and give what it had said was done."""
    command = [sys.executable, "-m", "tests.project.worker", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        said = [worker.stdout.readline()]
        time.sleep(seconds)
        worker.kill()
        said += worker.stdout.readlines()
    return [line for line in said if line.endswith("\n")]


@pytest.mark.slow
def test_what_was_done_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    folder, moments = tmp_path / "project", random.Random(7)
    with Project.create(folder, "Ada") as project:
        project.add(pictures(tmp_path / "scans", 3))
    for _ in range(KILLS):
        said = _killed_after(folder, moments.uniform(0, 0.15))
        assert said
        with Project.open(folder, "Eve") as project:
            for scan, number, state in {line.split()[0]: line.split() for line in said}.values():
                versions = project.versions(int(scan))
                assert versions[-1].number in (int(number), int(number) + 1)
                changed = [one.after.value for one in project.changes(int(scan))]
                assert state in changed[-2:]
                assert changed[-1] == project.scan(int(scan)).state.value
                assert project.scan(int(scan)).work.strokes >= len(changed)
                assert load_mask(versions[-1].file).labels.any()
