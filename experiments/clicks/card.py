"""What a card of a network of clicks says of what users reach with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.clicks.episodes import AUTOMATIC, STARTS
from napari_multicancer.training.export.cards import write_card
from napari_multicancer.training.resampling import bootstrap_interval, mean

METHOD, WHO, SPLIT = "network", "B", "val"
AFTER = (0, 1, 3, 5)


def card_figures(found: pd.DataFrame) -> dict[str, Any]:
    """Sum up what robot B reaches with the network, over all and organ by organ.

    Parameters
    ----------
    found : DataFrame
        As `tables.episodes` gives it.

    Returns
    -------
    dict
        As the figures of an evaluation stand in a card: ``scans``, ``groups``, and figures with
        ``value``, ``low``, ``high`` and ``n``.
    """
    mine = found[(found["method"] == METHOD) & (found["robot"] == WHO)]
    figures: dict[str, Any] = {
        "scans": int(mine["image"].nunique()),
        "groups": int((mine["source"] + " " + mine["group"]).nunique()),
    }
    for start in STARTS:
        part = mine[mine["start"] == start]
        for clicks in AFTER if start == AUTOMATIC else AFTER[1:]:
            figures[f"dice_from_{start}_after_{clicks}"] = _figure(part, f"dice_{clicks}")
    begun = mine[mine["start"] == AUTOMATIC]
    for clicks in (1, 3):
        figures[f"collateral_after_{clicks}"] = _figure(begun, f"collateral_{clicks}")
    return figures


def _figure(part: pd.DataFrame, column: str) -> dict[str, Any]:
    values = part[column].to_numpy(np.float64)
    low, high = bootstrap_interval(
        lambda counts: mean(values, counts), (part["source"] + " " + part["group"]).tolist()
    )
    told = {"value": float(values.mean()), "low": float(low), "high": float(high)}
    known = {name: round(value, 4) for name, value in told.items() if not np.isnan(value)}
    return {**known, "n": int(part["image"].nunique())}


def write_figures(found: pd.DataFrame, card: Path) -> None:
    """Write the figures into a card, ``NAME.toml``, in place of earlier ones."""
    details = tomllib.loads(card.read_text("utf-8"))
    details.setdefault("metrics", {})[SPLIT] = card_figures(found)
    write_card(details, card)
