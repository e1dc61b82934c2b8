"""A graph cut after GrabCut, from what the mask and the clicks hold for certain.

References
----------
Rother, Kolmogorov, Blake 2004, "GrabCut: Interactive Foreground Extraction using Iterated
Graph Cuts", ACM TOG 23:309-314, doi 10.1145/1015706.1015720; here with histograms in place of
Gaussian mixtures. Boykov, Kolmogorov 2004, IEEE TPAMI
26:1124-1137, doi 10.1109/TPAMI.2004.60, for the cut itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from experiments.clicks.told import Region, Told
from experiments.clicks.zone import Zone, decided, prepared, zone_of
from napari_multicancer.core.masks.labels import connected_regions

ROUNDS = 3
BINS, BLUR, FLOOR = 64, 1.5, 1e-3
"""Of the histograms: bins, standard deviation of their blur in bins, least frequency."""
FIRST = 3
"""Pixels around what is certain that tell the first round's grey values of the lesion."""
SMOOTHNESS = 2.0
"""What it costs to cut between two neighbors of one grey value; data terms are log-odds."""
PULL = 2.0
"""Log-odds of what the newest click asks for, at the click; of what was there, at the rim."""
CERTAIN = 1e6
NEIGHBORS = (
    (1.0, [[0, 0, 0], [0, 0, 1], [0, 0, 0]], (0, 1)),
    (1.0, [[0, 0, 0], [0, 0, 0], [0, 1, 0]], (1, 0)),
    (0.5**0.5, [[0, 0, 0], [0, 0, 0], [0, 0, 1]], (1, 1)),
    (0.5**0.5, [[0, 0, 0], [0, 0, 0], [1, 0, 0]], (1, -1)),
)
"""Weight, where the neighbor lies as PyMaxflow asks for it, and by how many rows and columns."""


def begin_cut(plane: NDArray[Any], organ: str, eye: object) -> Callable[[Region, Told], Region]:
    """Begin a lesion; see `methods.Begin`."""
    values = prepared(plane, organ)

    def correct(mask: Region, told: Told) -> Region:
        zone = zone_of(mask, told)
        if zone is None:
            return decided(mask, None, None, told)
        lesion = _cut(values[zone.at], zone, mask[zone.at])
        return decided(mask, zone, lesion, told)

    return correct


def _cut(values: NDArray[np.float32], zone: Zone, before: Region) -> Region:
    """Cut again and again, each time by the grey values of the last cut's two sides."""
    if not (zone.inside.any() and zone.outside.any()):
        return zone.open & zone.inside.any()
    edges = [_edge_weights(values, step) * weight for weight, _, step in NEIGHBORS]
    around = ndimage.binary_dilation(zone.inside, iterations=FIRST) & ~zone.outside
    lesion = around | (before & zone.open)
    for _ in range(ROUNDS):
        log_odds = _log_odds(values, lesion) + PULL * zone.leaning
        log_odds = np.where(zone.inside, CERTAIN, np.where(zone.outside, -CERTAIN, log_odds))
        cut = _lowest_cut(log_odds, edges)
        if (cut == lesion).all():
            break
        lesion = cut
    return _joined(lesion, zone)


def _lowest_cut(log_odds: NDArray[np.float64], edges: list[NDArray[np.float64]]) -> Region:
    import maxflow

    graph = maxflow.Graph[float]()
    nodes = graph.add_grid_nodes(log_odds.shape)
    for weights, (_, structure, _) in zip(edges, NEIGHBORS, strict=True):
        graph.add_grid_edges(nodes, weights, structure=np.array(structure), symmetric=True)
    graph.add_grid_tedges(nodes, np.maximum(log_odds, 0), np.maximum(-log_odds, 0))
    graph.maxflow()
    return ~np.asarray(graph.get_grid_segments(nodes))


def _edge_weights(values: NDArray[np.float32], step: tuple[int, int]) -> NDArray[np.float64]:
    """Weigh the edge from each pixel to its neighbor: high where both are alike."""
    gaps = ((values - np.roll(values, np.negative(step), (0, 1))) ** 2).sum(axis=-1)
    return SMOOTHNESS * np.exp(-gaps / max(2 * float(gaps.mean()), 1e-9))


def _log_odds(values: NDArray[np.float32], lesion: Region) -> NDArray[np.float64]:
    """Give how much more frequent each pixel's values are inside than outside, over channels."""
    bins = np.minimum(values * BINS, BINS - 1).astype(np.intp)
    ratios = [
        (_log_histogram(one[lesion]) - _log_histogram(one[~lesion]))[one]
        for one in np.moveaxis(bins, -1, 0)
    ]
    return np.mean(ratios, axis=0)


def _log_histogram(bins: NDArray[np.intp]) -> NDArray[np.float64]:
    counts = np.bincount(bins, minlength=BINS) / max(1, bins.size)
    return np.log(ndimage.gaussian_filter1d(counts, BLUR, mode="nearest") + FLOOR)


def _joined(lesion: Region, zone: Zone) -> Region:
    """Drop what no certain pixel holds on to."""
    numbered, _ = connected_regions(lesion | zone.inside)
    return np.isin(numbered, np.unique(numbered[zone.inside]))
