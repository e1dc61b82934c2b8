"""Readers: scans as image layers, masks as Labels layers, of all formats of the table."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell

if TYPE_CHECKING:
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io.row import Series

LayerData = tuple[Any, dict[str, Any], str]
Reader = Callable[[str | Sequence[str]], list[Any]]
Told = Callable[[BaseException, str], object]
"""Hears why something was not read, and what was being done then."""
SEARCHED_FILES = 2_000
"""So many files of a folder are looked at before it is declined."""
SHOWN_KINDS = "buif"
"""Of numbers that napari shows."""
MOST_FILES = 20
"""Of a folder without series, that are opened at once."""
NOTHING: list[Any] = [(None,)]
"""What npe2 takes for "read, but there is no layer in it"."""


def get_scan_reader(path: str | Sequence[str]) -> Reader | None:
    """Offer to read files of the table's formats that napari cannot, and folders with such series.

    A file whose name says nothing is told by its first bytes. Anything else is declined with None.
    """
    from napari_multicancer.io.formats import formats

    ours = tuple(end for row in formats() if row.in_napari for end in row.suffixes)
    for one in _paths(path):
        is_named_so = not one.is_dir() and one.name.lower().endswith(ours)
        is_ours = is_named_so or _is_partner(one) or _holds_series(one)
        if not (is_ours or _is_told_by_bytes(one)):
            return None
    return read_scans


def read_scans(path: str | Sequence[str]) -> list[Any]:
    """Read scans as image layers, with their voxel size as scale in mm, and masks over them.

    A folder, or an index such as a DICOMDIR, gives a layer for each series in it and in the
    folders inside it; several files of series, as napari opens a stack, one for each
    series among them. Files that are certain to be masks become Labels layers, after the scans.
    What cannot be read gives a notification and no layer.
    """
    return read_layers(_paths(path), tell) or NOTHING


def read_layers(paths: Sequence[Path], told: Told) -> list[LayerData]:
    """Read scans and masks as `read_scans` does.

    Parameters
    ----------
    paths : sequence of Path
    told : callable
        Hears why a scan or a mask could not be read.
    """
    from napari_multicancer.io.load import is_mask
    from napari_multicancer.widgets.files.mask_files import mask_data

    masks = [one for one in paths if is_mask(one)]
    layers: list[LayerData] = []
    for one in scans_among([one for one in paths if one not in masks], told):
        layers += _read(partial(_loaded, one, told), _name_of(one), told)
    scans = tuple(layers)
    for mask in masks:
        layers += _read(partial(mask_data, mask, scans), mask.name, told)
    return layers


def _read(read: Callable[[], LayerData], name: str, told: Told) -> list[LayerData]:
    """Read one layer, or tell why there is none."""
    try:
        return [read()]
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        told(error, f"opening {name}")
        return []


def _loaded(one: Path | Series, told: Told) -> LayerData:
    from napari_multicancer.io.files import UNREAD

    scan = loaded(one)
    for note in scan.notes:
        if UNREAD in note:
            told(UnreadableFileError(note), f"opening {scan.name}")
    return scan_layer(scan)


def _name_of(one: Path | Series) -> str:
    return one.name if isinstance(one, Path) else one.path.name


def loaded(one: Path | Series) -> Scan:
    """Load one of the scans that `scans_among` gives.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `load_scan`; or napari cannot show such pixels.
    """
    from napari_multicancer.io.load import load_scan, load_series

    scan = load_scan(one) if isinstance(one, Path) else load_series(one)
    if 0 in scan.pixels.shape or scan.pixels.dtype.kind not in SHOWN_KINDS:
        scan.check()
    return scan


def scan_layer(scan: Scan) -> LayerData:
    """Turn a scan into a layer that is shown as its file wants."""
    from napari_multicancer.widgets.common.layers import layer_data

    pixels, keywords, kind = layer_data(scan)
    if scan.contrast_limits is not None:
        keywords["contrast_limits"] = scan.contrast_limits
    return pixels, keywords, kind


def scans_among(paths: Sequence[Path], told: Told) -> list[Path | Series]:
    """Find the scans that paths mean: those of folders, and of files that belong together.

    Parameters
    ----------
    paths : sequence of Path
    told : callable
        Hears why a folder, or files that belong together, could not be looked through.
    """
    from napari_multicancer.io.folders import is_index, is_part

    slices = [one for one in paths if is_part(one) and not is_index(one)]
    together = slices if len(slices) > 1 else []
    meant = [partial(_grouped, together)] if together else []
    meant += [partial(_scans_at, one) for one in paths if one not in together]
    found: list[Path | Series] = []
    for find in meant:
        try:
            found += find()
        except MulticancerError as error:
            told(error, tr("opening scans"))
    return found


def _grouped(slices: Sequence[Path]) -> list[Path | Series]:
    """Find the series that files make, and those that are no part of one."""
    from napari_multicancer.io.folders import group_files

    found: list[Path | Series] = []
    for folder in dict.fromkeys(one.parent for one in slices):
        here = [one for one in slices if one.parent == folder]
        series = group_files(folder, here)
        known = {file for one in series for file in one.files}
        found += [*series, *(one for one in here if one not in known)]
    return found


def _scans_at(path: Path) -> list[Path | Series]:
    """Find the scans of a folder or an index; a file is its own."""
    from napari_multicancer.io.folders import group_files, is_container, is_index, list_series

    if is_container(path):
        return [*group_files(path.parent, [path])]
    if path.is_dir() or is_index(path):
        return [*list_series(path, recursive=True)] or [*_files_in(path)]
    return [path]


def _files_in(folder: Path) -> list[Path]:
    """List the scans of a folder in which no series lies.

    Raises
    ------
    UnreadableFileError
        There are none, or too many to be layers of one window.
    """
    from napari_multicancer.io.unread import is_called_a_scan

    shown = (one for one in sorted(folder.iterdir()) if not one.name.startswith("."))
    files = [one for one in shown if one.is_file() and is_called_a_scan(one)]
    if not files:
        raise UnreadableFileError(
            tr("There are no scans in {folder}: choose another folder.", folder=folder)
        )
    if len(files) > MOST_FILES:
        raise UnreadableFileError(
            tr(
                "{folder} holds {scans} scans, more than {most} that open at once: "
                "choose some of its files, or open the folder on the tab Scans.",
                folder=folder,
                scans=len(files),
                most=MOST_FILES,
            )
        )
    return files


def _is_partner(path: Path) -> bool:
    """Say whether a file stands beside one of ours, and begins as such a file does."""
    from napari_multicancer.io.formats import formats
    from napari_multicancer.io.row import head_of

    rows = [row for row in formats() if path.name.lower().endswith(row.partners)]
    if not rows or not path.is_file():
        return False
    head = head_of(path)
    return any(row.begins(head) for row in rows)


def _is_told_by_bytes(path: Path) -> bool:
    """Say whether a file whose name says nothing begins as one of the table's formats does."""
    from napari_multicancer.io.formats import formats
    from napari_multicancer.io.row import head_of

    says_nothing = not path.suffix or path.suffix[1:].isdecimal()
    if not says_nothing or not path.is_file():
        return False
    try:
        head = head_of(path)
    except OSError:
        return False
    return any(row.read and row.begins(head) for row in formats())


def _holds_series(path: Path) -> bool:
    """Say whether a file may be part of a series, or a folder has one such."""
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
