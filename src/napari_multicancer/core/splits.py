"""Which split a group goes to: by group, in the same shares for every kind of picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zlib import crc32

import numpy as np

SHARES = {"train": 0.70, "val": 0.15, "test": 0.15}
SEED = 20260


def draw_splits(groups: Sequence[str], strata: Sequence[str], seed: int = SEED) -> list[str]:
    """Draw a split for each picture so that no group straddles two.

    Groups with the same set of strata are shuffled and dealt out: one to train,
    one to val, one to test, and each further one to the split that lacks most
    pictures. The draw depends on the groups' names and the seed alone, not on
    their order, and pictures of other strata do not change it.

    Parameters
    ----------
    groups : sequence of str
        The group of each picture.
    strata : sequence of str
        What is to be spread evenly, such as source and diagnosis.
    seed : int

    Returns
    -------
    list of str
        ``train``, ``val`` or ``test`` for each picture.
    """
    sizes: dict[str, int] = defaultdict(int)
    kinds: dict[str, set[str]] = defaultdict(set)
    for group, stratum in zip(groups, strata, strict=True):
        sizes[group] += 1
        kinds[group].add(stratum)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for group in sorted(sizes):
        alike[tuple(sorted(kinds[group]))].append(group)
    chosen: dict[str, str] = {}
    for kind, names in alike.items():
        generator = np.random.default_rng([seed, crc32("\n".join(kind).encode())])
        shuffled = [names[i] for i in generator.permutation(len(names))]
        chosen |= _deal(shuffled, sizes)
    return [chosen[group] for group in groups]


def _deal(names: Sequence[str], sizes: dict[str, int]) -> dict[str, str]:
    total = sum(sizes[name] for name in names)
    lacking = {split: share * total for split, share in SHARES.items()}
    chosen = {}
    for name, first in zip(names, [*SHARES, *[None] * len(names)], strict=False):
        split = first or max(lacking, key=lambda split: lacking[split])
        chosen[name] = split
        lacking[split] -= sizes[name]
    return chosen
