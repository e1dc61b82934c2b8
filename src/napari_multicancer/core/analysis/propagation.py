"""An outline goes from the planes that the user has settled to their neighbors, plane by plane.

On each plane the network of clicks is asked anew, with the neighbor's outline as what is likely
and a click where that is deepest; between two settled planes their interpolated shape takes the
neighbor's place. Where the answer can no longer be believed, it stops.

References
----------
Raya, Udupa 1990, "Shape-based interpolation of multidimensional objects", IEEE
Trans. Med. Imaging 9:32-42, doi 10.1109/42.52980.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.arguments import check_planes, check_scan_and_mask
from napari_multicancer.core.analysis.clicks import refine
from napari_multicancer.core.analysis.guides import Click, deepest_point
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.interpolation import shapes_between
from napari_multicancer.core.masks.labels import Region, replace_region
from napari_multicancer.core.planes.progress import Cancelled, Progress
from napari_multicancer.core.planes.walk import Walk
from napari_multicancer.core.scan.scan import Scan


@dataclass(frozen=True)
class Limits:
    """When a plane's outline is taken for doubtful, and when the way ends before it.

    Attributes
    ----------
    least_expected, sure_expected : float
        Intersection over union that the network expects of its outline.
    least_shared, sure_shared : float
        Intersection over union with the neighbor's outline.
    jump, small_jump : float
        So many times larger, or smaller, than the neighbor's.
    farthest : int
        Planes from a settled one.
    widest_gap : int
        Planes between two settled ones; across more, each is left by itself.
    """

    least_expected: float = 0.4
    sure_expected: float = 0.7
    least_shared: float = 0.3
    sure_shared: float = 0.6
    jump: float = 2.5
    small_jump: float = 1.6
    farthest: int = 20
    widest_gap: int = 20


@dataclass(frozen=True, eq=False)
class Proposal:
    """What is proposed for one plane.

    Attributes
    ----------
    plane : int
    region : ndarray of bool, shape (row, column)
    expected_overlap : float
        Intersection over union with the truth that the network expects, 0..1.
    doubt : str
        Why to look at it, in a few words; empty where nothing speaks against it.
    """

    plane: int
    region: Region
    expected_overlap: float
    doubt: str = ""


@dataclass(frozen=True)
class Stop:
    """Where the way from a settled plane ended.

    Attributes
    ----------
    plane : int
        The first plane that was left as it is.
    reason : str
        In a few words.
    """

    plane: int
    reason: str


@dataclass(frozen=True, eq=False)
class Propagation:
    """What is proposed for the planes around those that are settled.

    Attributes
    ----------
    before : ndarray of int, shape (plane, row, column)
        The mask that was given.
    label : int
    proposals : tuple of Proposal
        By plane.
    stops : tuple of Stop
        By plane.
    model : str
        Name and version; empty where no plane was looked at.
    """

    before: NDArray[Any]
    label: int
    proposals: tuple[Proposal, ...]
    stops: tuple[Stop, ...]
    model: str

    @property
    def mask(self) -> NDArray[Any]:
        """The mask with all proposals, new; of other labels nothing changes."""
        mask = self.before.copy()
        for proposal in self.proposals:
            replace_region(mask[proposal.plane], proposal.region, self.label)
        return mask


def propagate(
    scan: Scan,
    mask: NDArray[Any],
    settled: Iterable[int],
    *,
    label: int = 1,
    planes: Iterable[int] | None = None,
    limits: Limits | None = None,
    models: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Propagation:
    """Carry a label's outline from settled planes to the others.

    Parameters
    ----------
    scan : Scan
        A stack.
    mask : ndarray of int, shape (plane, row, column)
        Settled planes and other labels stay as they are; what the label covers on a plane
        that gets a proposal is replaced by it.
    settled : iterable of int
        Planes whose outline is right, by the user's word; one on which the label is missing
        ends the way there.
    label : int
    planes : iterable of int, optional
        Planes that may get a proposal; all that are not settled unless given.
    limits : Limits, optional
    models : mapping of str to str, optional
        Task to model name, where not the default.
    progress : callable, optional
        Called with (done, total) after each plane; of planes that need not be looked at,
        at once.
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    Propagation

    Raises
    ------
    MaskError
        The mask is no stack, the label is on none of the settled planes, or one of the
        arguments cannot be used.
    ModelError
        No network of clicks is there, or it was altered.
    CancelledError
        `cancelled` said so.
    """
    fixed = _settled(scan, mask, settled, label)
    walk = Walk(scan, reduce=False, progress=progress, cancelled=cancelled)
    asked = range(len(mask)) if planes is None else check_planes(planes, mask, "planes")
    wanted = set(asked) - set(fixed)
    way = _Way(scan, mask, label, walk, limits or Limits(), models or {}, wanted)
    routes = list(_routes(mask, fixed, label, way.limits))
    walk.expect(sum(len(route.planes) for route in routes))
    for route in routes:
        way.go(route)
    proposals = tuple(sorted(way.proposals, key=lambda one: one.plane))
    stops = tuple(sorted(set(way.stops), key=lambda one: one.plane))
    return Propagation(mask, label, proposals, stops, way.model)


def _settled(scan: Scan, mask: NDArray[Any], settled: Iterable[int], label: int) -> list[int]:
    check_scan_and_mask(scan, mask, label)
    if mask.ndim != 3:
        raise MaskError("This needs a stack of planes and a mask of the same shape over it.")
    fixed = check_planes(settled, mask, "settled planes")
    if not any(np.equal(mask[plane], label).any() for plane in fixed):
        raise MaskError(
            f"Nothing is outlined with label {label} on a settled plane: "
            "correct the outline on one plane, or settle it, first."
        )
    return fixed


@dataclass(frozen=True, eq=False)
class _Route:
    """Planes to go over in this order, beginning beside a settled one.

    With `shapes`, what is likely on each plane, instead of its neighbor's outline.
    """

    start: Region
    planes: Sequence[int]
    shapes: Mapping[int, Region] | None = None


def _routes(
    mask: NDArray[Any], fixed: Sequence[int], label: int, limits: Limits
) -> Iterator[_Route]:
    outlines = {plane: np.asarray(np.equal(mask[plane], label)) for plane in fixed}
    first, last, far = fixed[0], fixed[-1], limits.farthest
    if outlines[first].any():
        yield _Route(outlines[first], range(first - 1, max(-1, first - 1 - far), -1))
    for low, high in pairwise(fixed):
        yield from _between(low, high, outlines, limits)
    if outlines[last].any():
        yield _Route(outlines[last], range(last + 1, min(len(mask), last + 1 + far)))


def _between(
    low: int, high: int, outlines: Mapping[int, Region], limits: Limits
) -> Iterator[_Route]:
    gap = range(low + 1, high)
    below, above = outlines[low], outlines[high]
    if gap and len(gap) <= limits.widest_gap and (below & above).any():
        shapes = dict(zip(gap, shapes_between(below, above, len(gap)), strict=True))
        yield _Route(below, gap, shapes)
        return
    middle = (low + high + 1) // 2 if above.any() else high
    middle = middle if below.any() else low + 1
    if below.any():
        yield _Route(below, gap[: min(middle - low - 1, limits.farthest)])
    if above.any():
        yield _Route(above, gap[middle - low - 1 :][::-1][: limits.farthest])


class _Way:
    """Goes along routes, and collects what is proposed and where it stopped."""

    def __init__(
        self,
        scan: Scan,
        mask: NDArray[Any],
        label: int,
        walk: Walk,
        limits: Limits,
        models: Mapping[str, str],
        wanted: set[int],
    ) -> None:
        self._scan, self._mask, self._label = scan, mask, label
        self._walk, self._models, self._wanted = walk, models, wanted
        self.limits = limits
        self.proposals: list[Proposal] = []
        self.stops: list[Stop] = []
        self.model = ""

    def go(self, route: _Route) -> None:
        """Propose an outline for each plane of a route until one cannot be believed."""
        likely = route.start
        for done, plane in enumerate(route.planes):
            self._walk.proceed()
            if plane not in self._wanted:
                likely = np.asarray(np.equal(self._mask[plane], self._label))
            else:
                shape = None if route.shapes is None else route.shapes[plane]
                found = self._look(plane, likely if shape is None else shape)
                if isinstance(found, Stop) and shape is not None:
                    found = Proposal(plane, shape, 0.0, f"interpolated: {found.reason}")
                if isinstance(found, Stop):
                    self.stops.append(found)
                    self._walk.expect(done - len(route.planes))
                    return
                self.proposals.append(found)
                likely = found.region
            self._walk.step()

    def _look(self, plane: int, likely: Region) -> Proposal | Stop:
        values = self._mask[plane]
        others = (values != self._label) & (values != 0)
        free = likely & ~others
        if not free.any():
            return Stop(plane, "another label lies there" if likely.any() else "nothing is left")
        bare = np.broadcast_to(np.where(others, values, 0), self._mask.shape)
        click = Click((deepest_point(free),))
        answer = refine(
            self._scan,
            bare,
            [click],
            plane=plane,
            label=self._label,
            prior=likely,
            models=self._models,
        )
        self.model = answer.model
        region = np.zeros_like(likely)
        region[answer.index[1:]] = answer.values == self._label
        return _judged(plane, region, free, answer.expected_overlap, answer.seen, self.limits)


def _judged(
    plane: int, region: Region, likely: Region, expected: float, seen: bool, limits: Limits
) -> Proposal | Stop:
    """Propose an outline, with a word of doubt; or say why the way ends before it."""
    either = max(1, int(np.count_nonzero(region | likely)))
    shared = int(np.count_nonzero(region & likely)) / either
    areas = int(np.count_nonzero(region)), int(np.count_nonzero(likely))
    ratio = max(areas) / max(1, min(areas))
    if not seen:
        return Stop(plane, "the network sees no lesion there")
    reasons = (
        (expected, limits.least_expected, limits.sure_expected, "the network expects to be off"),
        (shared, limits.least_shared, limits.sure_shared, "it lies elsewhere than its neighbor"),
        (-ratio, -limits.jump, -limits.small_jump, "its area jumps"),
    )
    for value, least, _, reason in reasons:
        if value < least:
            return Stop(plane, reason)
    doubt = next((reason for value, _, sure, reason in reasons if value < sure), "")
    return Proposal(plane, region, expected, doubt)
