"""Which masks of a scan are compared: two raters', one rater's two, a model's and a rater's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.agreement.beginnings import Beginning, Beginnings
from napari_multicancer.project.agreement.compared import Compared, Comparer
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import FINISHED, ListedScan, MaskVersion, VersionKind

LESION, NO_LESION = "lesion", "no lesion"
_FIRST = (VersionKind.CORRECTED, VersionKind.ACCEPTED)
OF_PEOPLE = (*_FIRST, VersionKind.SECOND)


class PairKind(StrEnum):
    """Whose masks are compared."""

    RATERS = "two raters"
    REPEAT = "one rater twice"
    MODEL = "model and rater"


@dataclass(frozen=True)
class Pair:
    """Two masks of one scan, and how they differ."""

    scan: ListedScan
    kind: PairKind
    first: MaskVersion
    second: MaskVersion
    compared: Compared

    @property
    def raters(self) -> tuple[str, ...]:
        """Who drew, each once; without a model."""
        both = (self.first, self.second)
        return tuple(dict.fromkeys(one.maker for one in both if one.kind in OF_PEOPLE))

    @property
    def beginnings(self) -> dict[int, Beginning]:
        """How the raters' masks were begun, by `MaskVersion.id`."""
        told = self.compared.first_beginning, self.compared.second_beginning
        both = zip((self.first, self.second), told, strict=True)
        return {one.id: how for one, how in both if one.kind in OF_PEOPLE}

    @property
    def findings(self) -> tuple[str, str]:
        """What the two say the scan shows; where one says nothing, whether there is a lesion."""
        if self.first.finding and self.second.finding:
            return self.first.finding, self.second.finding
        sizes = self.compared.first_size, self.compared.second_size
        one, other = (LESION if size else NO_LESION for size in sizes)
        return one, other


def pairs(
    project: OpenList, proceed: Callable[[], None], failed: Callable[[str], None]
) -> Iterator[Pair]:
    """Compare the masks of all scans that are done or reviewed.

    A rater's newest mask counts, and a model's. One that cannot be read says so by `failed`.
    """
    with Comparer(project) as comparer:
        for scan in project.each(ScanFilter(FINISHED)):
            proceed()
            for kind, first, second in _chosen(project.versions(scan.id)):
                try:
                    compared = comparer.compare(scan, first, second)
                except MulticancerError as error:
                    failed(f"{scan.name}: {error.message}")
                else:
                    yield Pair(scan, kind, first, second, compared)


def beginnings(some: Iterable[Pair]) -> Beginnings:
    """Count how the raters' masks of pairs were begun, each once."""
    known = {number: how for pair in some for number, how in pair.beginnings.items()}
    return Beginnings.of(known.values())


def newest_of_people(versions: Sequence[MaskVersion]) -> list[MaskVersion]:
    """Choose each rater's newest first mask, and the newest drawn a second time."""
    drawn = [one for one in versions if one.kind in OF_PEOPLE]
    return list({(one.maker, one.kind in _FIRST): one for one in drawn}.values())


def _chosen(
    versions: Sequence[MaskVersion],
) -> Iterator[tuple[PairKind, MaskVersion, MaskVersion]]:
    people = newest_of_people(versions)
    models = {one.maker: one for one in versions if one.kind is VersionKind.PROPOSAL}
    for first, second in combinations(people, 2):
        same = first.maker == second.maker
        yield PairKind.REPEAT if same else PairKind.RATERS, first, second
    for model in models.values():
        for rater in people:
            yield PairKind.MODEL, model, rater
