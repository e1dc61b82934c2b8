"""How often each scan is shown in training, so that no source, kind or patient rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_multicancer.training.recipe import TaskConfig

ROUNDS = 50
"""So many times caps are laid on at most; each round what was cut goes to the others."""


def sampling_weights(rows: pd.DataFrame, config: TaskConfig) -> NDArray[np.float64]:
    """Chance of each row to be drawn.

    A kind is a class and a contrast within a source; for pictures of no organ, what
    they show. Square roots keep the many from ruling:

    - a group (a patient) weighs the square root of its pictures, shared among them;
    - a kind weighs the square root of what its groups weigh;
    - what the recipe stresses (`emphasis`) weighs so many times more;
    - no source is drawn more often than the recipe's `caps` allow, as a share of all
      draws; what it loses goes to the others in proportion.

    Parameters
    ----------
    rows : DataFrame
        Of the manifest.
    config : TaskConfig

    Returns
    -------
    ndarray of float64, shape (n,)
        Their sum is 1.
    """
    is_other = rows["organ"] == "other"
    contrast = rows.get("contrast", pd.Series("", rows.index))
    kind = pd.Series(
        list(
            zip(
                rows["group"].where(is_other, rows["source"]),
                rows[config.label],
                contrast.where(~is_other, ""),
                strict=True,
            )
        ),
        rows.index,
    )
    ones = pd.Series(1.0, rows.index)
    in_group = ones.groupby([kind, rows["source"], rows["group"]]).transform("sum")
    weights = in_group**-0.5
    weights = weights / np.sqrt(weights.groupby(kind).transform("sum"))
    weights *= [_stress(row, config) for row in rows.to_dict("records")]
    return _capped(weights.to_numpy(), rows["source"].to_numpy(), config.caps)


def _stress(row: Mapping[str, str], config: TaskConfig) -> float:
    """Multiply what the recipe says of a picture's source, kind and folders in the data set."""
    source, label = row["source"], row[config.label]
    names = {source, f"{source} {label}", f"{source} {row.get('contrast', '')}"}
    names |= {*PurePosixPath(row.get("original", "")).parts[:-1]}
    if row["organ"] == "other":
        names.add(row["group"])
    return float(np.prod([config.emphasis.get(name, 1.0) for name in names]))


def _capped(
    weights: NDArray[np.float64], sources: NDArray[np.object_], caps: Mapping[str, float]
) -> NDArray[np.float64]:
    """Cut the sources that exceed their share; impossible caps give way evenly."""
    weights = weights / weights.sum()
    for _ in range(ROUNDS):
        shares = {name: weights[sources == name].sum() for name in caps}
        over = [name for name in caps if shares[name] > caps[name] + 1e-9]
        if not over:
            break
        for name in over:
            weights[sources == name] *= caps[name] / shares[name]
        weights /= weights.sum()
    return weights
