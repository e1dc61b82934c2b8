"""Do no harm: of what a network wants to change, that alone which the user pointed at.

References
----------
Progressive merge as in Chen et al. 2022, "FocalClick: Towards Practical Interactive Image
Segmentation", arXiv 2204.02574.
"""

from __future__ import annotations

import numpy as np

from napari_multicancer.core.masks.labels import Region, bounding_box, connected_regions


def merge_change(
    before: Region,
    wanted: Region,
    pointed: Region,
    positive: bool,
    kept: Region | None = None,
) -> Region:
    """Take over what holds the newest click, and leave all else as it was.

    A positive click adds, a negative one removes; of the pixels that would change only the
    connected ones that touch the click do. The pixels under the click obey it in any case.

    Parameters
    ----------
    before : ndarray of bool, shape (row, column)
        What is outlined.
    wanted : ndarray of bool, same shape
        What the network would outline.
    pointed : ndarray of bool, same shape
        The pixels under the newest click.
    positive : bool
        What the click asks for.
    kept : ndarray of bool, same shape, optional
        Pixels that do not change unless they lie under the click: painted by hand, or under
        earlier clicks.

    Returns
    -------
    ndarray of bool, same shape
        New.
    """
    changing = (wanted & ~before) if positive else (before & ~wanted)
    if kept is not None:
        changing &= ~kept
    merged = before.copy()
    merged[touching(changing, pointed) | pointed] = positive
    return merged


def touching(region: Region, pointed: Region) -> Region:
    """Keep the connected parts of a region that touch what was pointed at."""
    found = np.zeros_like(region)
    either = region | pointed
    if not pointed.any():
        return found
    box = bounding_box(either, 1)
    numbered, _ = connected_regions(either[box])
    chosen = np.unique(numbered[pointed[box]])
    found[box] = np.isin(numbered, chosen[chosen > 0])
    return found & region
