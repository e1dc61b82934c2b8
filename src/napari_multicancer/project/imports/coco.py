"""Outlines of a COCO file, put together again as the masks of whole scans."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, MulticancerError, UnreadableFileError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.formats import stem
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.exports.polygons import drawn
from napari_multicancer.project.exports.run_length import from_run_lengths, unpacked
from napari_multicancer.project.final import LESION
from napari_multicancer.project.imports.found import FoundMask
from napari_multicancer.project.imports.matching import Matcher, plane_of
from napari_multicancer.project.records import ListedScan

Entry = Mapping[str, Any]


def coco_masks(project: OpenList, path: Path) -> Iterator[FoundMask]:
    """Find the scans that a COCO file outlines: polygons, and runs packed or not.

    A picture without outlines is an empty mask. What belongs to one stack is one mask.

    Raises
    ------
    UnreadableFileError
        It is not there, or no COCO file.
    """
    if not path.exists():
        raise UnreadableFileError(f"There is no file {path}: check its name.")
    try:
        content = json.loads(path.read_text("utf-8"))
        outlined = defaultdict(list)
        for one in content.get("annotations", []):
            outlined[one["image_id"]].append(one)
        names = {one["id"]: str(one["name"]) for one in content.get("categories", [])}
        pictures = [(str(one["file_name"]), one) for one in content["images"]]
        ids = [one["id"] for _, one in pictures]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFileError(
            f"{path} is no COCO file: choose one with images and annotations."
        ) from error
    matcher = Matcher(project, path)
    stacks: dict[Any, list[tuple[str, Entry, list[Entry]]]] = defaultdict(list)
    for number, (name, picture) in zip(ids, pictures, strict=True):
        found = _scan(matcher, name)
        key = found.id if isinstance(found, ListedScan) else (name, number)
        stacks[key].append((name, picture, outlined[number]))
    for parts in stacks.values():
        name = parts[0][0]
        yield FoundMask(
            name, partial(_match, matcher, name), partial(_labels, parts), _finding(parts, names)
        )


def _match(matcher: Matcher, name: str) -> ListedScan:
    return matcher.scan(Path(name).with_name(stem(Path(name))).as_posix())


def _scan(matcher: Matcher, name: str) -> ListedScan | None:
    try:
        return _match(matcher, name)
    except MulticancerError:
        return None  # it says why when it is asked for


def _finding(parts: Sequence[tuple[str, Entry, list[Entry]]], names: Mapping[Any, str]) -> str:
    """Name what is outlined, where it is all of one class."""
    found = {names.get(one.get("category_id"), "") for *_, some in parts for one in some}
    found.discard(LESION)
    return found.pop() if len(found) == 1 else ""


def _labels(parts: Sequence[tuple[str, Entry, list[Entry]]], scan: Scan) -> NDArray[Any]:
    labels = np.zeros(scan.spatial_shape, np.uint16)
    for name, picture, outlines in parts:
        plane = picture.get("plane", plane_of(Path(name).stem)[1] or 0)
        if not isinstance(plane, int) or not 0 <= plane < scan.n_planes:
            raise MaskError(f"{name} is plane {plane}, which {scan.name} has not.")
        target = labels[scan.position(plane)]
        for one in outlines:
            _check_size(one, name, picture, target.shape)
            outlined = _drawn(one, name, target.shape)
            value = one.get("label", 1)
            target[outlined] = value if isinstance(value, int) and 0 < value <= 65535 else 1
    return labels


def _check_size(annotation: Entry, name: str, picture: Entry, wanted: tuple[int, ...]) -> None:
    """Refuse an outline of a picture of another size, before anything is drawn.

    Raises
    ------
    MaskError
    """
    outline = annotation.get("segmentation")
    size = [picture.get("height"), picture.get("width")]
    if isinstance(outline, Mapping):
        size = outline.get("size", size)
    if list(size) != list(wanted):
        sizes = [" x ".join(map(str, shape)) for shape in (size, wanted)]
        raise MaskError(f"{name} measures {sizes[0]}, but its scan {sizes[1]}: choose that scan.")


def _drawn(annotation: Entry, name: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Draw one annotation on its picture.

    Raises
    ------
    UnreadableFileError
        It is no outline.
    """
    height, width = shape
    try:
        outline = annotation["segmentation"]
        if isinstance(outline, Mapping):
            counts = outline["counts"]
            runs = unpacked(counts) if isinstance(counts, str) else [int(run) for run in counts]
            return from_run_lengths(runs, height, width)
        polygons = [[float(one) for one in polygon] for polygon in outline]
        if not np.isfinite(list(chain.from_iterable(polygons))).all():
            raise ValueError("no number")
        return drawn(polygons, (height, width))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableFileError(
            f"An outline of {name} cannot be read: export it again."
        ) from error
