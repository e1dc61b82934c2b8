"""A network of clicks before one plane: which part it is shown, and what it makes of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from napari_multicancer.core.masks.labels import Box, Region
from napari_multicancer.core.masks.merge import touching
from napari_multicancer.core.masks.refinement import clean_mask
from napari_multicancer.core.models.runtime import Model
from napari_multicancer.core.planes.color import as_colored
from napari_multicancer.core.planes.known import GREY
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
SAMPLED = 2_000_000
"""Pixels that stand for a larger plane, evenly spaced, when its intensities are judged."""


@dataclass(frozen=True, eq=False)
class ClickAnswer:
    """What the network says of a part of the field: nothing of the rest.

    Attributes
    ----------
    wanted : ndarray of bool, the shape of the field
    expected_overlap : float
        Intersection over union with the truth, 0..1.
    pixel : float
        Pixels of the plane that a pixel of the network's input is wide.
    """

    wanted: Region
    expected_overlap: float
    pixel: float


class ClickNetwork:
    """A network of clicks before one plane of a scan.

    Parameters
    ----------
    model : Model
    scan : Scan
    plane : int
    field : BoundingBox
        What is read of the plane; all regions and clicks are places in it.
    """

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
    ) -> ClickAnswer:
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
    ) -> ClickAnswer:
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
        return ClickAnswer(clean_mask(wanted, card.smallest_lesion * area), overlap, area**0.5)


def _threshold(usual: float, near: float, positive: bool) -> float:
    """Choose from which probability on a pixel is lesion: so that the click is right, if it can be.

    A click says more than the network knows: where that doubts, the threshold moves to a
    share `LEAN` of what it says around the click, down to `DOUBT`, or up to 1 - `DOUBT`.
    """
    if positive:
        return min(usual, max(DOUBT, LEAN * near))
    return max(usual, min(1 - DOUBT, 1 - LEAN * (1 - near)))
