"""Which pictures are slices of one stack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.io.dicom.header import Header
from napari_multicancer.io.dicom.marks import N_CONTRASTS
from napari_multicancer.io.dicom.order import (
    SAME_DIRECTION,
    SAME_PLACE,
    UNEVEN,
    along_line,
)
from napari_multicancer.io.dicom.regions import SAME_SCALE

_FEWEST = 3
"""Slices that only their even distances, or their numbers, tell to be a stack."""
_TAKEN_IN_SLICES = ("MR", "CT", "PT", "NM")
"""Modalities whose pictures follow each other in space where they are numbered."""


def stacks_of(headers: Iterable[Header]) -> list[list[Header]]:
    """Sort pictures into scans.

    Slices of one SeriesInstanceUID that say where they lie in the patient are one scan, and so
    are those that say SliceLocation, or (of a modality that takes slices) have InstanceNumbers, or
    places on a line without a direction; of several contrasts, those of each.
    Others, and slices that are each the only one of their series, are one where they are alike,
    of one study and contrast, and lie evenly one above another. Mosaics of one series and
    contrast, each with a number of its own, are one. What is left is a scan by itself.

    Parameters
    ----------
    headers : iterable of Header

    Returns
    -------
    list of list of Header
        In no order.
    """
    headers = list(headers)
    stacks = [[header] for header in headers if not (header.is_slice or header.is_mosaic)]
    mosaics = (header for header in headers if header.is_mosaic)
    for one in _sorted_by(_kind_of_mosaic, mosaics):
        numbers = {header.instance_number for header in one}
        is_numbered = one[0].series and len(numbers) == len(one)
        stacks += [one] if is_numbered else [[header] for header in one]
    alone: list[Header] = []
    slices = (header for header in headers if header.is_slice)
    for one in _sorted_by(lambda header: (header.series, header.position is not None), slices):
        if len(one) > 1 and one[0].series and (one[0].position is not None or _is_ordered(one)):
            stacks.append(one)
            continue
        for of_one_contrast in _sorted_by(_contrast, one):
            if len(of_one_contrast) >= _FEWEST and one[0].series and _is_ordered(of_one_contrast):
                stacks.append(of_one_contrast)
            else:
                alone += of_one_contrast
    for kin in _sorted_by(_kind, alone):
        for alike in _alike(kin) if len(kin) >= _FEWEST else [kin]:
            stacks += _even_stacks(alike)
    return stacks


def line_of(headers: Sequence[Header]) -> NDArray[np.float64] | None:
    """Find where slices without a direction lie along the line of their places, in mm.

    None where not all have a place and no direction, or places make no line.
    """
    points = [header.point for header in headers if header.point is not None]
    return along_line(np.array(points, float)) if len(points) == len(headers) else None


def same_spacing(headers: Sequence[Header]) -> bool:
    """Say whether spacings are one, rounded differently; a slice that says none goes with all."""
    said = np.array([header.spacing for header in headers if header.spacing]).reshape(-1, 2)
    return not len(said) or np.allclose(said, np.median(said, axis=0), rtol=SAME_SCALE, atol=0)


def are_unordered(slices: Sequence[Header], of: Sequence[Header]) -> bool:
    """Say whether the slices of a series would be one stack, did they tell their order.

    Parameters
    ----------
    slices : sequence of Header
        Those of one series that are scans by themselves.
    of : sequence of Header
        One of them, or a stack of the same series.
    """
    numbers = {one.instance_number for one in slices}
    return (
        len(of) == 1
        and of[0] in slices
        and len(slices) >= _FEWEST
        and not (min(numbers) > 0 and len(numbers) == len(slices))
        and all(map(is_unplaced_slice, slices))
        and len({one.shape for one in slices}) == 1
    )


def is_unplaced_slice(header: Header) -> bool:
    """Say whether a picture is one of a modality that takes slices, and does not say its place."""
    return (
        header.is_slice
        and header.modality in _TAKEN_IN_SLICES
        and not header.is_localizer
        and header.position is None
    )


def _sorted_by(
    key: Callable[[Header], Hashable], headers: Iterable[Header]
) -> Iterable[list[Header]]:
    found: dict[Hashable, list[Header]] = defaultdict(list)
    for header in headers:
        found[key(header)].append(header)
    return found.values()


def _is_ordered(slices: list[Header]) -> bool:
    """Say whether slices of a series, without a position, tell their order otherwise."""
    if slices[0].is_localizer or len({header.shape for header in slices}) > 1:
        return False
    if line_of(slices) is not None:
        return True
    locations = {header.location for header in slices}
    if None not in locations and len(locations) > 1:
        return True
    numbers = {header.instance_number for header in slices}
    is_numbered = min(numbers) > 0 and len(numbers) == len(slices) >= _FEWEST
    is_grey = slices[0].shape[2] == 1
    is_one = is_grey and len({_contrast(header) for header in slices}) == 1 and same_spacing(slices)
    return is_numbered and is_one and slices[0].modality in _TAKEN_IN_SLICES


def _contrast(header: Header) -> Hashable:
    """Give what is the same for all slices of one stack, and differs between contrasts."""
    return header.contrast, header.marks[:N_CONTRASTS]


def _kind_of_mosaic(header: Header) -> Hashable:
    """Give what mosaics that were taken one after another have in common."""
    return header.series, header.shape, header.spacing, header.contrast


def _kind(header: Header) -> Hashable:
    """Give what slices of one stack have in common, each of which is a series of its own."""
    known = header.position, header.point, header.location
    if header.is_localizer or all(one is None for one in known):
        return header.path
    is_placed = header.position is not None, header.point is not None
    return header.study, header.modality, header.shape, header.contrast, is_placed


def _alike(headers: list[Header]) -> list[list[Header]]:
    """Part slices of different spacings and directions."""
    found: list[list[Header]] = []
    for header in headers:
        for group in found:
            if same_spacing([group[0], header]) and _same_direction(group[0], header):
                group.append(header)
                break
        else:
            found.append([header])
    return found


def _same_direction(one: Header, other: Header) -> bool:
    if one.orientation is None or other.orientation is None:
        return one.orientation == other.orientation
    return bool(np.abs(np.subtract(one.orientation, other.orientation)).max() <= SAME_DIRECTION)


def _even_stacks(headers: list[Header]) -> list[list[Header]]:
    """Give slices as one stack, or those that lie straight above each other; others singly."""
    if _lie_evenly(headers):
        return [headers]
    stacks: list[list[Header]] = []
    for column in _sorted_by(_foot, headers):
        stacks += [column] if _lie_evenly(column) else [[header] for header in column]
    return stacks


def _foot(header: Header) -> Hashable:
    """Give where the normal through a slice's first pixel meets the origin's plane."""
    if header.orientation is None or header.position is None:
        return None
    normal = np.cross(header.orientation[:3], header.orientation[3:])
    foot = header.position - np.dot(header.position, normal) * normal
    return tuple(np.round(foot, 1) + 0.0)


def _lie_evenly(headers: list[Header]) -> bool:
    """Say whether slices lie one above another, each as far from the last as all others."""
    if len(headers) < _FEWEST:
        return False
    places, along = _places(headers)
    steps = np.diff(places[np.argsort(along)], axis=0)
    usual = np.median(steps, axis=0)
    distance = float(np.linalg.norm(usual))
    if distance <= SAME_PLACE or np.diff(np.sort(along)).min() <= SAME_PLACE:
        return False
    return bool(np.linalg.norm(steps - usual, axis=1).max() <= UNEVEN * distance)


def _places(headers: list[Header]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give places of slices, all of which have one, and how far along their normal these are."""
    orientation = headers[0].orientation
    if (line := line_of(headers)) is not None:
        return np.array([header.point for header in headers], float), line
    if orientation is None and any(header.location is None for header in headers):
        return np.zeros((len(headers), 1)), np.zeros(len(headers))  # they lie nowhere together
    if orientation is None:
        places = np.array([[header.location] for header in headers], float)
        return places, places[:, 0]
    places = np.array([header.position for header in headers], float)
    return places, places @ np.cross(orientation[:3], orientation[3:])
