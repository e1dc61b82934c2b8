"""What is open after a click, and what the clicks and the mask hold for certain.

Random walker and graph cut ask for pixels that are certain and decide about the others. With
each click a disc around it is opened, as large as its distance to the outline demands; beyond
it the mask stays as it is, so that neither method changes what nobody pointed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from experiments.clicks.told import Region, Told
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.labels import bounding_box
from napari_multicancer.core.masks.walker import REACH, opening_radius
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.planes.color import as_colored
from napari_multicancer.core.planes.prepare import intensity_window, normalize

SPOT = 2.0
"""Radius around a click, in pixels, that is certain."""
BOX_CORE = 0.4
"""Share of a box's sides that is held for lesion where nothing else is."""


@dataclass(frozen=True, eq=False)
class Zone:
    """A part of the plane where it is decided again.

    Attributes
    ----------
    at : (slice, slice)
        Where it lies in the plane.
    inside, outside : ndarray of bool
        Certain; all other pixels are open.
    leaning : ndarray of float32, -1..1
        To what is asked for at the newest click (1: lesion), to what was there before at
        the rim of the disc that it opens; 0 in a box.
    """

    at: tuple[slice, ...]
    inside: Region
    outside: Region
    leaning: NDArray[np.float32]

    @property
    def open(self) -> Region:
        """Mark the pixels to decide about."""
        return ~(self.inside | self.outside)


def prepared(plane: NDArray[Any], organ: str) -> NDArray[np.float32]:
    """Give a plane's grey values, or its three contrasts, as the organ's network sees them: 0..1.

    Returns
    -------
    ndarray of float32, shape (row, column, channel)
    """
    colored = as_colored(plane, find_model(organ).color)
    values = normalize(colored, intensity_window(colored)) / 255
    return values.reshape(*plane.shape[:2], -1)


def zone_of(mask: Region, told: Told) -> Zone | None:
    """Open a zone for the newest click, or for a box alone.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
    told : Told
        A box says where the lesion lies until there are clicks.

    Returns
    -------
    Zone or None
        None where there is nothing to decide.
    """
    leaning = np.zeros(mask.shape, np.float32)
    if told.clicks:
        opened, leaning = _disc(mask, told)
        inside, outside = mask & ~opened, ~(mask | opened)
    else:
        inside, outside = _core(mask, told), ~_allowed(mask, told)
        inside &= ~outside
    for click in told.clicks:
        spot = _spot(click, told, mask)
        certain, contrary = (inside, outside) if click.positive else (outside, inside)
        certain |= spot
        contrary &= ~spot
    undecided = ~(inside | outside)
    if not undecided.any():
        return None
    at = bounding_box(undecided, 2)
    return Zone(at, inside[at], outside[at], leaning[at])


def decided(mask: Region, zone: Zone | None, lesion: Region | None, told: Told) -> Region:
    """Lay what was decided in a zone into the mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
        As it was.
    zone : Zone or None
    lesion : ndarray of bool or None
        What was decided, in the zone.
    told : Told
        Whose clicks are obeyed in any case.

    Returns
    -------
    ndarray of bool, shape (row, column)
    """
    result = mask & _allowed(mask, told)
    if zone is not None and lesion is not None:
        result[zone.at] = (lesion | zone.inside) & ~zone.outside
    for click in told.clicks:
        result[_spot(click, told, mask)] = click.positive
    return result


def _spot(click: Click, told: Told, mask: Region) -> Region:
    radius = SPOT if len(click.points) == 1 else told.radius
    return click.pixels((mask.shape[0], mask.shape[1]), radius)


def _disc(mask: Region, told: Told) -> tuple[Region, NDArray[np.float32]]:
    """Open a disc around the newest click, or a band along it where it is a stroke."""
    newest = told.clicks[-1]
    shape = (mask.shape[0], mask.shape[1])
    pixels = newest.pixels(shape)
    radius = opening_radius(mask, pixels, newest.positive)
    share = np.minimum(ndimage.distance_transform_edt(~pixels) / radius, 1)
    asked, before = (1 if newest.positive else -1), np.where(mask, 1, -1)
    return share < 1, (asked * (1 - share) + before * share).astype(np.float32)


def _allowed(mask: Region, told: Told) -> Region:
    """Mark where the lesion may lie: in the box, until a click says more."""
    if told.box is None or told.clicks:
        return np.ones_like(mask)
    allowed = np.zeros_like(mask)
    allowed[told.box.slices] = True
    return allowed


def _core(mask: Region, told: Told) -> Region:
    """Take what lies deep in the mask for certain; without one the middle of the box."""
    core = np.asarray(ndimage.distance_transform_edt(mask) > REACH)
    if not core.any() and told.box is not None:
        box, rows, columns = told.box, *np.ogrid[: mask.shape[0], : mask.shape[1]]
        across = (rows - box.top - (box.height - 1) / 2) / (BOX_CORE * box.height / 2)
        along = (columns - box.left - (box.width - 1) / 2) / (BOX_CORE * box.width / 2)
        core = across**2 + along**2 <= 1
    return core
