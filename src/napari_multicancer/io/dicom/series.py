"""Folders of DICOM files: which scans they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from napari_multicancer.io.dicom import is_dicomdir
from napari_multicancer.io.dicom.directory import listed_files
from napari_multicancer.io.dicom.header import Header, read_header
from napari_multicancer.io.dicom.sniff import begins_like_dicom
from napari_multicancer.io.dicom.together import are_unordered, stacks_of
from napari_multicancer.io.files import SERIES_MARK
from napari_multicancer.io.row import head_of


@dataclass(frozen=True)
class DicomSeries:
    """One scan of a folder: a series of slices, or a single file.

    Attributes
    ----------
    path : Path
        By which `load_scan` finds it again: of a single file its own, of a series
        its folder where that holds nothing else, else "FOLDER#SERIESNUMBER"
        ("FOLDER#SERIESNUMBER-2" for a second one of the same number).
    modality : str
        Such as "MR".
    files : tuple of Path
        By InstanceNumber.
    headers : tuple of Header
        Of the files, in their order.
    unread : tuple of Path
        Files of the same folder of which not even the header can be read.
    unplaced : tuple of Path
        Slices of the same series that do not say where they lie, as these do.
    n_apart : int
        Of a slice by itself: how many slices of its series nothing puts in order.
    """

    path: Path
    modality: str
    files: tuple[Path, ...]
    headers: tuple[Header, ...] = field(repr=False)
    unread: tuple[Path, ...] = ()
    unplaced: tuple[Path, ...] = ()
    n_apart: int = 0

    @property
    def is_damaged(self) -> bool:
        """Whether it is a file whose header cannot be read."""
        return self.headers[0].is_damaged


def group_files(folder: Path, files: Iterable[Path]) -> list[DicomSeries]:
    """Group files into scans; those that are no DICOM pictures are left out.

    Which are slices of one scan, `together.stacks_of` says. Multi-frame files, and pictures
    that do not tell their place (ultrasound, screen captures), are scans of their own. Reports,
    plans and segmentations are left out.

    Parameters
    ----------
    folder : Path
        After which the series are called.
    files : iterable of Path
        Of DICOM files; where one is a DICOMDIR, those that it lists count in their place.

    Raises
    ------
    UnreadableFileError
        The DICOMDIR is damaged or names missing files.
    """
    files = list(files)
    files = next((listed_files(file) for file in files if is_dicomdir(file)), files)
    headers = {file: read_header(file) for file in files}
    groups = stacks_of(header for header in headers.values() if header is not None)
    unread = tuple(file for file, header in headers.items() if _is_unread(file, header))
    for group in groups:
        group.sort(key=lambda header: (header.instance_number, header.path))
    groups.sort(key=lambda group: (group[0].series_number, group[0].series, group[0].path))
    apart: dict[str, list[Header]] = defaultdict(list)
    for group in groups:
        if group[0].series and len(group) == 1 and group[0].is_slice:
            apart[group[0].series] += group
    return [
        DicomSeries(
            path,
            group[0].modality,
            tuple(one.path for one in group),
            tuple(group),
            unread,
            _unplaced(group, apart[group[0].series]),
            len(apart[group[0].series]) if are_unordered(apart[group[0].series], group) else 0,
        )
        for path, group in zip(_paths(folder, groups), groups, strict=True)
    ]


def _unplaced(group: list[Header], apart: list[Header]) -> tuple[Path, ...]:
    """Give the slices by themselves that the series of others, which lie somewhere, has."""
    if len(group) == 1 or group[0].position is None:
        return ()
    return tuple(one.path for one in apart if one.position is None)


def _is_unread(file: Path, header: Header | None) -> bool:
    """Say whether a file is damaged so early that it does not tell its series."""
    if header is not None:
        return header.is_damaged
    try:
        return not begins_like_dicom(head_of(file))
    except OSError:
        return False


def _paths(folder: Path, groups: list[list[Header]]) -> Iterator[Path]:
    """Give each group the path that stands for it, see `DicomSeries`."""
    named = folder if folder.name.strip(".") else folder.resolve()
    seen: dict[int, int] = defaultdict(int)
    is_only_one = sum(not group[0].is_damaged for group in groups) == 1
    for group in groups:
        if len(group) == 1:
            yield group[0].path
        elif is_only_one:
            yield named
        else:
            number = group[0].series_number
            seen[number] += 1
            again = f"-{seen[number]}" if seen[number] > 1 else ""
            yield Path(f"{named}{SERIES_MARK}{number}{again}")
