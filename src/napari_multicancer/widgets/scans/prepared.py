"""A scan of the list read in a thread: its pixels, the mask to begin with, and what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.core.masks.record import MaskRecord, PackedMask
from napari_multicancer.project.final import STARTING_POINTS, STOOD_FOR, final_version
from napari_multicancer.project.records import MaskVersion, State, VersionKind
from napari_multicancer.translation import tr
from napari_multicancer.widgets.scans.answer import answer, with_mask

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io.snapshots.snapshot import Snapshot
    from napari_multicancer.project import Project
    from napari_multicancer.project.records import ListedScan

LayerData = tuple[Any, dict[str, Any], str]


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that is to be shown of a scan.

    Attributes
    ----------
    scan : ListedScan
    image : layer data tuple
    labels : ndarray of integer
        The mask to begin with, in the shape of the layer; empty where there is none.
    record : MaskRecord
        What is known of it.
    answer : Analysis or None
        Of the models, without planes or mask.
    outline : Analysis
        The same with the mask.
    version : MaskVersion or None
        Which the mask is; None for an empty one.
    stamp : tuple
        Changes when something else is to be shown.
    first : PackedMask
        The mask, compressed.
    blind : bool
        Other people's masks are left out.
    second : bool
        What is drawn is a second outline, kept beside the first.
    snapshot : Snapshot or None
        The automatic copy from which strokes were brought back.
    changed : bool
        The scan is not as it was when it was listed or outlined.
    unread : bool
        There are masks, none of which could be read.
    told : tuple of str
        Sentences for the user.
    finding : str
        What the rater of a second outline says that the scan shows.
    """

    scan: ListedScan
    image: LayerData
    labels: NDArray[Any]
    record: MaskRecord
    answer: Analysis | None
    outline: Analysis
    version: MaskVersion | None
    stamp: tuple[object, ...]
    first: PackedMask
    blind: bool = False
    second: bool = False
    snapshot: Snapshot | None = None
    changed: bool = False
    unread: bool = False
    told: tuple[str, ...] = ()
    finding: str = ""


@dataclass(eq=False)
class _Mask:
    """The mask to begin with, as it is found."""

    labels: NDArray[Any]
    record: MaskRecord = field(default_factory=MaskRecord)
    version: MaskVersion | None = None
    snapshot: Snapshot | None = None
    unread: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def stamp(project: Project, scan: ListedScan, blind: bool) -> tuple[object, ...]:
    """Give what changes when something else of a scan is to be shown."""
    versions = project.versions(scan.id)
    blind = blind or is_drawn_blind(project, scan.id)
    second = is_second(project, scan.id, blind)
    return (
        blind,
        second,
        scan.treated_as,
        scan.organ,
        scan.said_finding,
        *(one.id for one in versions),
        *_times(versions),
    )


def is_drawn_blind(project: Project, number: int) -> bool:
    """Say whether the person sees no other's mask: asked for a second outline, or to mend it.

    Who has drawn one of a scan whose mask is somebody else's goes on with their own.
    """
    versions = project.versions(number)
    if versions and not project.shown_versions(number):
        return True
    final = final_version(versions)
    is_own = final is not None and final.maker == project.who
    return not is_own and project.drew_blind(number)


def is_second(project: Project, number: int, blind: bool) -> bool:
    """Say whether what the person draws is kept beside a mask that another one stands for.

    What is drawn blindly where nobody has stood for a mask yet is the first.
    """
    if is_asked(project, number):
        return True
    return blind and any(
        one.kind in (*STOOD_FOR, VersionKind.SECOND) for one in project.versions(number)
    )


def is_asked(project: Project, number: int) -> bool:
    """Say whether the person was asked for a second outline, which is not drawn yet."""
    return any(one.scan == number for one in project.asked())


def _times(versions: Sequence[MaskVersion]) -> list[object]:
    return [one.at for one in versions[-1:]]


def prepare(project: Project, number: int, blind: bool) -> Prepared:
    """Read a scan, its mask and what is known of both.

    Parameters
    ----------
    project : Project
    number : int
        A `ListedScan.id`.
    blind : bool
        Leave out other people's masks and the models'.

    Raises
    ------
    UnreadableFileError
        The scan is gone, or is not on this machine.
    MulticancerError
        It cannot be read.
    """
    import pandas  # noqa: F401  napari needs it for the first Labels layer

    from napari_multicancer.project.changed import is_changed
    from napari_multicancer.project.places import sentence
    from napari_multicancer.project.records import Condition
    from napari_multicancer.widgets.files.readers import loaded, scan_layer

    blind = blind or is_drawn_blind(project, number)
    known = project.scan(number)
    located = project.locate(number)
    if isinstance(located.path, str):
        raise UnreadableFileError(
            tr("{path} is not on this machine: fetch it, then open the copy.", path=located.path)
        )
    if located.condition is Condition.GONE:
        raise UnreadableFileError(sentence(located))
    changed = is_changed(project, number, located)
    scan = loaded(located.path)
    found = _mask(project, known, scan, blind)
    said = answer(known, found.record.provenance)
    own = found.version is not None and found.version.kind is VersionKind.SECOND
    return Prepared(
        scan=known,
        image=scan_layer(scan),
        labels=found.labels,
        record=found.record,
        answer=None if blind else said,
        outline=with_mask(said, found.labels),
        version=found.version,
        stamp=stamp(project, known, blind),
        first=PackedMask.of(found.labels),
        blind=blind,
        second=is_second(project, number, blind),
        snapshot=found.snapshot,
        changed=changed,
        unread=bool(found.unread) and found.version is None,
        told=tuple([_changed(known)] * changed + found.unread + found.told),
        finding=found.version.finding if own and found.version is not None else "",
    )


def _changed(scan: ListedScan) -> str:
    return tr(
        "{name} has changed since it was listed or outlined: look whether its mask still fits. "
        "Done, next takes the scan as it is now.",
        name=scan.name,
    )


def in_order(versions: Sequence[MaskVersion], who: str, blind: bool) -> list[MaskVersion]:
    """Order masks by which is shown: a person's newest first, then what models proposed.

    Parameters
    ----------
    versions : sequence of MaskVersion
        Oldest first.
    who : str
        Who looks.
    blind : bool
        Their own second outlines alone.
    """
    if blind:
        own = [one for one in versions if one.maker == who and one.kind is VersionKind.SECOND]
        return own[::-1]
    people = [one for one in versions if one.kind in STOOD_FOR]
    others = [one for one in versions if one.kind in STARTING_POINTS]
    return [*people[::-1], *others[::-1]]


def _mask(project: Project, known: ListedScan, scan: Scan, blind: bool) -> _Mask:
    """Read the mask to begin with; where one cannot be used, the one before it."""
    from napari_multicancer.io.snapshots.fingerprint import digest

    shape = scan.pixels.shape[: len(scan.spatial_axes)]
    empty = np.zeros(shape, np.uint8)
    found = _Mask(empty, MaskRecord(made_digest=digest(empty)))
    for version in in_order(project.versions(known.id), project.who, blind):
        try:
            found.labels, found.record = _read(version.file, scan, shape)
        except MulticancerError as error:
            found.unread.append(str(error))
            continue
        found.version = version
        break
    shown = tr("It begins empty.")
    if found.version is not None:
        shown = tr("What was outlined before it is shown.")
    found.unread[:] = [f"{reason} {shown}" for reason in found.unread]
    if known.state is State.IN_WORK and not blind and not project.read_only:
        _bring_back(found, scan, known)
    return found


def _read(file: Path, scan: Scan, shape: tuple[int, ...]) -> tuple[NDArray[Any], MaskRecord]:
    from napari_multicancer.io.load import load_mask
    from napari_multicancer.io.snapshots.fingerprint import digest

    if not file.is_file():
        raise UnreadableFileError(tr("The mask {file} is gone.", file=file))
    mask = load_mask(file, [] if scan.origin is None else [scan.origin])
    if mask.labels.size != np.prod(shape) or mask.labels.shape[-2:] != shape[-2:]:
        raise UnreadableFileError(
            tr(
                "The mask {file} does not have the pixels of {name}, which was changed since.",
                file=file.name,
                name=scan.name,
            )
        )
    labels = mask.labels.reshape(shape)
    told = dict(mask.provenance or {})
    told.pop("geometry", None)
    return labels, MaskRecord.of(told, digest(labels))


def _bring_back(found: _Mask, scan: Scan, known: ListedScan) -> None:
    """Take up the automatic copy of strokes that never came into the list."""
    from napari_multicancer.io.snapshots.snapshot import plain_name, read_pixels
    from napari_multicancer.widgets.autosave.copies import find_corrections
    from napari_multicancer.widgets.common.settings import copies_folder

    copies = find_corrections(
        copies_folder(), scan.pixels, len(scan.spatial_axes), [found.labels], []
    )
    name, version = plain_name(str(known.path)), found.version
    for snapshot in (copy.snapshot for copy in copies):
        is_newer = version is None or version.kind not in STOOD_FOR or snapshot.saved > version.at
        if snapshot.scan_name == name and is_newer and not snapshot.exported:
            found.labels = np.array(read_pixels(snapshot))
            found.record = replace(snapshot.record, made_digest=found.record.made_digest)
            found.snapshot = snapshot
            saved = snapshot.saved.astimezone()
            found.told.append(
                tr(
                    "What was painted on {name} until {time} is back.",
                    name=known.name,
                    time=f"{saved:%H:%M:%S}",
                )
            )
            return
