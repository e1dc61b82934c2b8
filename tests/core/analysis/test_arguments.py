"""What a script hands over and cannot be used is refused in one sentence, before any work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.box import segment_box
from napari_multicancer.core.analysis.clicks import refine
from napari_multicancer.core.analysis.explanation import explain
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.analysis.propagation import propagate
from napari_multicancer.core.errors import MaskError, ModelError
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.scan.scan import Scan

pytestmark = pytest.mark.usefixtures("bright_clicks")
SIDE = 64
PLANE = (SIDE, SIDE)


@pytest.fixture
def stack() -> Scan:
    pixels = np.random.default_rng(0).integers(0, 60, (3, SIDE, SIDE)).astype(np.uint8)
    pixels[:, 20:40, 20:40] = 250
    return Scan(pixels, "zyx")


@pytest.fixture
def mask() -> np.ndarray:
    outlined = np.zeros((3, SIDE, SIDE), np.uint8)
    outlined[1, 20:40, 20:40] = 1
    return outlined


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"scan": np.zeros((3, SIDE, SIDE))}, "This needs a Scan, not a ndarray"),
        ({"scan": None}, "This needs a Scan, not None"),
        ({"mask": [[0]]}, "The mask is a list: give a NumPy array"),
        ({"mask": None}, "The mask is None"),
        ({"mask": np.zeros((3, SIDE, SIDE))}, "float64 values: convert it to whole numbers"),
        ({"mask": np.zeros((3, 9, 9), np.uint8)}, "choose the scan that was outlined"),
        ({"mask": np.zeros(PLANE, np.uint8)}, "choose the scan that was outlined"),
        ({"label": 1.5}, "The label 1.5 is no whole number"),
        ({"label": "a"}, "The label 'a' is no whole number"),
        ({"label": True}, "The label True is no whole number"),
        ({"label": 0}, "choose one from 1 to 255"),
        ({"plane": 0.5}, "The plane 0.5 is no whole number"),
        ({"plane": None}, "The plane None is no whole number"),
        ({"plane": -1}, "There is no plane -1"),
        ({"plane": 3}, "choose one from 0 to 2"),
        ({"clicks": []}, "There is no click"),
        ({"clicks": Click.at(5, 5)}, "a list of Click"),
        ({"clicks": [(5, 5)]}, "a list of Click"),
        ({"clicks": [Click.at(-5, 5)]}, "outside the picture"),
        ({"clicks": [Click.at(5, SIDE)]}, "outside the picture"),
        ({"box": (0, 0, 5, 5)}, "The box is a tuple: give BoundingBox"),
        ({"box": BoundingBox(0, 0, 0, 5)}, "holds no pixel"),
        ({"box": BoundingBox(-9, 0, 9, 5)}, "holds no pixel"),
        ({"box": BoundingBox(0, SIDE, 5, 5)}, "lies outside the picture"),
        ({"box": BoundingBox(0.5, 0, 5, 5)}, "box's side 0.5 is no whole number"),
        ({"prior": np.zeros((3, 3))}, r"The prior is \(3, 3\): give an array of the plane's"),
        ({"prior": np.full(PLANE, np.nan)}, "not from 0 to 1"),
        ({"prior": np.full(PLANE, 255, np.uint8)}, "not from 0 to 1"),
        ({"prior": "likely"}, "The prior is a str"),
        ({"prior": np.full(PLANE, "x")}, "give numbers from 0 to 1"),
        ({"painted": np.zeros((3, 3), bool)}, "The map of painted pixels is"),
        ({"painted": np.zeros(PLANE)}, "give bool values"),
    ],
)
def test_refine_says_what_cannot_be_used(
    stack: Scan, mask: np.ndarray, wrong: dict[str, Any], told: str
) -> None:
    asked = {"scan": stack, "mask": mask, "clicks": [Click.at(30, 30)], "plane": 1} | wrong
    with pytest.raises(MaskError, match=told):
        refine(**asked)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"scan": None}, "This needs a Scan, not None"),
        ({"mask": np.zeros((3, SIDE, SIDE), np.float32)}, "convert it to whole numbers"),
        ({"settled": 1}, "The settled planes are an int: give a list of plane numbers"),
        ({"settled": "1"}, "The settled planes are a str"),
        ({"settled": [0.5]}, "The plane 0.5 is no whole number"),
        ({"settled": [7]}, "There is no plane 7"),
        ({"settled": []}, "on a settled plane"),
        ({"settled": [0]}, "on a settled plane"),
        ({"planes": [2, 99]}, "There is no plane 99"),
        ({"planes": 2}, "The planes are an int"),
        ({"label": 2.0}, "The label 2.0 is no whole number"),
    ],
)
def test_propagate_says_what_cannot_be_used(
    stack: Scan, mask: np.ndarray, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(MaskError, match=told):
        propagate(**({"scan": stack, "mask": mask, "settled": [1]} | wrong))


def test_numbers_of_numpy_and_generators_are_taken(stack: Scan, mask: np.ndarray) -> None:
    moved = propagate(stack, mask, (plane for plane in np.array([1])), label=np.uint8(1))
    assert moved.mask[0, 30, 30] == moved.mask[2, 30, 30] == 1
    refined = refine(stack, mask, [Click.at(30, 30)], plane=np.int64(2))
    assert refined.mask[2, 30, 30] == 1


@pytest.mark.parametrize(
    "points", [(), ((1,),), ((1, 2, 3),), (("a", 2),), ((np.inf, 2),), (None,)]
)
def test_a_click_needs_a_row_and_a_column(points: Any) -> None:
    with pytest.raises(MaskError, match="a place in the picture, row and column"):
        Click(points)


@pytest.mark.parametrize(
    "ask",
    [
        lambda scan, mask, models: analyze(scan, models=models),
        lambda scan, mask, models: explain(scan, "brain", models=models),
        lambda scan, mask, models: segment_box(
            scan, (slice(20, 40), slice(20, 40)), "brain", [1], models=models
        ),
        lambda scan, mask, models: refine(scan, mask, [Click.at(30, 30)], models=models),
        lambda scan, mask, models: propagate(scan, mask, [1], models=models),
    ],
)
def test_a_model_for_what_nobody_asks_is_not_passed_over(
    stack: Scan, mask: np.ndarray, ask: Any
) -> None:
    with pytest.raises(ModelError, match="There is no task 'brian'; choose one of: "):
        ask(stack, mask, {"brian": "brain"})


@pytest.mark.parametrize("row", ["a", None, (1, 2), np.nan, 1j])
def test_a_click_at_no_place_is_refused_in_its_sentence(row: Any) -> None:
    with pytest.raises(MaskError, match="A click needs a place in the picture"):
        Click.at(row, 300)


def test_a_plane_of_a_picture_is_refused_by_what_a_picture_has() -> None:
    picture = np.zeros(PLANE, np.uint8)
    with pytest.raises(MaskError, match="There is no plane 3: a picture has plane 0 alone"):
        refine(Scan(picture, "yx"), picture, [Click.at(30, 30)], plane=3)
