"""What can be asked of a project, by one who works on it or who only looks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_multicancer.batch.remote import Source
from napari_multicancer.core.errors import OutputError
from napari_multicancer.project import adding, journal, listing, places, versions
from napari_multicancer.project.database import Database
from napari_multicancer.project.query import (
    ALL,
    BY_NAME,
    FIRST_PAGE,
    Page,
    ScanFilter,
    Sorting,
    Standing,
)
from napari_multicancer.project.records import (
    ListedScan,
    Located,
    MaskVersion,
    Person,
    State,
    StateChange,
    VersionKind,
    Work,
)

_COMPARED = ("first", "second")


class OpenList:
    """The list of scans of a folder, as far as it is asked; see `project.Project`."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database

    @property
    def read_only(self) -> bool:
        """Whether it can only be looked at."""
        return self._database.read_only

    def count(self, wanted: ScanFilter = ALL) -> int:
        """Count the scans that a filter lets through."""
        return listing.count(self._database, wanted)

    def holds(self, scan: int, wanted: ScanFilter) -> bool:
        """Whether a filter lets a scan through."""
        return listing.holds(self._database, scan, wanted)

    def counts(self) -> dict[State, int]:
        """Count the scans of each state."""
        return listing.counts(self._database)

    def scans(
        self, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME, page: Page = FIRST_PAGE
    ) -> list[ListedScan]:
        """Give a part of the list; memory grows with the part alone."""
        return listing.page(self._database, wanted, sorting, page)

    def each(self, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME) -> Iterator[ListedScan]:
        """Go through all scans that a filter lets through, a page of them in memory at a time."""
        some = self.scans(wanted, sorting, FIRST_PAGE)
        while some:
            yield from some
            last = self.standing(some[-1].id, sorting)
            some = listing.neighbors(self._database, last, wanted, most=FIRST_PAGE.size)

    def scan(self, scan: int) -> ListedScan:
        """Give one scan by its `ListedScan.id`."""
        return listing.one(self._database, scan)

    def find(self, path: Source) -> ListedScan | None:
        """Find the scan of a path."""
        found = adding.find(self._database, adding.absolute(path))
        return None if found is None else self.scan(found)

    def folder_of_scans(self, folders: Collection[Path]) -> Path | None:
        """Give one of some folders in which scans of the list lie; None where none does."""
        return listing.folder_of_scans(self._database, folders)

    def next(
        self, after: int | Standing | None, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME
    ) -> ListedScan | None:
        """Give the scan that comes after another one; None at the end.

        Parameters
        ----------
        after : int, Standing or None
            A `ListedScan.id`, which the filter need not let through; None for the first scan.
            Where work changes what is sorted by (state, seconds), its `standing` before it was
            worked on, which may be followed by the scan itself.
        wanted : ScanFilter
        sorting : Sorting
            A standing has its own.
        """
        if after is None:
            return next(iter(self.scans(wanted, sorting, Page(0, 1))), None)
        at = after if isinstance(after, Standing) else self.standing(after, sorting)
        return next(iter(listing.neighbors(self._database, at, wanted)), None)

    def previous(
        self, before: int | Standing, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME
    ) -> ListedScan | None:
        """Give the scan that comes before another one, as `next`; None at the start."""
        at = before if isinstance(before, Standing) else self.standing(before, sorting)
        return next(iter(listing.neighbors(self._database, at, wanted, backward=True)), None)

    def standing(self, scan: int, sorting: Sorting = BY_NAME) -> Standing:
        """Tell where a scan stands in an order now, for `next` and `previous` later on."""
        return listing.standing(self._database, scan, sorting)

    def position(self, scan: int, wanted: ScanFilter = ALL, sorting: Sorting = BY_NAME) -> int:
        """Tell at which place of the list a scan stands; 0 for the first."""
        return listing.position(self._database, scan, wanted, sorting)

    def has_changed(self) -> bool:
        """Whether another process changed the list since this was last asked."""
        return self._database.changed_by_others()

    def work(self, scan: int) -> dict[str, Work]:
        """Tell who worked how much on a scan."""
        return journal.work_by(self._database, scan)

    def changes(self, scan: int | None = None) -> Iterator[StateChange]:
        """Go through the changes of states, oldest first; of one scan, or of all."""
        return journal.changes(self._database, scan)

    def locate(self, scan: int) -> Located:
        """Look where a scan is: where it was, or where it lies as seen from this folder.

        What has moved is known there from now on.
        """
        return places.locate(self._database, self.folder, scan)

    def versions(self, scan: int) -> list[MaskVersion]:
        """List the masks of a scan, oldest first."""
        return versions.versions(self._database, self.folder, scan)

    def makers(
        self, kinds: Collection[VersionKind], wanted: ScanFilter = ALL, fewest: int = 1
    ) -> dict[int, int]:
        """Count who made masks of some kinds, of each scan that has those of so many.

        Returns
        -------
        dict of int to int
            By `ListedScan.id`, in the order of the scans' names.
        """
        return listing.makers(self._database, kinds, wanted, fewest)

    def people(self) -> dict[str, Person]:
        """Tell what is whose: tasks, masks, reviews, seconds of work."""
        return listing.people(self._database)

    def called(self, stem: str, folders: Sequence[str] = ()) -> list[ListedScan]:
        """Find the scans of a name.

        Parameters
        ----------
        stem : str
            Without the end of its format.
        folders : sequence of str
            The last ones of those that the scan lies in, where they are told; of several
            scans of one name, those that lie so count alone.
        """
        return listing.called(self._database, stem, folders)

    def of_content(self, fingerprint: bytes) -> list[ListedScan]:
        """Find the scans whose files hold the same; see `ListedScan.fingerprint`."""
        return listing.of_content(self._database, fingerprint)

    def splits(self, groups: Collection[str]) -> dict[str, str]:
        """Give the splits into which groups went in an earlier export."""
        known = self._database.rows("SELECT name, split FROM splits")
        return {row["name"]: row["split"] for row in known if row["name"] in groups}

    def remember_splits(self, splits: Mapping[str, str]) -> bool:
        """Keep the splits of groups for later exports, also while another process works on it.

        Returns
        -------
        bool
            False where this is open for looking only and its disk takes nothing. A group that
            has a split keeps that one.
        """
        if not splits:
            return True
        try:
            with self._database.noting() as disk:
                disk.executemany("INSERT OR IGNORE INTO splits VALUES (?, ?)", splits.items())
        except OutputError:
            if not self.read_only:
                raise
            return False
        return True

    def known_comparison(self, first: int, second: int) -> dict[str, Any] | None:
        """Give what was kept of the comparison of two versions, by `MaskVersion.id`."""
        row = self._database.row(
            "SELECT * FROM comparisons WHERE first = ? AND second = ?", [first, second]
        )
        if row is None:
            return None
        return {name: value for name, value in dict(row).items() if name not in _COMPARED}

    def keep_comparisons(self, told: Iterable[tuple[int, int, Mapping[str, Any]]]) -> None:
        """Keep comparisons of two versions each, where this project can be changed."""
        if self.read_only:
            return
        with self._database.changing() as disk:
            for first, second, values in told:
                columns = {"first": first, "second": second, **values}
                names, marks = ", ".join(columns), ", ".join("?" * len(columns))
                put = f"INSERT OR REPLACE INTO comparisons ({names}) VALUES ({marks})"
                disk.execute(put, [*columns.values()])
