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
from scipy.special import expit

from napari_multicancer.core.analysis.guides import (
    LEAST_PART,
    Click,
    guide_maps,
    part_around,
    square_part,
    touches_inner_edge,
)
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import Box, Region, check_label, check_plane
from napari_multicancer.core.masks.merge import merge_change, touching
from napari_multicancer.core.masks.refinement import clean_mask
from napari_multicancer.core.masks.walker import walked
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.record import INTERACTIVE
from napari_multicancer.core.models.runtime import Model, load_model
from napari_multicancer.core.planes.color import GREY, as_colored
from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox, resize
from napari_multicancer.core.planes.prepare import (
    NETWORK_WHITE,
    as_three_channels,
    intensity_window,
    normalize,
)
from napari_multicancer.core.scan.scan import Scan

SPOT = 2.0
"""Radius around a click whose pixels obey it whatever the network says, in pixels of its input."""
WIDER = 1.7
"""So much larger is the part for a further look where what was found goes on beyond it."""
CLOSER = 0.6
"""A part for what was found that would be so much smaller asks for a further look."""
MORE_LOOKS = 2
LEAN, DOUBT = 0.7, 0.15
"""How far the threshold follows what the network says around a click; see `_threshold`."""
AROUND = 8.0
"""Radius of what is around a click, in pixels of the network's input."""
LIKELY = 0.5
"""Where nothing is outlined yet, the part holds what is at least so likely beforehand."""
CERTAIN = 2.0
"""Radius around a click, in pixels of the plane, that the random walker begins with."""
REACH = 2048
"""Side of the square around the newest click beyond which nothing is read and nothing changes."""
SAMPLED = 2_000_000
"""Pixels that stand for a larger plane, evenly spaced, when its intensities are judged."""

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
        There is no click, it lies outside the picture or on another label, or mask, label or
        plane cannot be used.
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
    _check(scan, mask, clicks, plane, label)
    model = load_model(find_model(INTERACTIVE, (models or {}).get(INTERACTIVE)))
    shape = (mask.shape[-2], mask.shape[-1])
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
    view = _View(model, scan, plane, field)
    answer = view.ask(region, near, _moved(box, field), _cut(prior, field))
    kept = _kept(near[:-1], _cut(painted, field), others) & ~pointed
    if region.any():
        answer = replace(answer, wanted=_with_edges(view, answer.wanted, region, near))
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


def _check(scan: Scan, mask: NDArray[Any], clicks: Sequence[Click], plane: int, label: int) -> None:
    scan.check()
    check_label(mask, label)
    check_plane(mask, plane)
    if mask.shape != scan.spatial_shape and mask.shape != (
        scan.n_planes,
        *scan.spatial_shape[-2:],
    ):
        raise MaskError(
            f"The mask has the shape {mask.shape}, its scan {scan.spatial_shape}: "
            "choose the scan that was outlined."
        )
    if not clicks:
        raise MaskError("There is no click: click on what the outline misses or holds too much.")
    if not clicks[-1].is_inside((mask.shape[-2], mask.shape[-1])):
        raise MaskError("The click lies outside the picture: click on the scan.")


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


def _with_edges(view: _View, wanted: Region, region: Region, clicks: Sequence[Click]) -> Region:
    """Add, or take away, what the random walker says around the newest click, too.

    The network knows lesions, the walker edges: what one of them misses the other one brings.
    """
    spots = [(click.pixels(region.shape, CERTAIN), click.positive) for click in clicks]
    (newest, positive), earlier = spots[-1], spots[:-1]
    edges = walked(view.values, region, newest, positive, earlier)
    return wanted | edges if positive else wanted & edges


@dataclass(frozen=True, eq=False)
class _Answer:
    """What the network says of a part of the field: nothing of the rest."""

    wanted: Region
    expected_overlap: float
    pixel: float
    """Pixels of the plane that a pixel of the network's input is wide."""


class _View:
    """A network of clicks before one plane of a scan."""

    def __init__(self, model: Model, scan: Scan, plane: int, field: BoundingBox) -> None:
        self._model, self._aspect = model, scan.pixel_aspect
        height, width = scan.spatial_shape[-2:]
        step = max(1, int((height * width / SAMPLED) ** 0.5))
        some = as_colored(scan.plane(plane, (slice(0, None, step),) * 2), model.card.color)
        self._window = intensity_window(some)
        pixels = scan.plane(plane, field.slices)
        self._pixels = as_colored(pixels, GREY) if some.ndim == 2 else pixels

    def values(self, at: Box) -> NDArray[np.float32]:
        """Give the intensities of a part of the field, 0..1."""
        return normalize(self._pixels[at], self._window) / NETWORK_WHITE

    def ask(
        self,
        region: Region,
        clicks: Sequence[Click],
        box: BoundingBox | None,
        prior: NDArray[Any] | None,
    ) -> _Answer:
        """Ask the network; again where the part it saw was too small, or much too large."""
        shape = (region.shape[0], region.shape[1])
        held = region if region.any() or prior is None else np.asarray(prior) >= LIKELY
        part = part_around(shape, held, clicks, box, self._aspect, LEAST_PART)
        answer = self._look(part, region, clicks, box, prior)
        for _ in range(MORE_LOOKS):
            meant = touching(answer.wanted, clicks[-1].pixels(shape, SPOT * answer.pixel))
            better = self._better_part(part, meant | region, meant, clicks, box)
            if better is None:
                break
            part = better
            answer = self._look(part, region, clicks, box, prior)
        return answer

    def _better_part(
        self,
        part: BoundingBox,
        region: Region,
        meant: Region,
        clicks: Sequence[Click],
        box: BoundingBox | None,
    ) -> BoundingBox | None:
        """Choose a larger part where what was found goes on beyond, a smaller one around little."""
        shape = (region.shape[0], region.shape[1])
        if touches_inner_edge(meant, part, shape):
            middle = part.top + part.height / 2, part.left + part.width / 2
            side = WIDER * max(part.height * self._aspect, part.width)
            return square_part(shape, middle, side, self._aspect)
        if not meant.any():
            return None
        closer = part_around(shape, region, clicks, box, self._aspect)
        ratio = max(closer.height, closer.width) / max(part.height, part.width)
        return closer if ratio < CLOSER else None

    def _look(
        self,
        part: BoundingBox,
        region: Region,
        clicks: Sequence[Click],
        box: BoundingBox | None,
        prior: NDArray[Any] | None,
    ) -> _Answer:
        card = self._model.card
        letterbox = Letterbox.fit(
            region.shape[0], region.shape[1], card.input_size, part, self._aspect
        )
        square = np.zeros((card.input_size, card.input_size, 3), np.float32)
        seen = normalize(self._pixels[part.slices], self._window)
        square[letterbox.inner] = as_three_channels(
            resize(seen, (letterbox.inner_height, letterbox.inner_width))
        )
        outputs = self._model(square, guides=guide_maps(letterbox, region, clicks, box, prior))
        probability = letterbox.back(expit(outputs["lesion"]))
        shape, radius = (region.shape[0], region.shape[1]), AROUND * letterbox.pixel_area**0.5
        near = float(np.median(probability[clicks[-1].pixels(shape, radius)]))
        wanted = probability >= _threshold(card.mask_threshold, near, clicks[-1].positive)
        area = letterbox.pixel_area
        overlap = float(expit(outputs["overlap"]).ravel()[0])
        return _Answer(clean_mask(wanted, card.smallest_lesion * area), overlap, area**0.5)


def _threshold(usual: float, near: float, positive: bool) -> float:
    """Choose from which probability on a pixel is lesion: so that the click is right, if it can be.

    A click says more than the network knows: where that doubts, the threshold moves to a
    share `LEAN` of what it says around the click, down to `DOUBT`, or up to 1 - `DOUBT`.
    """
    if positive:
        return min(usual, max(DOUBT, LEAN * near))
    return max(usual, min(1 - DOUBT, 1 - LEAN * (1 - near)))


def _merged(
    region: Region,
    answer: _Answer,
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
