"""The page about many scans says what was measured, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

report = pytest.importorskip("benchmarks.batch_report", reason="only a checkout has benchmarks")

PAGE = Path(report.__file__).parents[1] / "docs/scale.md"
FIGURES = {
    "analysis": {"picture_seconds": 0.1, "stack_seconds": 0.9, "stack_planes": 9},
    "portion": {"seconds": 1.0, "most_files": 4},
    "singly": {"handing_out": 0.004, "worker": 0.004},
    "portions": {"handing_out": 0.00175, "worker": 0.001},
}


def test_the_page_is_what_its_figures_make_of_it() -> None:
    figures = json.loads(PAGE.with_suffix(".json").read_text())
    assert PAGE.read_text("utf-8") == report.markdown(figures)


def test_the_cost_of_a_task_is_told_from_that_of_a_file() -> None:
    # One file a task costs 4 ms, four cost 4 * 1.75 = 7 ms: 3 ms a task, 1 ms a file. The worker's
    # four cost as much as one: 4 ms a task, nothing a file.
    costs = report.Costs.of(FIGURES)
    shares = (costs.task_here, costs.file_here, costs.task_there, costs.file_there)
    assert shares == pytest.approx((0.003, 0.001, 0.004, 0.0))


def test_the_first_bottleneck_follows_from_the_costs() -> None:
    costs = report.Costs.of(FIGURES)
    assert [costs.portion(seconds) for seconds in (0.1, 0.4, 20.0)] == [4, 2, 1]
    assert costs.here(0.4) == pytest.approx(0.003 / 2 + 0.001)
    assert costs.busy_cores(0.4) == pytest.approx((0.4 + 0.004 / 2) / 0.0025)
