"""The parts of the suite that can be checked without measuring."""

import json
from itertools import count

import pytest
from ai_edge_litert.schema_py_generated import BuiltinOperator as Kind

from benchmarks import clicks, scans
from benchmarks.machine import describe
from benchmarks.multiply_adds import multiply_adds, of_layer
from benchmarks.report import report
from benchmarks.rows import Results, Row, in_ms, line, missing, number
from benchmarks.steps import STEPS, profile
from benchmarks.timing import Timing, in_turns
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.project import Project, State


@pytest.mark.parametrize(
    ("kind", "kernel", "output", "expected"),
    [
        (Kind.CONV_2D, (8, 3, 3, 4), (1, 10, 10, 8), 10 * 10 * 8 * 3 * 3 * 4),
        (Kind.DEPTHWISE_CONV_2D, (1, 5, 5, 6), (1, 7, 7, 6), 7 * 7 * 6 * 5 * 5),
        (Kind.FULLY_CONNECTED, (3, 224), (1, 3), 3 * 224),
        (Kind.ADD, (1, 7, 7, 6), (1, 7, 7, 6), 0),
    ],
)
def test_the_multiply_adds_of_a_layer_are_those_counted_by_hand(kind, kernel, output, expected):
    assert of_layer(kind, kernel, output) == expected


def test_a_shipped_network_has_at_least_the_multiply_adds_of_its_encoder():
    efficientnet_lite0_at_224 = 380e6  # without its classification head
    assert multiply_adds(find_model("brain").path) > efficientnet_lite0_at_224
    assert multiply_adds(find_model("recognizer").path) < 380e6


def test_contenders_take_turns_and_begin_in_turn():
    order, clock = [], count(1)
    contenders = {
        name: lambda name=name: order.append(name) or float(next(clock)) for name in ("a", "b")
    }
    timings = in_turns(contenders, 3)
    assert "".join(order) == "abbaab"
    assert timings["a"].seconds == (1, 4, 5)


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    ours, theirs = Timing((1.0, 9.0, 3.0)), Timing((2.0, 3.0, 3.0))
    assert ours.ratio(theirs) == 1.0
    assert (ours.median, ours.fastest, ours.slowest) == (3, 1, 9)


@pytest.fixture
def results():
    found = Results(describe(), 3)
    found.add(
        [
            in_ms("one scan", "analyze", Timing((0.02, 0.03, 0.04)), peak_mb=123.4),
            Row("one scan", "analyze against predict", 0.2, "x", target=0.35),
            Row("stacks", "memory", 700.0, "MB", target=600.0),
            missing("stacks", "ONNX Runtime", "No module named 'onnxruntime'"),
        ]
    )
    found.profiles["a scan"] = {"networks": 30.0, "all else": 10.0}
    return found


def test_the_report_says_what_the_json_says(results):
    page = report(Results.from_json(json.loads(json.dumps(results.as_json()))))
    assert "| analyze | 30 ms | 20 to 40 | 123 MB |  |" in page
    assert "| one scan: analyze against predict | 0.2 x | 0.35 x | met |" in page
    assert "| stacks: memory | 700 MB | 600 MB | missed |" in page
    assert "not measured: No module named 'onnxruntime'" in page
    assert "| networks | 30.00 | 75% |" in page
    assert results.machine["processor"] in page


def test_a_part_that_is_measured_alone_renews_its_own_figures(results):
    alone = Results({**describe(), "load_before": 7.5}, 2)
    alone.add([Row("stacks", "memory", 500.0, "MB", target=600.0)])
    page = report(Results.from_json(json.loads(json.dumps(results.renewed_by(alone).as_json()))))
    assert "| stacks: memory | 500 MB | 600 MB | met |" in page
    assert "700 MB" not in page
    assert "In part: measured in a run of its own: 2 rounds, load before it 7.5." in page
    assert "| analyze | 30 ms | 20 to 40 | 123 MB |  |" in page
    assert "| networks | 30.00 | 75% |" in page


def test_a_list_to_open_holds_as_many_scans_as_it_says(tmp_path):
    scans.make_list(tmp_path / "list", 30)
    scans.opening(str(tmp_path / "list"))()
    with Project.open(tmp_path / "list", read_only=True) as project:
        assert project.counts()[State.PROPOSED] == 30


def test_the_table_has_a_line_a_row(results, capsys):
    results.add([results.rows[1]])
    assert "at most 0.35: met" in capsys.readouterr().out
    assert line(results.rows[2]).endswith("at most 600: missed")
    assert [number(value) for value in (1234.5, 12.34, 0.01234, None)] == [
        "1,234", "12.3", "0.0123", "-",
    ]  # fmt: skip


def test_a_profile_adds_up_and_knows_every_step():
    steps = profile("brain_tumor.jpg", 1)
    assert set(dict(STEPS)) < set(steps)
    assert all(milliseconds > 0 for milliseconds in steps.values())
    assert max(steps, key=steps.get) == "networks"


@pytest.mark.slow
def test_clicks_are_timed_on_masks_that_have_something_wrong():
    for scan in clicks.lesions(128):
        assert scan.truth.any()
        assert 0 < dice(scan.truth, scan.automatic) < 1
    assert len(clicks.clicking("brush", 128, 1)()["seconds"]) == 2 * clicks.CLICKS
    assert all(seconds > 0 for seconds in clicks.pointing("A", 1)()["seconds"])
