"""Near-duplicates: pictures that differ by little more than text, calipers or compression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SIDE = 16
THRESHOLD = 0.95
_CHUNK = 1024


def thumbnail(picture: Image.Image) -> NDArray[np.float32]:
    """Describe a picture by 16 x 16 grey means, centred and of unit length.

    Two such vectors' product is the thumbnails' Pearson correlation. Proportions
    are not kept, so that a crop of the frame's margins changes little.

    Returns
    -------
    ndarray of float32, shape (256,)
        All 0 for a picture of one grey, which resembles nothing.
    """
    small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    values = np.asarray(small, np.float32).ravel()
    values = values - values.mean()
    norm = float(np.linalg.norm(values))
    return values / norm if norm > 1e-3 else np.zeros_like(values)


def near_duplicate_groups(
    thumbnails: NDArray[np.float32], threshold: float = THRESHOLD
) -> NDArray[np.int32]:
    """Group pictures whose thumbnails correlate, directly or through others.

    Parameters
    ----------
    thumbnails : ndarray of float32, shape (n, 256)
        Rows as `thumbnail` gives them.
    threshold : float
        Least correlation of a pair, 0..1. On 578 BUSI pictures 0.95 puts 106 of the
        114 pairs of an independent grouping into one group, and no other pair.

    Returns
    -------
    ndarray of int32, shape (n,)
        Numbers from 0 in order of first appearance.
    """
    n = len(thumbnails)
    pairs = [np.empty((2, 0), np.intp)]
    for start in range(0, n, _CHUNK):
        rows, columns = np.nonzero(thumbnails[start : start + _CHUNK] @ thumbnails.T >= threshold)
        pairs.append(np.stack([rows + start, columns]))
    rows, columns = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    _, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers].astype(np.int32)


def nearest_copies(
    thumbnails: NDArray[np.float32],
    others: NDArray[np.float32],
    threshold: float = THRESHOLD,
) -> NDArray[np.intp]:
    """Find for each picture the one among `others` that it is a near-duplicate of.

    Returns
    -------
    ndarray of intp, shape (n,)
        Row of the one that correlates most, -1 where none reaches `threshold`.
    """
    nearest = np.full(len(thumbnails), -1, np.intp)
    if not len(others):
        return nearest
    for start in range(0, len(thumbnails), _CHUNK):
        correlation = thumbnails[start : start + _CHUNK] @ others.T
        best = correlation.argmax(axis=1)
        reached = correlation[np.arange(len(best)), best] >= threshold
        nearest[start : start + _CHUNK] = np.where(reached, best, -1)
    return nearest
