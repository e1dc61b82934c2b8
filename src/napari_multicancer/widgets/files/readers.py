"""Readers: scans as image layers, masks as Labels layers, of all formats of the table."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.widgets.common.notify import tell

if TYPE_CHECKING:
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io.formats import Series

LayerData = tuple[Any, dict[str, Any], str]
Reader = Callable[[str | Sequence[str]], list[Any]]
SEARCHED_FILES = 2_000
"""So many files of a folder are looked at before it is declined."""
NOTHING: list[Any] = [(None,)]
"""What npe2 takes for "read, but there is no layer in it"."""


def get_scan_reader(path: str | Sequence[str]) -> Reader | None:
    """Offer to read files of the table's formats that napari cannot, and folders with such series.

    Anything else is declined with None.
    """
    from napari_multicancer.io.formats import formats

    ours = tuple(end for row in formats() if row.in_napari for end in row.suffixes)
    for one in _paths(path):
        is_ours = one.name.lower().endswith(ours)
        if not (_holds_series(one) if one.is_dir() or not one.suffix else is_ours):
            return None
    return read_scans


def read_scans(path: str | Sequence[str]) -> list[Any]:
    """Read scans as image layers, with their voxel size as scale in mm, and masks over them.

    A folder, or an index such as a DICOMDIR, gives a layer for each series in it and in the
    folders inside it; several files of series, as napari opens a stack, one for each
    series among them. Files that are certain to be masks become Labels layers, after the scans.
    What cannot be read gives a notification and no layer.
    """
    from napari_multicancer.io.load import is_mask, load_scan, load_series
    from napari_multicancer.widgets.files.mask_files import mask_data

    paths = _paths(path)
    masks = [one for one in paths if is_mask(one)]
    layers: list[Any] = []
    for one in _scans([one for one in paths if one not in masks]):
        load = partial(load_scan, one) if isinstance(one, Path) else partial(load_series, one)
        name = one.name if isinstance(one, Path) else one.path.name
        layers += _read(partial(_loaded, load), name)
    scans = tuple(layers)
    for mask in masks:
        layers += _read(partial(mask_data, mask, scans), mask.name)
    return layers or NOTHING


def _read(read: Callable[[], LayerData], name: str) -> list[LayerData]:
    """Read one layer, or tell why there is none."""
    try:
        return [read()]
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        tell(error, f"opening {name}")
        return []


def _loaded(load: Callable[[], Scan]) -> LayerData:
    return _layer_data(load())


def _layer_data(scan: Scan) -> LayerData:
    """Turn a scan into a layer that is shown as its file wants."""
    from napari_multicancer.widgets.common.layers import layer_data

    pixels, keywords, kind = layer_data(scan)
    if scan.contrast_limits is not None:
        keywords["contrast_limits"] = scan.contrast_limits
    return pixels, keywords, kind


def _scans(paths: list[Path]) -> list[Path | Series]:
    """Find the scans that paths mean; those of a folder or a stack of files may be several."""
    from napari_multicancer.io.folders import group_files, is_index, is_part, list_series

    if len(paths) > 1 and all(map(is_part, paths)):
        grouped = group_files(paths[0].parent, paths)
        known = {file for series in grouped for file in series.files}
        return [*grouped, *(one for one in paths if one not in known)]
    found: list[Path | Series] = []
    for one in paths:
        if not (one.is_dir() or is_index(one)):
            found.append(one)
            continue
        try:
            found += list_series(one, recursive=True)
        except MulticancerError as error:
            tell(error, f"opening {one.name}")
    return found


def _holds_series(path: Path) -> bool:
    """Say whether a file without a suffix may be part of a series, or a folder has one such."""
    from napari_multicancer.io.folders import is_index, is_part

    if not path.is_dir():
        return is_index(path) or is_part(path)
    files = (Path(here, name) for here, _, names in os.walk(path) for name in sorted(names))
    return any(is_part(file) for file in islice(files, SEARCHED_FILES))


def get_mask_reader(path: str | Sequence[str]) -> Reader | None:
    """Offer to read files that are certain to be masks; decline all others with None."""
    from napari_multicancer.io.load import is_mask

    return read_masks if all(map(is_mask, _paths(path))) else None


def read_masks(path: str | Sequence[str]) -> list[Any]:
    """Read masks as Labels layers that lie where they lay when they were saved."""
    from napari_multicancer.widgets.files.mask_files import mask_data

    return [mask_data(one) for one in _paths(path)]


def _paths(path: str | Sequence[str]) -> list[Path]:
    return [Path(path)] if isinstance(path, str) else [Path(one) for one in path]
