"""Ways of correcting an outline, played by simulated users, and the tables of it."""

import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage

from experiments.clicks import __main__ as command
from experiments.clicks.card import write_figures
from experiments.clicks.episodes import AT_LEAST, FAR, MOST, play
from experiments.clicks.graph_cut import begin_cut
from experiments.clicks.lesions import Lesion, lesions, patients_first
from experiments.clicks.methods import METHODS, Method
from experiments.clicks.robots import robot
from experiments.clicks.tables import episodes, goals_table, outlines_table
from experiments.clicks.told import Told
from experiments.clicks.tools import TRIES, begin_tools
from experiments.clicks.walker import begin_walker
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.models.cards import find_model, forget_models
from napari_multicancer.core.models.figures import explanation
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.samples import FOLDER
from napari_multicancer.training.robots.exact import deepest_click

SHAPE = (120, 140)


def disc(row, column, radius, shape=SHAPE):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(rows - row, columns - column) <= radius


TRUTH = disc(60, 70, 24)


@pytest.fixture
def plane():
    """A bright, noisy disc on a dark ground."""
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(np.where(TRUTH, 170.0, 70.0), 1.5)
    return np.clip(smooth + rng.normal(0, 12, SHAPE), 0, 255).astype(np.uint8)


@pytest.fixture
def lesion(plane):
    half = TRUTH.copy()
    half[:, 70:] = False
    return Lesion("one.png", "breast", "S", "g", plane, TRUTH, half, known=True)


def eye(mask):
    return dice(TRUTH, mask)


GEOMETRIC = pytest.mark.parametrize("begin", [begin_walker, begin_cut])


@GEOMETRIC
def test_a_click_on_the_missing_half_brings_it_back(begin, plane, lesion):
    told = robot("A")(TRUTH, lesion.automatic, Told())
    after = begin(plane, "breast", eye)(lesion.automatic, told)
    assert eye(after) > 0.9 > eye(lesion.automatic)


@GEOMETRIC
def test_a_click_on_what_is_too_much_takes_it_away(begin, plane):
    mask = TRUTH | disc(60, 98, 12)
    told = robot("A")(TRUTH, mask, Told())
    assert not told.clicks[-1].positive
    assert eye(begin(plane, "breast", eye)(mask, told)) > eye(mask)


@GEOMETRIC
def test_clicks_are_obeyed_the_earlier_ones_too(begin, plane):
    clicks = (Click.at(60, 70), Click.at(62, 75, positive=False), Click.at(20, 20))
    session, mask = begin(plane, "breast", eye), np.zeros(SHAPE, bool)
    for count in (1, 2, 3):
        mask = session(mask, Told(clicks[:count]))
    assert [mask[60, 70], mask[62, 75], mask[20, 20]] == [True, False, True]


@GEOMETRIC
def test_far_from_the_click_nothing_changes(begin, plane):
    mask = disc(60, 70, 24) | disc(15, 15, 8)
    told = Told((Click.at(60, 92, positive=False),))
    changed = begin(plane, "breast", eye)(mask, told) != mask
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert np.hypot(rows - 60, columns - 92).max() < 20


@GEOMETRIC
def test_in_a_box_the_lesion_is_found_and_outside_of_it_nothing(begin, plane):
    box = BoundingBox(33, 44, 54, 52)
    after = begin(plane, "breast", eye)(np.zeros(SHAPE, bool), Told(box=box))
    beyond = after.copy()
    beyond[box.slices] = False
    assert eye(after) > 0.9
    assert not beyond.any()


@GEOMETRIC
def test_a_plane_without_contrast_is_no_error(begin):
    session, mask = begin(np.full(SHAPE, 7, np.uint8), "breast", eye), np.zeros(SHAPE, bool)
    for clicks in ((Click.at(60, 70),), (Click.at(60, 70), Click.at(0, 0, positive=False))):
        mask = session(mask, Told(clicks))
    assert mask[60, 70]
    assert not mask[0, 0]


@GEOMETRIC
def test_three_contrasts_in_one_picture_are_all_looked_at(begin):
    one = np.where(TRUTH, 40, 200).astype(np.uint8)
    other = np.tile(np.linspace(0, 255, SHAPE[1]).astype(np.uint8), (SHAPE[0], 1))
    plane = np.stack([other, one, other[:, ::-1]], axis=-1)
    half = TRUTH & (np.arange(SHAPE[1]) < 70)
    told = robot("A")(TRUTH, half, Told())
    assert eye(begin(plane, "brain", eye)(half, told)) > eye(half)


def test_who_knows_the_tools_removes_a_false_region_and_gives_up_in_vain(plane):
    session, false = begin_tools(plane, "breast", eye), disc(15, 15, 9)
    assert (session(TRUTH | false, Told()) == TRUTH).all()
    tries = [session(TRUTH, Told()) for _ in range(TRIES)]
    assert tries[-1] is None
    assert all((one == TRUTH).all() for one in tries[:-1])


def test_tools_draw_a_box_where_nothing_is_outlined():
    picture = np.asarray(Image.open(FOLDER / "breast_benign.png").convert("L"))
    drawn = []

    def look(mask):
        drawn.append(mask)
        return float(mask.any())

    height, width = picture.shape
    box = BoundingBox(height // 8, width // 8, 3 * height // 4, 3 * width // 4)
    found = begin_tools(picture, "breast", look)(np.zeros(picture.shape, bool), Told(box=box))
    assert found.any()
    assert len(drawn) == 2


def test_an_episode_has_a_row_a_click_and_the_start(lesion):
    rows = play(lesion, "automatic", "brush", METHODS["brush"], "C")
    assert [row["click"] for row in rows] == list(range(len(rows)))
    assert rows[0]["dice"] == pytest.approx(dice(TRUTH, lesion.automatic))
    assert np.isnan(rows[0]["seconds"])
    assert all(row["seconds"] > 0 for row in rows[1:])
    assert AT_LEAST < len(rows) <= MOST + 1
    assert rows[-1]["iou"] >= 0.9
    assert play(lesion, "nothing", "brush", METHODS["brush"], "C")[0]["dice"] == 0


def test_an_episode_ends_with_a_right_mask_or_when_nobody_can_do_more(lesion):
    perfect = Method(lambda plane, organ, eye: lambda mask, told: TRUTH)
    rows = play(lesion, "automatic", "perfect", perfect, "A")
    assert [row["dice"] for row in rows][1:] == [1.0]
    given_up = Method(lambda plane, organ, eye: lambda mask, told: None)
    assert len(play(lesion, "automatic", "given up", given_up, "A")) == 1


def test_an_episode_that_gets_nowhere_has_twenty_clicks(lesion):
    idle = Method(lambda plane, organ, eye: lambda mask, told: mask)
    assert len(play(lesion, "automatic", "idle", idle, "B")) == MOST + 1


def test_collateral_is_what_turns_wrong_farther_than_25_pixels_from_every_click(lesion):
    far, near = disc(8, 8, 3), disc(60, 100, 3)
    click = deepest_click(TRUTH, lesion.automatic).points[0]
    assert 15 < np.hypot(click[0] - 60, click[1] - 100) < FAR - 3

    def begin(plane, organ, eye):
        return lambda mask, told: TRUTH | far | near

    rows = play(lesion, "automatic", "harm", Method(begin), "A")
    assert [row["collateral"] for row in rows[:2]] == [0, far.sum()]
    assert rows[-1]["collateral"] == 0


def test_a_box_is_pointed_at_all_over(lesion):
    def begin(plane, organ, eye):
        return lambda mask, told: TRUTH | disc(60, 70, 30)

    harm = Method(begin, draws_boxes=True)
    assert play(lesion, "nothing", "boxed", harm, "A")[1]["collateral"] == 0


@pytest.mark.parametrize("who", ["B", "strokes", "box"])
def test_a_humans_seed_decides_the_episode(who, lesion):
    once, again = (play(lesion, "nothing", "cut", METHODS["cut"], who, 1) for _ in "ab")
    other = play(lesion, "nothing", "cut", METHODS["cut"], who, 2)
    assert [row["dice"] for row in once] == [row["dice"] for row in again]
    assert [row["dice"] for row in once] != [row["dice"] for row in other]


def made_rows():
    """Two lesions: one that reaches all goals at the second click, one that reaches none."""
    told = {"organ": "brain", "known": True, "start": "automatic", "method": "m", "robot": "A"}
    told |= {"source": "S", "seed": 0, "collateral": 0, "hausdorff_95": 2.0, "seconds": 0.01}
    good, bad = {"image": "a", "group": "1"}, {"image": "b", "group": "2"}
    good |= {"truth_pixels": 50, "picture_pixels": 1000}
    bad |= {"truth_pixels": 500, "picture_pixels": 1000}
    rows = [told | good | {"click": k, "dice": d} for k, d in enumerate((0.2, 0.86, 0.96))]
    rows += [told | bad | {"click": k, "dice": 0.5, "collateral": 5 * k} for k in range(21)]
    table = pd.DataFrame(rows)
    return table.assign(iou=table["dice"] / (2 - table["dice"]))


def test_clicks_to_a_goal_are_twenty_where_it_is_missed():
    found = episodes(made_rows()).set_index("image")
    assert found.loc["a", "Dice 0.85"] == 1
    assert found.loc["a", "Dice 0.90"] == found.loc["a", "IoU 0.90"] == 2
    assert found.loc["b", "Dice 0.85"] == MOST
    assert list(found["missed Dice 0.85"]) == [False, True]


def test_after_the_last_click_the_figures_stay():
    found = episodes(made_rows()).set_index("image")
    assert list(found.loc["a", ["dice_0", "dice_1", "dice_3", "dice_5"]]) == [0.2, 0.86, 0.96, 0.96]
    assert found.loc["b", "collateral_3"] == pytest.approx(15 / 500)
    assert found.loc["b", "collateral_picture"] == pytest.approx(15 / 1000)


def test_sizes_are_thirds_of_an_organs_lesions():
    parts = []
    for number in range(9):
        rows = made_rows()
        rows = rows[rows["image"] == "a"]
        pixels = 10 * (number + 1)
        parts.append(rows.assign(image=str(number), group=str(number), truth_pixels=pixels))
    found = episodes(pd.concat(parts)).sort_values("image")
    assert list(found["size"]) == ["small"] * 3 + ["middle"] * 3 + ["large"] * 3


def test_the_tables_tell_means_with_intervals_and_what_was_missed():
    rows = made_rows()
    found = episodes(rows)
    table = outlines_table(found, ["source", "method"])
    assert "| S | m | 2 | 0.350 (0.200-0.500) | 0.680 (0.500-0.860) |" in table
    timed = rows.assign(part="brain")
    assert "10.5 (1.0-20.0), 50% missed" in goals_table(found, timed, ["method"])
    assert "brain, trained on" in command.report(rows)


@pytest.fixture
def data(tmp_path, plane):
    """A training folder: three patients, a healthy scan, a made-up one, and a test split that
    cannot be read."""
    rows = []

    def add(name, mask=TRUTH, source="BUSI", split="val", group="1", diagnosis="benign"):
        rows.append((f"{name}.png", f"{name}_mask.png", source, split, group, diagnosis))
        Image.fromarray(plane).save(tmp_path / f"{name}.png")
        Image.fromarray(mask).save(tmp_path / f"{name}_mask.png")

    for number, group in enumerate("1112"):
        add(f"lesion{number}", group=group)
    add("empty", np.zeros(SHAPE, bool), group="3")
    add("healthy", np.zeros(SHAPE, bool), group="4", diagnosis="normal")
    add("composed", source="composed", group="5")
    add("unseen", source="elsewhere", group="6")
    add("secret", split="test", group="7")
    (tmp_path / "secret.png").write_bytes(b"nobody reads this")
    columns = ("image", "mask", "source", "split", "group", "diagnosis")
    pd.DataFrame(rows, columns=columns).assign(organ="breast").to_csv(
        tmp_path / "manifest.csv", index=False
    )
    return tmp_path


@pytest.mark.slow
def test_lesions_are_the_validation_splits_and_real_one_of_each_patient_first(data):
    found = list(lesions(data, 2))
    assert sorted(one.group for one in found) == ["1", "2", "6"]
    assert {one.source: one.known for one in found} == {"BUSI": True, "elsewhere": False}
    assert all((one.truth == TRUTH).all() for one in found)
    assert [one.image for one in lesions(data, 2)] == [one.image for one in found]
    assert len(list(lesions(data, 9, ["BUSI"]))) == 4


def test_no_patient_comes_again_before_all_have_come():
    rows = pd.DataFrame({"source": "S", "group": list("aaaaabbc")})
    assert sorted(patients_first(rows)["group"][:3]) == ["a", "b", "c"]


@pytest.mark.slow
def test_the_command_prints_what_it_wrote(data, tmp_path, monkeypatch, capsys):
    csv = tmp_path / "clicks.csv"
    run = partial(monkeypatch.setattr, sys, "argv")
    run(["clicks", "--data", str(data), "--most-per-source", "1", "--methods", "brush", "cut",
         "--robots", "A", "C", "--starts", "nothing", "--csv", str(csv)])  # fmt: skip
    command.main()
    printed = capsys.readouterr().out
    assert "| BUSI | nothing | C | brush | 1 |" in printed
    assert "| elsewhere | nothing | A | cut | 1 |" in printed
    assert "C | cut" not in printed
    run(["clicks", "--tables", str(csv)])
    command.main()
    assert capsys.readouterr().out == printed


@pytest.mark.slow
def test_the_network_of_clicks_is_one_more_way(lesion, bright_clicks):
    rows = play(lesion, "nothing", "network", METHODS["network"], "A")
    assert rows[1]["dice"] > 0.5
    assert rows[-1]["dice"] > rows[1]["dice"] - 0.02
    assert play(lesion, "nothing", "network", METHODS["network"], "box")[-1]["dice"] > 0.5


@pytest.mark.slow
def test_the_card_of_the_network_tells_what_users_reached(lesion, bright_clicks):
    runs = [
        row
        for start in ("automatic", "nothing")
        for row in play(lesion, start, "network", METHODS["network"], "B")
    ]
    found = episodes(pd.DataFrame(runs))
    write_figures(found, bright_clicks / "click.toml")
    forget_models()
    figures = find_model("interactive").metrics["val"]
    assert (figures["scans"], figures["groups"]) == (1, 1)
    assert figures["dice_from_automatic_after_0"]["value"] == pytest.approx(
        eye(lesion.automatic), abs=1e-4
    )
    assert all(explanation(name) for name in figures.keys() - {"scans", "groups"})
