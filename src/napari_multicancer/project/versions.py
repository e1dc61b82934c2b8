"""The masks of a scan: each kept beside the others, with its maker."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.io.files import LONGEST_NAME, not_written, replacing, shortened
from napari_multicancer.io.formats import stem
from napari_multicancer.project import moments
from napari_multicancer.project.database import Database, Row
from napari_multicancer.project.final import STARTING_POINTS, STOOD_FOR, final_version, said_by_mask
from napari_multicancer.project.listing import listed, one
from napari_multicancer.project.paths import shown
from napari_multicancer.project.records import ListedScan, MaskVersion, VersionKind

FOLDER = "versions"
_ALL = (
    "SELECT versions.*, scans.fingerprint AS content FROM versions "
    "JOIN scans ON scans.id = versions.scan WHERE scan = ? ORDER BY number"
)


def versions(database: Database, folder: Path, scan: int) -> list[MaskVersion]:
    """Read the versions of a scan's mask, oldest first."""
    return [_version(row, folder) for row in database.rows(_ALL, [scan])]


def _version(row: Row, folder: Path) -> MaskVersion:
    kind = row["kind"]
    known = row["fingerprint"] is not None and row["content"] is not None
    return MaskVersion(
        id=row["id"],
        scan=row["scan"],
        number=row["number"],
        file=folder / PurePosixPath(row["file"]),
        maker=row["maker"],
        kind=VersionKind(kind) if kind in set(VersionKind) else VersionKind.IMPORTED,
        at=moments.read(row["at"]),
        finding=row["finding"],
        note=row["note"],
        area=row["area"],
        area_unit=row["area_unit"],
        fits=not known or row["fingerprint"] == row["content"],
    )


def keep(
    database: Database,
    folder: Path,
    scan: int,
    suffix: str,
    write: Callable[[Path], None],
    maker: str,
    kind: VersionKind,
    told: Mapping[str, Any],
) -> MaskVersion:
    """Let a mask's file be written, and take note of it; see `Project.save_mask`.

    One at a time, as each takes the next number.
    """
    database.require_writable()
    known = one(database, scan)
    file = new_file(folder, known, len(versions(database, folder, scan)) + 1, suffix)
    write(file)
    with database.changing() as disk:
        told = {"fingerprint": known.fingerprint, **told}
        if kind in STOOD_FOR:
            told["finding"] = _finding(known, told)
        made = note(disk, scan, within(folder, file), maker, kind, told)
    return next(version for version in versions(database, folder, scan) if version.id == made)


def _finding(scan: ListedScan, told: Mapping[str, Any]) -> str:
    """Give what a mask that counts says: a person's word, its maker's, or what it shows itself."""
    said = scan.said_finding or str(told.get("finding", ""))
    area = told.get("area")
    return said if said or area is None else said_by_mask(scan, area)


def accept(database: Database, folder: Path, scan: int, who: str) -> None:
    """Let a person stand for the mask that counts, where it is still a model's or made elsewhere.

    It becomes a version of its own, which a batch that is run again does not touch.
    """
    final = final_version(versions(database, folder, scan))
    if final is None or final.kind not in STARTING_POINTS or not final.file.is_file():
        return
    accepted(database, folder, final, who)


def accepted(database: Database, folder: Path, version: MaskVersion, who: str) -> MaskVersion:
    """Let a person stand for a mask as it is; see `Project.accept`."""
    told = {"note": taken_from(version.kind, version.maker)}
    return again(database, folder, version, who, VersionKind.ACCEPTED, told)


def taken_from(kind: VersionKind, maker: str) -> str:
    """Write in an accepted version's note whose mask it was."""
    return f"{kind.value} of {maker}"


def again(
    database: Database,
    folder: Path,
    version: MaskVersion,
    maker: str,
    kind: VersionKind,
    told: Mapping[str, Any],
) -> MaskVersion:
    """Keep a mask that is there as another version of its scan's.

    Parameters
    ----------
    told : mapping
        Other columns of the table, as `note` takes them; finding and size are the version's.
    """
    file = version.file
    suffix = "".join(file.suffixes[-2:]) if file.suffix == ".gz" else file.suffix
    measured = {"area": version.area, "area_unit": version.area_unit}
    told = {"finding": version.finding, **measured, **told}
    return keep(database, folder, version.scan, suffix, partial(_twin, file), maker, kind, told)


def _twin(file: Path, path: Path) -> None:
    """Give a file a second name, which stays when the first is replaced; else copy it."""
    try:
        os.link(file, path)
    except OSError:
        with replacing(path) as part:
            shutil.copyfile(file, part)


def new_file(folder: Path, scan: ListedScan, number: int, suffix: str) -> Path:
    """Choose where the next version of a scan's mask goes: a name that no file has.

    Raises
    ------
    OutputError
        The folder cannot be made.
    """
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise not_written(folder / FOLDER, error) from error
    while True:
        end = f"_{scan.id}_v{number}_mask{suffix}"
        name = shortened(shown(stem(Path(scan.name))), LONGEST_NAME - len(end)) + end
        path = folder / FOLDER / name
        if not path.exists():
            return path
        number += 1


def next_number(disk: sqlite3.Connection, scan: int) -> int:
    """Give the number of the next version, within a change."""
    found = disk.execute("SELECT max(number) FROM versions WHERE scan = ?", [scan]).fetchone()
    return int(found[0] or 0) + 1


def note(
    disk: sqlite3.Connection,
    scan: int,
    file: str,
    maker: str,
    kind: VersionKind,
    told: Mapping[str, Any],
) -> int:
    """Take note of a mask, within a change; of one whose file was replaced, again.

    Parameters
    ----------
    file : str
        As seen from the project's folder, with forward slashes.
    told : mapping
        Other columns of the table: at, fingerprint, finding, note, area, area_unit.

    Returns
    -------
    int
        The version's id.
    """
    columns = {"maker": maker, "kind": kind.value, "at": moments.now(), **told}
    same = "SELECT id FROM versions WHERE scan = ? AND file = ?"
    found = disk.execute(same, [scan, file]).fetchone()
    if found is not None:
        assignments = ", ".join(f"{name} = ?" for name in columns)
        disk.execute(
            f"UPDATE versions SET {assignments} WHERE id = ?", [*columns.values(), found[0]]
        )
        disk.execute("DELETE FROM comparisons WHERE ? IN (first, second)", [found[0]])
        _mark(disk, scan)
        return int(found[0])
    columns |= {"scan": scan, "number": next_number(disk, scan), "file": file}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    done = disk.execute(f"INSERT INTO versions ({names}) VALUES ({marks})", [*columns.values()])
    _mark(disk, scan)
    return int(done.lastrowid or 0)


def _mark(disk: sqlite3.Connection, scan: int) -> None:
    """Note with a scan what the mask that counts says, as lists are sorted by it; see `final`."""
    final = _that_counts(disk, scan)
    said: tuple[Any, ...] = (None, "", "")
    if final is not None and final.kind is not VersionKind.PROPOSAL:
        said = final.area, final.area_unit, final.finding
    disk.execute(
        "UPDATE scans SET mask_area = ?, mask_area_unit = ?, mask_finding = ? WHERE id = ?",
        [*said, scan],
    )


def renew(disk: sqlite3.Connection, scan: int) -> None:
    """Let a person's mask say anew what it shows, within a change: the models answered anew."""
    row = disk.execute("SELECT * FROM scans WHERE id = ?", [scan]).fetchone()
    final = _that_counts(disk, scan)
    known = listed(row)
    if final is None or final.kind not in STOOD_FOR or known.said_finding:
        return
    card = organ_card(known.shown_organ)
    is_other = card is not None and final.finding not in (*card.classes, "")
    if final.kind is VersionKind.CORRECTED or is_other:
        say_finding(disk, final, known)


def _that_counts(disk: sqlite3.Connection, scan: int) -> MaskVersion | None:
    """Read the mask that counts, within a change; its file is not looked for."""
    return final_version([_version(row, Path()) for row in disk.execute(_ALL, [scan])])


def say_finding(disk: sqlite3.Connection, version: MaskVersion, scan: ListedScan) -> None:
    """Note what the maker of a mask says by now that its scan shows, within a change."""
    finding = _finding(scan, {"area": version.area})
    disk.execute("UPDATE versions SET finding = ? WHERE id = ?", [finding, version.id])
    _mark(disk, version.scan)


def within(folder: Path, file: Path) -> str:
    """Write a mask's path as seen from the project's folder, with forward slashes.

    Raises
    ------
    OutputError
        It does not lie there.
    """
    try:
        return file.relative_to(folder).as_posix()
    except ValueError as error:
        raise OutputError(f"{file} does not lie in {folder}: copy it there first.") from error
