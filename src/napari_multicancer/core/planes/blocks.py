"""Planes of a scan that is read lazily, some at a time and ahead of the work."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan

BLOCK_BYTES = 16 * 2**20
"""So much is read at once, but never less than a plane."""


@dataclass(frozen=True, eq=False)
class Block:
    """Planes of a scan that lie in memory together.

    Attributes
    ----------
    planes : sequence of int
        Their indices into the scan.
    scan : Scan
        That holds them.
    start : int
        Index into the whole scan of the first plane that `scan` has.
    """

    planes: Sequence[int]
    scan: Scan
    start: int = 0

    def plane(self, index: int) -> NDArray[Any]:
        """Give a plane, by its index into the whole scan, as `Scan.plane` does."""
        return self.scan.plane(index - self.start)


def blocks_of(
    scan: Scan, planes: Sequence[int] | None = None, block_bytes: int = BLOCK_BYTES
) -> Generator[Block]:
    """Go through planes of a scan in blocks, the next one read while one is worked on.

    Blocks of a dask array end where its chunks end, as far as a chunk is no larger
    than a block, so that no chunk is computed twice, and hold no plane but those
    asked for. What is in memory already, or no dask array, is one block and is not
    copied.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    planes : sequence of int, optional
        In any order; all of them unless given.
    block_bytes : int

    Yields
    ------
    Block
        Two of them are held at a time.
    """
    chosen = range(scan.n_planes) if planes is None else planes
    chunks = getattr(scan.pixels, "chunks", None)
    if not scan.is_stack or chunks is None:
        yield Block(chosen, scan)
        return
    axis = int(np.argmax(scan.spatial_shape[:-2]))
    longest = max(1, block_bytes // _plane_bytes(scan))
    ranges = [part for run in _runs(chosen) for part in _within_chunks(run, chunks[axis], longest)]
    reader = ThreadPoolExecutor(1, "read-ahead")
    ahead: Future[Block] | None = None
    try:
        for part in ranges:
            before, ahead = ahead, reader.submit(_read, scan, axis, part)
            if before is not None:
                yield before.result()
        if ahead is not None:
            yield ahead.result()
    finally:
        reader.shutdown(wait=False, cancel_futures=True)


def _plane_bytes(scan: Scan) -> int:
    return int(scan.pixels.nbytes) // scan.n_planes


def _runs(planes: Sequence[int]) -> list[range]:
    """Find the runs of planes of which each is next to the one before."""
    if isinstance(planes, range) and planes.step == 1:
        return [planes] if planes else []
    ends = [at for at, (one, after) in enumerate(pairwise(planes), 1) if after != one + 1]
    return [
        range(planes[start], planes[stop - 1] + 1)
        for start, stop in pairwise([0, *ends, len(planes)])
        if start < stop
    ]


def _within_chunks(run: range, chunks: tuple[int, ...], longest: int) -> list[range]:
    """Cut a run of planes to what lies in whole chunks, at most so many planes each."""
    ranges: list[range] = []
    start = stop = run.start
    end_of_chunk = 0
    for length in chunks:
        end_of_chunk += length
        end = min(end_of_chunk, run.stop)
        if end <= stop:
            continue
        if end - start > longest:
            ranges += _cut(start, stop, longest)
            start = stop
        stop = end
    return ranges + _cut(start, stop, longest)


def _cut(start: int, stop: int, longest: int) -> list[range]:
    return [range(at, min(at + longest, stop)) for at in range(start, stop, longest)]


def _read(scan: Scan, axis: int, planes: range) -> Block:
    where = (slice(None),) * axis + (slice(planes.start, planes.stop),)
    return Block(planes, replace(scan, pixels=np.asarray(scan.pixels[where])), planes.start)
