"""One step of the published pipeline over a whole scan: less noise, edges, or the head alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.planes.color import luminance
from napari_multicancer.core.planes.filters import (
    DENOISERS,
    EDGE_DETECTORS,
    Filter,
    Plane,
    denoise,
    edges,
)
from napari_multicancer.core.planes.head import crop_to_head
from napari_multicancer.core.planes.prepare import intensity_window, normalize
from napari_multicancer.core.planes.progress import Cancelled, Progress
from napari_multicancer.core.planes.walk import Walk
from napari_multicancer.core.scan.scan import Scan

HEAD = "head"
PREVIEWED = 512
"""Pixels; a larger plane is previewed in its middle alone, to be quick."""
PREVIEWED_OF_SLOW = MappingProxyType({"non_local_means": 200})


def _head_alone(plane: Plane) -> Plane:
    """Black out what lies outside the head's bounding box."""
    box = crop_to_head(plane).slices
    alone = np.zeros_like(plane)
    alone[box] = plane[box]
    return alone


FILTERS = MappingProxyType[str, Filter](
    {
        **{name: partial(denoise, method=name) for name in DENOISERS},
        **{name: partial(edges, method=name) for name in EDGE_DETECTORS},
        HEAD: _head_alone,
    }
)
"""By name: what each makes of a plane in 0..255."""


def filtered_plane(plane: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Stretch the grey of one plane to 0..255 by its 0.5 and 99.5 percentiles, and filter it.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column[, channel])
    name : str
        One of `FILTERS`.

    Returns
    -------
    ndarray of uint8, shape (row, column)

    Raises
    ------
    ValueError
        The name is unknown.
    """
    if name not in FILTERS:
        raise ValueError(f"{name!r} is unknown; choose one of {', '.join(FILTERS)}")
    grey = shown_plane(plane)
    return np.asarray(np.rint(FILTERS[name](grey)), np.uint8)


@dataclass(frozen=True, eq=False)
class Preview:
    """What a filter makes of a plane, or of its middle.

    Attributes
    ----------
    before, after : ndarray of uint8, shape (row, column)
    is_whole : bool
        Whether that is the whole plane.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    is_whole: bool


def previewed(plane: NDArray[Any], name: str) -> Preview:
    """Filter a plane as `filtered_plane` does, or as much of its middle as is quickly done.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column[, channel])
    name : str
        One of `FILTERS`. The head is looked for on the whole plane.
    """
    grey = shown_plane(plane)
    side = PREVIEWED_OF_SLOW.get(name, PREVIEWED)
    part = grey if name == HEAD else grey[tuple(_middle(length, side) for length in grey.shape)]
    after = np.rint(FILTERS[name](part)).astype(np.uint8)
    return Preview(part.astype(np.uint8), after, part.shape == grey.shape)


def _middle(length: int, most: int) -> slice:
    first = max(0, (length - most) // 2)
    return slice(first, first + most)


def shown_plane(plane: NDArray[Any]) -> Plane:
    """Stretch the grey of one plane to 0..255, as filters see it."""
    grey = luminance(plane) if plane.ndim == 3 else plane
    return normalize(grey, intensity_window(grey))


def filtered_scan(
    scan: Scan,
    name: str,
    planes: Sequence[int] | None = None,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[np.uint8]:
    """Filter a scan plane by plane, each as `filtered_plane` does.

    Parameters
    ----------
    scan : Scan
    name : str
        One of `FILTERS`.
    planes : sequence of int, optional
        Which planes; the others are black. All of them unless given.
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    ndarray of uint8
        In the shape of the scan's spatial axes.

    Raises
    ------
    UnsupportedScanError
        The scan cannot be analyzed.
    CancelledError
        `cancelled` said so.
    """
    walk = Walk(scan, reduce=False, progress=progress, cancelled=cancelled)
    chosen = range(scan.n_planes) if planes is None else planes
    walk.expect(len(chosen))
    made = np.zeros(scan.spatial_shape, np.uint8)
    for index, plane in walk.over(lambda _, plane: filtered_plane(plane, name), chosen):
        made[scan.position(index)] = plane
    return made
