"""Scans whose files are not what they were: looked for, and taken as they are now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from napari_multicancer.core.errors import MaskError, UnreadableFileError
from napari_multicancer.project import places, versions
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.database import Database
from napari_multicancer.project.final import final_version
from napari_multicancer.project.opening import open_labels, open_scan
from napari_multicancer.project.query import ALL, ScanFilter
from napari_multicancer.project.records import Condition, ListedScan, Located, MaskVersion


def changed_scans(
    project: OpenList,
    wanted: ScanFilter = ALL,
    progress: Callable[[int, int], None] = lambda done, total: None,
    proceed: Callable[[], None] = lambda: None,
) -> Iterator[tuple[ListedScan, Located]]:
    """Look for scans that are gone or have changed, or whose mask was made before they did.

    Parameters
    ----------
    project : OpenList
    wanted : ScanFilter
    progress : callable
        Called with scans looked at and scans in all.
    proceed : callable
        Called before each scan; may raise CancelledError.

    Yields
    ------
    ListedScan, Located
        Of a scan that was accepted as it is, but whose mask does not fit it, the condition is
        "changed", too.
    """
    total = project.count(wanted)
    for done, scan in enumerate(project.each(wanted), start=1):
        proceed()
        located = project.locate(scan.id)
        if located.condition is Condition.GONE or is_changed(project, scan.id, located):
            yield scan, Located(located.path, _told(located), located.fingerprint)
        progress(done, total)


def is_changed(project: OpenList, scan: int, located: Located) -> bool:
    """Whether a scan is not the one that its mask was made on."""
    final = final_version(project.versions(scan))
    return located.condition is Condition.CHANGED or (final is not None and not final.fits)


def accept(
    project: OpenList, database: Database, scan: int, who: str, *, keep_mask: bool
) -> MaskVersion | None:
    """Take a scan as it is now for the right one; see `Project.accept_change`."""
    located = project.locate(scan)
    if located.condition is Condition.GONE:
        raise UnreadableFileError(places.sentence(located))
    final = final_version(project.versions(scan)) if keep_mask else None
    made = None
    if final is not None and is_changed(project, scan, located):
        _require_its_pixels(project, final)
        told = {"fingerprint": located.fingerprint, "note": f"kept by {who} on the changed scan"}
        made = versions.again(database, project.folder, final, final.maker, final.kind, told)
    else:
        open_scan(project, project.scan(scan), changed=True)
    places.accept_change(database, project.folder, scan)
    return made


def _require_its_pixels(project: OpenList, version: MaskVersion) -> None:
    scan = project.scan(version.scan)
    try:
        open_labels(open_scan(project, scan, changed=True), version, changed=True)
    except MaskError as error:
        raise MaskError(
            f"{scan.name} has other pixels than its mask by now: accept it without the mask, and "
            "outline it anew."
        ) from error


def _told(located: Located) -> Condition:
    return Condition.GONE if located.condition is Condition.GONE else Condition.CHANGED
