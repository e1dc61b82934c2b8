"""One mask of several raters': what most of them say, or what STAPLE makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, MulticancerError
from napari_multicancer.io.masks import Ground
from napari_multicancer.project.agreement.options import METHOD_NAMES
from napari_multicancer.project.agreement.pairs import newest_of_people
from napari_multicancer.project.final import final_version
from napari_multicancer.project.opening import open_labels, open_scan
from napari_multicancer.project.project import Project
from napari_multicancer.project.records import MaskVersion, VersionKind

Masks = Sequence[NDArray[Any]]


def majority(masks: Masks) -> NDArray[np.uint16]:
    """Give each pixel the label that more than half of the raters gave it.

    Parameters
    ----------
    masks : sequence of ndarray of integer, all of one shape
    """
    return _by_shares(masks, lambda ours: np.mean(ours, axis=0))


def staple(masks: Masks) -> NDArray[np.uint16]:
    """Weigh raters by how well they do, by expectation and maximization, label by label.

    Parameters
    ----------
    masks : sequence of ndarray of integer, all of one shape

    Raises
    ------
    MulticancerError
        SimpleITK is not installed.

    References
    ----------
    Warfield, Zou and Wells 2004, "Simultaneous Truth and Performance Level Estimation (STAPLE)".
    """
    try:
        import SimpleITK
    except ImportError as error:
        raise MulticancerError(
            'STAPLE needs SimpleITK: pip install "napari-multicancer[consensus]"'
        ) from error

    def shares(ours: NDArray[np.bool_]) -> NDArray[np.float64]:
        images = [SimpleITK.GetImageFromArray(one.astype(np.uint8)) for one in ours]
        found = SimpleITK.STAPLE(images, 1.0)  # type: ignore[no-untyped-call]
        return np.asarray(SimpleITK.GetArrayFromImage(found))

    return _by_shares(masks, shares)


METHODS: Mapping[str, Callable[[Masks], NDArray[np.uint16]]] = dict(
    zip(METHOD_NAMES, (majority, staple), strict=True)
)


def one_a_rater(versions: Sequence[MaskVersion]) -> list[MaskVersion]:
    """Choose each rater's mask: the newest that counts or counted, else the newest second one.

    A rater's own second outline is for comparison, and no second rater's.
    """
    drawn = newest_of_people(versions)
    seconds = [one for one in drawn if one.kind is VersionKind.SECOND]
    firsts = [one for one in drawn if one.kind is not VersionKind.SECOND]
    return list({one.maker: one for one in (*seconds, *firsts)}.values())


def save_consensus(project: Project, scan: int, method: str) -> MaskVersion:
    """Make of the raters' masks, one each, one more version, which counts from then on.

    One that was made of the same masks by the same method is not made again.

    Raises
    ------
    MaskError
        Fewer than two people outlined the scan.
    """
    drawn = one_a_rater(project.versions(scan))
    listed = project.scan(scan)
    if len(drawn) < 2:
        raise MaskError(
            f"{listed.name} was not outlined by two people: a consensus needs masks of two or more."
        )
    makers = sorted({version.maker for version in drawn})
    maker = f"{method} of {', '.join(makers)}"
    known = final_version(project.versions(scan))
    newest = max(version.number for version in drawn)
    if known is not None and known.maker == maker and known.number > newest and known.fits:
        return known
    opened = open_scan(project, listed)
    masks = [open_labels(opened, version) for version in drawn]
    told = {"source": opened.name, "consensus": method, "raters": len(makers)}
    return project.save_mask(
        scan,
        METHODS[method](masks),
        Ground.of(opened),
        told,
        kind=VersionKind.CONSENSUS,
        maker=maker,
    )


def _by_shares(
    masks: Masks, shares: Callable[[NDArray[np.bool_]], NDArray[np.float64]]
) -> NDArray[np.uint16]:
    """Give each pixel the label of the largest share, where that is above one half."""
    result = np.zeros(masks[0].shape, np.uint16)
    best = np.full(masks[0].shape, 0.5)
    for label in sorted({int(value) for mask in masks for value in np.unique(mask)} - {0}):
        ours = np.stack([np.equal(mask, label) for mask in masks])
        share = shares(ours)
        wins = share > best
        result[wins], best[wins] = label, share[wins]
    return result
