"""Draws the sections of a volume with the outlines of its masks, in whichever thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.planes.sections import Section, as_grey, outlines
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.thread import Cancelled, Progress
from napari_multicancer.widgets.volumes.section_view import SectionPicture

LARGEST_READ = 512 * 2**20
"""Bytes; a volume that is no array in memory is read as a whole, up to so many."""
WORDS = ("plane", "row", "column")


@dataclass(frozen=True, eq=False)
class SectionsTask:
    """What is to be drawn.

    Attributes
    ----------
    volume : array, shape (plane, row, column), or with a last axis of channels
    sections : sequence of Section
    point : tuple of int
        The voxel through which they lie.
    size : tuple of float
        Of a voxel (z, y, x), in any one unit.
    window : (float, float)
        The values that are shown black and white.
    masks : sequence of (ndarray of int, colormap)
        Label volumes in the volume's shape, and what gives labels their colors.
    """

    volume: Any
    sections: Sequence[Section]
    point: tuple[int, ...]
    size: tuple[float, ...]
    window: tuple[float, float]
    masks: Sequence[tuple[NDArray[np.integer], Any]]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The pictures, and the volume as an array in memory, to be cut the next time."""

    pictures: Sequence[SectionPicture]
    volume: NDArray[Any]


def draw(task: SectionsTask, progress: Progress, cancelled: Cancelled) -> Drawn:
    """Draw the sections of a volume through a voxel.

    Raises
    ------
    UnsupportedScanError
        The volume is on disk, and too large to be read as a whole.
    """
    volume = task.volume
    if not isinstance(volume, np.ndarray):
        if volume.nbytes > LARGEST_READ:
            raise UnsupportedScanError(
                tr(
                    "This volume is read plane by plane from its file and is too large to be cut "
                    "across its planes: crop or reduce it first."
                )
            )
        volume = np.asarray(volume)
    return Drawn([_picture(task, volume, section) for section in task.sections], volume)


def _picture(task: SectionsTask, volume: NDArray[Any], section: Section) -> SectionPicture:
    index = task.point[section.axis]
    grey = as_grey(section.cut(volume, index), *task.window)
    pixels = np.repeat(grey[..., None], 3, axis=-1)
    for mask, colormap in task.masks:
        edges = outlines(section.cut(mask, index))
        drawn = edges > 0
        if drawn.any():
            pixels[drawn] = np.round(255 * np.asarray(colormap.map(edges[drawn]))[:, :3])
    shape = volume.shape[:3]
    rows, columns = section.axes
    return SectionPicture(
        section=section,
        title=f"{section.title}: {WORDS[section.axis]} {index + 1} of {shape[section.axis]}",
        pixels=pixels,
        size=(task.size[rows], task.size[columns]),
        cross=section.place_of(task.point, shape),
    )
