"""A user who always points at the middle of the largest error: robot A.

References
----------
Sofiiuk, Petrov, Konushin 2022, "Reviving Iterative Training with Mask Guidance for Interactive
Segmentation", arXiv 2102.06583, whose protocol this is.
"""

from __future__ import annotations

from collections.abc import Iterable

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.labels import Region
from napari_multicancer.training.robots.errors import Pixel, deepest_part, wrong_parts


def deepest_click(truth: Region, mask: Region, clicks: Iterable[Click] = ()) -> Click | None:
    """Click the wrong pixel that lies farthest from where the mask is right again.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (row, column)
    clicks : iterable of Click
        Made before; their pixels are not clicked again.

    Returns
    -------
    Click or None
        Positive where the mask lacks the lesion; None where nothing is left to click.
    """
    found = deepest_part(wrong_parts(truth, mask), clicked_pixels(clicks))
    if found is None:
        return None
    part, pixel = found
    return Click.at(*pixel, positive=part.missing)


def clicked_pixels(clicks: Iterable[Click]) -> set[Pixel]:
    """Collect the pixels of single clicks; strokes are left out."""
    points = (click.points[0] for click in clicks if len(click.points) == 1)
    return {(round(row), round(column)) for row, column in points}
