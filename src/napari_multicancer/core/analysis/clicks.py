"""One click corrects an outline: an interactive network looks around it, and changes that alone.

The network sees the part of the plane that matters, what is outlined, and where the user
clicked (`analysis.guides`); of its answer only what holds the newest click is taken over
(`masks.merge`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.arguments import (
    check_box,
    check_clicks,
    check_map,
    check_painted,
    check_planes,
    check_scan_and_mask,
)
from napari_multicancer.core.analysis.click_network import SPOT, ClickAnswer, ClickNetwork
from napari_multicancer.core.analysis.guides import Click, square_part
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import Region
from napari_multicancer.core.masks.merge import merge_change
from napari_multicancer.core.masks.walker import walked
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.organs import check_tasks
from napari_multicancer.core.models.record import INTERACTIVE
from napari_multicancer.core.models.runtime import load_model
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.scan.scan import Scan

CERTAIN = 2.0
"""Radius around a click, in pixels of the plane, that the random walker begins with."""
REACH = 2048
"""Side of the square around the newest click beyond which nothing is read and nothing changes."""

Prior = NDArray[np.floating] | NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Refinement:
    """What clicks made of a mask.

    Attributes
    ----------
    before : ndarray
        The mask that was given.
    index : tuple of int and slice
        The part of the mask that was looked at; all else is as it was.
    values : ndarray, of the mask's dtype
        What the mask holds there now.
    n_changed : int
        Pixels that differ from the mask given.
    expected_overlap : float
        Intersection over union with the truth that the network expects of its own outline, 0..1.
    seen : bool
        False where the network saw no lesion under a positive click, or still saw one under a
        negative one: then the pixels under the click were changed, and nothing else.
    model : str
        Name and version.
    """

    before: NDArray[Any]
    index: tuple[int | slice, ...]
    values: NDArray[Any]
    n_changed: int
    expected_overlap: float
    seen: bool
    model: str

    @property
    def mask(self) -> NDArray[Any]:
        """The corrected mask, new, shape and dtype of the one given."""
        mask = self.before.copy()
        mask[self.index] = self.values
        return mask


def refine(
    scan: Scan,
    mask: NDArray[Any],
    clicks: Sequence[Click],
    *,
    plane: int = 0,
    label: int = 1,
    box: BoundingBox | None = None,
    prior: Prior | None = None,
    painted: Region | None = None,
    models: Mapping[str, str] | None = None,
) -> Refinement:
    """Correct a label's outline by the newest click.

    Parameters
    ----------
    scan : Scan
        A picture or a stack.
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        As it was before the newest click. Other labels stay as they are.
    clicks : sequence of Click
        All on this plane, the newest last. Pixels under the earlier ones stay as they are.
    plane : int
        Index of the plane; 0 for a picture.
    label : int
        Which label is outlined.
    box : BoundingBox, optional
        Drawn by the user around the lesion: nothing outside it changes.
    prior : ndarray, shape (row, column), 0..1, optional
        A neighboring plane's mask, or the automatic network's probability.
    painted : ndarray of bool, shape (row, column), optional
        Pixels that the user painted or erased: they stay unless the click lies on them.
    models : mapping of str to str, optional
        Task to model name, where not the default.

    Returns
    -------
    Refinement

    Raises
    ------
    MaskError
        There is no click, it lies outside the picture or on another label, or one of the
        arguments cannot be used.
    ModelError
        No network of clicks is there, or it was altered.

    Examples
    --------
    >>> pixels = np.full((128, 128), 40, np.uint8)
    >>> pixels[40:80, 50:90] = 200
    >>> scan = Scan(pixels, "yx")
    >>> corrected = refine(scan, np.zeros((128, 128), np.uint8), [Click.at(60, 70)])
    >>> corrected.mask[60, 70]
    np.uint8(1)
    """
    check_scan_and_mask(scan, mask, label)
    (plane,) = check_planes([plane], mask, "planes")
    shape = (mask.shape[-2], mask.shape[-1])
    check_clicks(clicks, shape)
    check_box(box, shape)
    check_map(prior, shape, "prior")
    check_painted(painted, shape)
    check_tasks(models)
    model = load_model(find_model(INTERACTIVE, (models or {}).get(INTERACTIVE)))
    middle = np.mean(clicks[-1].points, 0)
    field = square_part(shape, (middle[0], middle[1]), REACH)
    index = (*((plane,) if mask.ndim == 3 else ()), *field.slices)
    values = mask[index].copy()
    near = [click.moved(-field.top, -field.left) for click in clicks]
    others = (values != label) & (values != 0)
    pointed = near[-1].pixels(values.shape) & ~others
    if not pointed.any():
        raise MaskError("The click lies on another label: click beside it, or choose that label.")
    region = np.equal(values, label)
    asked = ClickNetwork(model, scan, plane, field)
    answer = asked.ask(region, near, _moved(box, field), _cut(prior, field))
    kept = _kept(near[:-1], _cut(painted, field), others) & ~pointed
    if region.any():
        answer = replace(answer, wanted=_with_edges(asked, answer.wanted, region, near))
    merged, seen = _merged(region, answer, near[-1], pointed, kept, _moved(box, field))
    values[region & ~merged] = 0
    values[merged] = label
    n_changed = int(np.count_nonzero(merged != region))
    overlap = answer.expected_overlap
    return Refinement(mask, index, values, n_changed, overlap, seen, model.card.label)


def replay(scan: Scan, mask: NDArray[Any], clicks: Sequence[Click], **options: Any) -> Refinement:
    """Correct an outline by several clicks, one after the other, as `refine` does by each.

    Parameters
    ----------
    scan : Scan
    mask : ndarray
        As it was before the first click.
    clicks : sequence of Click
        At least one.
    **options
        As `refine` takes them.

    Returns
    -------
    Refinement
        Of the last click, counted from the mask given; its `index` is the whole plane.
    """
    now = mask
    for count in range(1, max(2, len(clicks) + 1)):
        refined = refine(scan, now, clicks[:count], **options)
        now = refined.mask
    index = refined.index[:-2]
    n_changed = int(np.count_nonzero(now[index] != mask[index]))
    return replace(refined, before=mask, index=index, values=now[index], n_changed=n_changed)


def _moved(box: BoundingBox | None, field: BoundingBox) -> BoundingBox | None:
    """Give the part of a box that lies in the field, as seen from there; None where none does."""
    if box is None:
        return None
    top, left = max(0, box.top - field.top), max(0, box.left - field.left)
    bottom = min(field.height, box.top + box.height - field.top)
    right = min(field.width, box.left + box.width - field.left)
    if bottom <= top or right <= left:
        raise MaskError("The click lies far outside the box: click in it, or draw another one.")
    return BoundingBox(top, left, bottom - top, right - left)


def _cut(whole: NDArray[Any] | None, field: BoundingBox) -> NDArray[Any] | None:
    return None if whole is None else whole[field.slices]


def _kept(earlier: Sequence[Click], painted: Region | None, others: Region) -> Region:
    """Mark the pixels that no click but one on them changes."""
    kept = others if painted is None else others | painted
    for click in earlier:
        kept = kept | click.pixels(others.shape)
    return kept


def _with_edges(
    asked: ClickNetwork, wanted: Region, region: Region, clicks: Sequence[Click]
) -> Region:
    """Add, or take away, what the random walker says around the newest click, too.

    The network knows lesions, the walker edges: what one of them misses the other one brings.
    """
    spots = [(click.pixels(region.shape, CERTAIN), click.positive) for click in clicks]
    (newest, positive), earlier = spots[-1], spots[:-1]
    edges = walked(asked.values, region, newest, positive, earlier)
    return wanted | edges if positive else wanted & edges


def _merged(
    region: Region,
    answer: ClickAnswer,
    newest: Click,
    pointed: Region,
    kept: Region,
    box: BoundingBox | None,
) -> tuple[Region, bool]:
    """Take over what holds the newest click; say whether the network agrees with it."""
    agrees = answer.wanted[pointed] == newest.positive
    spot = newest.pixels(region.shape, SPOT * answer.pixel) & ~kept
    if box is not None:
        inside = np.zeros_like(region)
        inside[box.slices] = True
        spot &= inside
        kept = kept | ~inside
    merged = merge_change(region, answer.wanted, spot | pointed, newest.positive, kept)
    return merged, bool(agrees.any())
