"""The planes of a stack that is read lazily, some at a time and ahead of the work."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from napari_multicancer.core.scan.scan import Scan

BLOCK_BYTES = 16 * 2**20
"""So much is read at once, but never less than a plane."""


def plane_blocks(scan: Scan, block_bytes: int = BLOCK_BYTES) -> Iterator[tuple[range, Scan]]:
    """Go through a scan's planes in blocks, the next one read while one is worked on.

    Blocks of a dask array end where its chunks end, as far as a chunk is no larger
    than a block, so that no chunk is computed twice. What is in memory already, or
    no dask array, is one block and is not copied.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    block_bytes : int

    Yields
    ------
    planes : range
        Indices into the scan.
    block : Scan
        Those planes alone; two blocks are held at a time.
    """
    chunks = getattr(scan.pixels, "chunks", None)
    if not scan.is_stack or chunks is None:
        yield range(scan.n_planes), scan
        return
    axis = int(np.argmax(scan.spatial_shape[:-2]))
    ranges = _ranges(chunks[axis], max(1, block_bytes // _plane_bytes(scan)))
    reader = ThreadPoolExecutor(1, "read-ahead")
    try:
        ahead = reader.submit(_read, scan, axis, ranges[0])
        for number, planes in enumerate(ranges):
            block = ahead.result()
            if number + 1 < len(ranges):
                ahead = reader.submit(_read, scan, axis, ranges[number + 1])
            yield planes, block
    finally:
        reader.shutdown(wait=False, cancel_futures=True)


def _plane_bytes(scan: Scan) -> int:
    return int(scan.pixels.nbytes) // scan.n_planes


def _ranges(chunks: tuple[int, ...], longest: int) -> list[range]:
    """Join chunks along the stack to ranges of at most so many planes, and cut longer ones."""
    ranges: list[range] = []
    start = stop = 0
    for length in chunks:
        if stop - start + length > longest:
            ranges += _cut(start, stop, longest)
            start = stop
        stop += length
    return ranges + _cut(start, stop, longest)


def _cut(start: int, stop: int, longest: int) -> list[range]:
    return [range(at, min(at + longest, stop)) for at in range(start, stop, longest)]


def _read(scan: Scan, axis: int, planes: range) -> Scan:
    where = (slice(None),) * axis + (slice(planes.start, planes.stop),)
    return replace(scan, pixels=np.asarray(scan.pixels[where]))
