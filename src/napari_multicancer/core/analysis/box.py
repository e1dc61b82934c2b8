"""The lesion inside a box that the user drew: the network looks there alone, in full resolution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import widened
from napari_multicancer.core.masks.refinement import clean_mask, refine
from napari_multicancer.core.models.cards import ModelCard, find_model
from napari_multicancer.core.models.organs import check_tasks, require_organ
from napari_multicancer.core.models.runtime import Model, lanes_for, load_model
from napari_multicancer.core.planes.color import as_colored
from napari_multicancer.core.planes.prepare import CROPS, intensity_window, prepare_plane
from napari_multicancer.core.planes.progress import Cancelled, Progress
from napari_multicancer.core.planes.walk import Walk
from napari_multicancer.core.scan.scan import Scan

CONTEXT = 0.5
"""The network sees at least so much of the box's longer side around it, on every side."""

PlaneBox = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class BoxAnalysis:
    """What the network outlines in a box.

    Attributes
    ----------
    mask : ndarray of uint8, shape (planes, row, column)
        1 on the lesion, 0 elsewhere; one for each plane asked for.
    probability : ndarray of float32, same shape
        Of belonging to the lesion, 0..1; 0 outside the box.
    """

    mask: NDArray[np.uint8]
    probability: NDArray[np.float32]


def segment_box(
    scan: Scan,
    box: PlaneBox,
    organ: str,
    planes: Sequence[int],
    *,
    models: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> BoxAnalysis:
    """Outline the lesion in a box, on one plane or several.

    The network sees the box and `CONTEXT` around it, and not less than fills its input
    pixel by pixel: magnified, a scan looks unlike those it learnt from. That the box
    holds a lesion is taken for granted: the diagnosis head is not asked.

    Parameters
    ----------
    scan : Scan
    box : (slice, slice)
        Rows and columns, inside the picture: see `regions.box_slices`.
    organ : str
        One of `organs.organs`, whose model is asked.
    planes : sequence of int
        Indices of the planes; (0,) for a picture.
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    BoxAnalysis

    Raises
    ------
    MaskError
        The box lies outside the picture, or the network finds nothing in it.
    UnsupportedScanError
        The scan's shape or values cannot be analysed.
    ModelError
        A model is missing or altered.
    CancelledError
        `cancelled` said so.
    """
    scan.check()
    require_organ(organ)
    check_tasks(models)
    _check_box(box, scan)
    lanes = lanes_for(len(planes))
    model = load_model(find_model(organ, (models or {}).get(organ)), at_once=lanes)
    shape = (len(planes), *_plane_shape(scan))
    mask, probability = np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
    walk = Walk(scan, lanes=lanes, reduce=False, progress=progress, cancelled=cancelled)
    walk.expect(len(planes))
    found = walk.over(partial(_look, model, box, scan.pixel_aspect), planes)
    for at, (_, (lesion, smallest)) in enumerate(found):
        probability[at][box] = lesion
        mask[at][box] = clean_mask(lesion >= model.card.mask_threshold, smallest)
    if not mask.any():
        raise MaskError(
            "The model finds no lesion in this box: draw it closer around the lesion, or paint it."
        )
    return BoxAnalysis(mask, probability)


def _plane_shape(scan: Scan) -> tuple[int, int]:
    rows, columns = scan.spatial_shape[-2:]
    return rows, columns


def _check_box(box: PlaneBox, scan: Scan) -> None:
    inside = all(
        0 <= side.start < side.stop <= length
        for side, length in zip(box, _plane_shape(scan), strict=True)
    )
    if not inside:
        raise MaskError("The box does not lie inside the picture: draw it over the scan.")


def _look(
    model: Model, box: PlaneBox, aspect: float, index: int, plane: NDArray[Any]
) -> tuple[NDArray[np.float32], float]:
    """Give the lesion's probability in the box, and how many pixels its smallest region has."""
    view = _view(box, (plane.shape[0], plane.shape[1]), model.card.input_size)
    plane = as_colored(plane, model.card.color)
    square, letterbox = prepare_plane(
        plane[view], intensity_window(plane), model.card.input_size, _steps(model.card), aspect
    )
    outputs = model(square)
    seen = letterbox.back(
        refine(expit(outputs["lesion"]), square, letterbox, model.card.refinement)
    )
    inner = tuple(
        slice(side.start - outer.start, side.stop - outer.start)
        for side, outer in zip(box, view, strict=True)
    )
    return seen[inner], model.card.smallest_lesion * letterbox.pixel_area


def _view(box: PlaneBox, shape: tuple[int, int], size: int) -> PlaneBox:
    lengths = np.array([side.stop - side.start for side in box])
    margins = np.maximum(CONTEXT * lengths.max(), (size - lengths) / 2)
    rows, columns = widened(box, margins, shape)
    return rows, columns


def _steps(card: ModelCard) -> tuple[str, ...]:
    """Leave out the crop to the head: the box is the crop."""
    return tuple(step for step in card.preprocessing if step not in CROPS)
