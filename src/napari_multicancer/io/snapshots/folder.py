"""The folder of snapshots: where it is, what is in it, what is thrown away when."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from platformdirs import user_state_path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.snapshots.snapshot import SUFFIX, Snapshot, read_snapshot

VARIABLE = "NAPARI_MULTICANCER_AUTOSAVE"
"""Names another folder."""
KEPT = timedelta(days=30)
LARGEST = 2 * 2**30
"""Bytes that all snapshots may take before those that are safe elsewhere go early."""
_UNFINISHED_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Skipped:
    """A file that cannot be restored from, and why: `OtherVersionError`, `TruncatedError`, ..."""

    path: Path
    error: UnreadableFileError


def autosave_folder() -> Path:
    """Find the folder of snapshots, in the user's state folder; it need not exist."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_state_path("napari-multicancer") / "autosave"


def new_path(folder: Path) -> Path:
    """Choose a name for a snapshot: at random, so that nothing the user typed is part of it."""
    return folder / f"{uuid4().hex}{SUFFIX}"


def list_snapshots(folder: Path) -> tuple[list[Snapshot], list[Skipped]]:
    """List what a folder holds.

    Returns
    -------
    snapshots : list of Snapshot
        The newest first.
    skipped : list of Skipped
    """
    snapshots, skipped = [], []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            snapshots.append(read_snapshot(path))
        except UnreadableFileError as error:
            skipped.append(Skipped(path, error))
    return sorted(snapshots, key=lambda one: one.saved, reverse=True), skipped


def nowhere_else(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Choose the snapshots whose pixels are nowhere else, in the same order.

    Neither those that the user has saved to a file count, nor those that a later
    snapshot has grown from.
    """
    snapshots = list(snapshots)
    replaced = {one.replaces for one in snapshots}
    return [one for one in snapshots if not one.exported and one.path.name not in replaced]


def restorable(snapshots: Iterable[Snapshot], scan: str) -> list[Snapshot]:
    """Choose the snapshots of a scan whose pixels are nowhere else.

    Parameters
    ----------
    snapshots : iterable of Snapshot
    scan : str
        Its fingerprint.

    Returns
    -------
    list of Snapshot
        In the same order.
    """
    return [one for one in nowhere_else(snapshots) if one.scan == scan]


def recent_without_scan(folder: Path, now: datetime) -> int:
    """Count the snapshots of masks without a scan that are nowhere else, up to `KEPT` old."""
    snapshots = nowhere_else(list_snapshots(folder)[0])
    return sum(one.scan is None and now - one.saved <= KEPT for one in snapshots)


def prune(folder: Path, now: datetime) -> list[Path]:
    """Delete snapshots whose pixels are safe elsewhere: see `nowhere_else`.

    They go when they are older than `KEPT`, and, oldest first, while all snapshots
    together take more than `LARGEST`. Those whose pixels are nowhere else stay
    until the user deletes them. What a killed process left half written goes after
    a day. Files that cannot be read as snapshots stay, as nobody knows what they are.

    Parameters
    ----------
    folder : Path
    now : datetime
        With an offset from UTC.

    Returns
    -------
    list of Path
        What was deleted; a file that cannot be is left for the next time.
    """
    old = [*_no_longer_needed(folder, now)]
    old += [path for path in folder.glob(f".*{SUFFIX}.*.part") if _is_left_over(path, now)]
    return delete(old)


def delete(paths: Iterable[Path]) -> list[Path]:
    """Delete files, and give those that could be."""
    deleted = []
    for path in paths:
        with suppress(OSError):
            path.unlink()
            deleted.append(path)
    return deleted


def _no_longer_needed(folder: Path, now: datetime) -> Iterator[Path]:
    """Name the snapshots that go, the oldest first."""
    snapshots = list_snapshots(folder)[0]
    needed = {one.path for one in nowhere_else(snapshots)}
    sizes = {one.path: size_of(one.path) for one in snapshots}
    total = sum(sizes.values())
    for snapshot in reversed(snapshots):
        is_old = now - snapshot.saved > KEPT
        if snapshot.path not in needed and (is_old or total > LARGEST):
            total -= sizes[snapshot.path]
            yield snapshot.path


def size_of(path: Path) -> int:
    """Give a file's size in bytes; 0 for one that is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_left_over(path: Path, now: datetime) -> bool:
    try:
        return now.timestamp() - path.stat().st_mtime > _UNFINISHED_KEPT.total_seconds()
    except OSError:
        return False
