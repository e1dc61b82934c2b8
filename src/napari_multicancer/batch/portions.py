"""Work for a cluster in portions: each task of a scheduler costs it as much as many a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from napari_multicancer.batch.results import Row
from napari_multicancer.batch.worklist import Job

SECONDS = 1.0
"""So long a portion is meant to take."""
FIRST_FILES = 1
MOST_FILES = 32
"""So many files at most are done again when their worker dies."""
GROWTH = 2


@dataclass(frozen=True)
class Done:
    """What became of a portion.

    Attributes
    ----------
    rows : sequence of dict
        Of the results table, one a file.
    seconds : float
        That a worker took for them; 0 where that says nothing of the next portion.
    """

    rows: Sequence[Row]
    seconds: float = 0.0


class Portions(Iterator[list[Job]]):
    """Cuts jobs into portions of about `SECONDS`, by the time that earlier ones took.

    They begin with `FIRST_FILES` and grow by `GROWTH` at a time, since nothing is
    known of the files ahead.

    Parameters
    ----------
    jobs : iterable of Job
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = iter(jobs)
        self.files = FIRST_FILES

    def __next__(self) -> list[Job]:
        portion = list(islice(self._jobs, self.files))
        if not portion:
            raise StopIteration
        return portion

    def learn(self, done: Done) -> None:
        """Set the size of the next portions by the time that one took."""
        if done.seconds > 0:
            fitting = int(SECONDS * len(done.rows) / done.seconds)
            self.files = max(1, min(fitting, GROWTH * len(done.rows), MOST_FILES))
