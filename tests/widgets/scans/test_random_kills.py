"""Killed at any moment, a session of opening, painting and moving on loses 5 s at most.

The variable NAPARI_MULTICANCER_KILLS says how often; a few times unless it is set.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from napari_multicancer.project import Project, State
from napari_multicancer.project.records import FINISHED
from napari_multicancer.widgets.scans.prepared import prepare
from napari_multicancer.widgets.scans.saving import BEGUN

from .lists import proposed

KILLS = int(os.environ.get("NAPARI_MULTICANCER_KILLS") or 3)
LOST_S = 5.0
LONGEST_S = 12.0
NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
Cell = tuple[int, int]


@dataclass
class Told:
    """What a killed process said of one scan: its states and strokes, each with the time."""

    states: list[tuple[float, State]] = field(default_factory=list)
    strokes: list[tuple[float, Cell]] = field(default_factory=list)


@pytest.mark.slow
@pytest.mark.skipif(NO_DISPLAY, reason="a window needs a display")
def test_no_state_and_no_stroke_older_than_five_seconds_is_lost(qapp, tmp_path: Path) -> None:
    folder, chance = proposed(tmp_path, 4), random.Random(5)
    with Project.open(folder) as project:
        project.take_results()
        states = {scan.name: scan.state for scan in project.scans()}
    painted: dict[str, set[Cell]] = defaultdict(set)
    events = 0
    for number in range(KILLS):
        lines, killed = killed_after(folder, number, chance.uniform(0, LONGEST_S))
        events += len(lines)
        told = read(lines, states)
        with Project.open(folder, "Eve") as project:
            for scan in project.scans():
                one = told[scan.name]
                assert scan.state in allowed(one, states[scan.name], killed), (number, one)
                states[scan.name] = scan.state
                labels = prepare(project, scan.id, blind=False).labels
                old = {cell for when, cell in one.strokes if when < killed - LOST_S}
                lost = [cell for cell in painted[scan.name] | old if labels[cell] != 1]
                assert lost == [], (number, scan.name, one.strokes[-5:], killed)
                now = {cell for _, cell in one.strokes if labels[cell] == 1}
                painted[scan.name] |= now
        print(f"{number + 1} kills, {events} events: nothing lost", flush=True)  # noqa: T201
    assert events > KILLS


def killed_after(folder: Path, seed: int, seconds: float) -> tuple[list[list[str]], float]:
    """Let a process work, kill it at some moment, and give what it said and when it was killed."""
    command = [sys.executable, "-m", "tests.widgets.scans.restless", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        said = [next(line for line in worker.stdout if line[:1].isdigit())]
        time.sleep(seconds)
        assert worker.poll() is None, "it ended before it was killed"
        killed = time.time()
        worker.kill()
        said += worker.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n") and line[:1].isdigit()], killed


def read(lines: list[list[str]], before: dict[str, State]) -> dict[str, Told]:
    """Follow what was done to each scan, and which state follows from it."""
    states, told = dict(before), defaultdict(Told)
    opened, is_painted = State.NEW, False
    for when, what, name, *cell in lines:
        state = states[name]
        if what == "open":
            opened, is_painted = state, False
            continue
        if what == "stroke":
            is_painted, state = True, State.IN_WORK
            told[name].strokes.append((float(when), (int(cell[0]), int(cell[1]))))
        elif what == "next" and (is_painted or opened in BEGUN):
            state = State.DONE
        elif is_painted:
            state = State.DONE if opened in FINISHED else State.IN_WORK
        states[name] = state
        told[name].states.append((float(when), state))
    return told


def allowed(told: Told, before: State, killed: float) -> set[State]:
    """Say in which states a scan may be: the last that is old enough, or any later one."""
    old = [state for when, state in told.states if when < killed - LOST_S]
    young = {state for when, state in told.states if when >= killed - LOST_S}
    return {old[-1] if old else before} | young
