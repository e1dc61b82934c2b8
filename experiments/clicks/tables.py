"""Markdown tables of what the users reached, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.clicks.episodes import MOST
from napari_multicancer.training.resampling import bootstrap_interval, mean

EPISODE = ("image", "organ", "source", "group", "known", "start", "method", "robot", "seed")
"""Columns that name one lesion corrected by one user in one way."""
AFTER = (0, 1, 3, 5)
GOALS = {
    "Dice 0.85": ("dice", 0.85),
    "Dice 0.90": ("dice", 0.90),
    "IoU 0.80": ("iou", 0.80),
    "IoU 0.85": ("iou", 0.85),
    "IoU 0.90": ("iou", 0.90),
}
SIZES = ("small", "middle", "large")
"""Thirds of an organ's lesions by the share of the picture that they fill."""


def episodes(rows: pd.DataFrame) -> pd.DataFrame:
    """Condense rows of clicks to one row an episode.

    Parameters
    ----------
    rows : DataFrame
        As `episodes.play` gives them.

    Returns
    -------
    DataFrame
        The columns of `EPISODE`; ``size``, one of `SIZES`; ``part``, trained on or left out;
        ``dice_K`` and ``hausdorff_95_K`` after K clicks, or after the last one that was made;
        for each goal the clicks to it, `MOST` where it was ``missed``; the collateral after 1
        and 3 clicks as a share of the lesion's pixels, after 3 as one of the picture's.
    """
    parts = rows.sort_values("click").groupby(list(EPISODE), sort=False)
    found = pd.DataFrame([dict(zip(EPISODE, key, strict=True)) | _of(part) for key, part in parts])
    lesions = found.drop_duplicates("image").set_index("image")
    share = lesions.groupby("organ")["share"].rank(pct=True, method="first")
    sizes = share.map(lambda rank: SIZES[min(2, int(rank * 3 - 1e-9))])
    known = np.where(found["known"], "trained on", "left out")
    return found.assign(size=found["image"].map(sizes), part=found["organ"] + ", " + known)


def _of(part: pd.DataFrame) -> dict[str, float]:
    """Condense the clicks of one episode, which are in order."""
    figures: dict[str, float] = {}
    for click in AFTER:
        until = part[part["click"] <= click]
        figures[f"dice_{click}"] = until["dice"].iloc[-1]
        figures[f"hausdorff_95_{click}"] = until["hausdorff_95"].iloc[-1]
        figures[f"collateral_{click}"] = (until["collateral"] / until["truth_pixels"]).iloc[-1]
    until = part[part["click"] <= 3]
    figures["collateral_picture"] = (until["collateral"] / until["picture_pixels"]).iloc[-1]
    for goal, (column, value) in GOALS.items():
        reached = part.loc[part[column] >= value, "click"]
        figures[goal] = reached.min() if len(reached) else MOST
        figures[f"missed {goal}"] = not len(reached)
    figures["share"] = (part["truth_pixels"] / part["picture_pixels"]).iloc[0]
    return figures


def outlines_table(found: pd.DataFrame, by: Sequence[str]) -> str:
    """Tell Dice and surface distance after clicks, and the collateral.

    Parameters
    ----------
    found : DataFrame
        As `episodes` gives it.
    by : sequence of str
        Columns that a row of the table has in common.
    """
    heads = [*by, "lesions"]
    heads += [f"Dice after {click}" for click in AFTER]
    heads += [f"HD95 after {click}" for click in AFTER]
    heads += ["collateral after 1", "after 3", "of the picture"]
    lines = []
    for key, part in found.groupby(list(by), sort=False):
        cells = [*map(str, key), str(part["image"].nunique())]
        cells += [with_interval(part, f"dice_{click}") for click in AFTER]
        cells += [_number(part[f"hausdorff_95_{click}"].mean(), "{:.1f}") for click in AFTER]
        cells += [_number(part[f"collateral_{click}"].mean(), "{:.1%}") for click in (1, 3)]
        lines.append([*cells, _number(part["collateral_picture"].mean(), "{:.2%}")])
    return markdown(heads, lines)


def goals_table(found: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str]) -> str:
    """Tell the clicks to each goal, the share that misses it, and the time of a click.

    Parameters
    ----------
    found : DataFrame
        As `episodes` gives it.
    rows : DataFrame
        Those of the clicks, for the times, with the columns of `by`.
    by : sequence of str
    """
    heads = [*by, *(f"clicks to {goal}" for goal in GOALS), "ms, half", "ms, 95 %"]
    lines = []
    times = {key: part["seconds"] for key, part in rows.groupby(list(by))}
    for key, part in found.groupby(list(by), sort=False):
        cells = [*map(str, key)]
        for goal in GOALS:
            missed = part[f"missed {goal}"].mean()
            cells.append(f"{with_interval(part, goal, '{:.1f}')}, {missed:.0%} missed")
        spread = times[key].quantile([0.5, 0.95])
        lines.append([*cells, *(f"{1e3 * seconds:.0f}" for seconds in spread)])
    return markdown(heads, lines)


def with_interval(part: pd.DataFrame, column: str, form: str = "{:.3f}") -> str:
    """Give a mean with its 95 % interval, by resampling patients."""
    values = part[column].to_numpy(np.float64)
    low, high = bootstrap_interval(
        lambda counts: mean(values, counts), (part["source"] + " " + part["group"]).tolist()
    )
    text = _number(float(values.mean()), form)
    if np.isnan(low):
        return text
    return f"{text} ({_number(low, form)}-{_number(high, form)})"


def _number(value: float, form: str) -> str:
    return "" if np.isnan(value) else form.format(value)


def markdown(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    table = [heads, ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in table)
