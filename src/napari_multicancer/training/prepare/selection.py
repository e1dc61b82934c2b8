"""Which of the written pictures the manifest names, in which group and split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

import numpy as np

from napari_multicancer.core.splits import draw_splits
from napari_multicancer.training.prepare.duplicates import near_duplicate_groups, nearest_copies
from napari_multicancer.training.prepare.folder import Written

ONE_OF_EACH = "web"


def name_groups(pictures: Sequence[Written]) -> list[str]:
    """Name the patient of each picture, or its set of near-duplicates within the source."""
    groups = [picture.item.patient or "" for picture in pictures]
    unknown: dict[str, list[int]] = defaultdict(list)
    for index, picture in enumerate(pictures):
        if picture.item.patient is None:
            unknown[picture.item.source].append(index)
    for source, indices in unknown.items():
        numbers = near_duplicate_groups(np.stack([pictures[i].thumbnail for i in indices]))
        for index, number in zip(indices, numbers, strict=True):
            groups[index] = f"{source.lower()}{number + 1:05}"
    return groups


def contradicted(pictures: Sequence[Written], groups: Sequence[str]) -> dict[int, str]:
    """Find the pictures whose near-duplicates have another diagnosis; say of which.

    A patient's planes may differ; near-duplicates may not.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for index, (picture, group) in enumerate(zip(pictures, groups, strict=True)):
        if picture.item.patient is None:
            alike[group].append(index)
    reasons = {}
    for indices in alike.values():
        for index in indices:
            for other in indices:
                if pictures[other].diagnosis != pictures[index].diagnosis:
                    original = pictures[other].item.original
                    reasons[index] = f"a near-duplicate has another diagnosis: {original}"
                    break
    return reasons


def repeated(
    pictures: Sequence[Written], groups: Sequence[str], without: Mapping[int, str]
) -> dict[int, str]:
    """Find the pictures of the collections from the web that add nothing.

    One picture of each set of near-duplicates stays, and none that is a copy from
    another source of brain MRI, whose split it might contradict.
    """
    collected = [
        index
        for index, picture in enumerate(pictures)
        if picture.item.source == ONE_OF_EACH and index not in without
    ]
    known = [
        picture
        for picture in pictures
        if picture.item.organ == "brain" and picture.item.source != ONE_OF_EACH
    ]
    if not collected:
        return {}
    copies = nearest_copies(
        np.stack([pictures[i].thumbnail for i in collected]),
        np.stack([picture.thumbnail for picture in known])
        if known
        else np.empty((0, 0), np.float32),
    )
    first: dict[str, str] = {}
    reasons = {}
    for index, copy in zip(collected, copies, strict=True):
        original = pictures[index].item.original
        twin = known[copy].item.original if copy >= 0 else first.setdefault(groups[index], original)
        if twin != original:
            reasons[index] = f"near-duplicate of {twin}"
    return reasons


def choose_splits(
    pictures: Sequence[Written], groups: Sequence[str], without: Mapping[int, str], seed: int
) -> dict[int, str]:
    """Draw the split of each picture that is not set aside, by source and diagnosis."""
    kept = [index for index in range(len(pictures)) if index not in without]
    chosen = draw_splits(
        [f"{pictures[i].item.source}/{groups[i]}" for i in kept],
        [
            f"{pictures[i].item.source}/{pictures[i].item.kind or pictures[i].diagnosis}"
            for i in kept
        ],
        seed,
    )
    return dict(zip(kept, chosen, strict=True))


def thinned(
    pictures: Sequence[Written], groups: Sequence[str], splits: Mapping[int, str], seed: int
) -> dict[int, str]:
    """Choose the training planes that are left out because they are too many alike.

    LGG keeps as many planes without tumor as with one, Figshare half of each
    patient's planes, whose neighbours are near copies. The other splits keep all.
    """
    train = [index for index, split in splits.items() if split == "train"]
    lgg = [index for index in train if pictures[index].item.source == "LGG"]
    empty = [index for index in lgg if pictures[index].diagnosis == "no_tumor"]
    surplus = len(empty) - (len(lgg) - len(empty))
    originals = {index: pictures[index].item.original for index in train}
    reasons = dict.fromkeys(
        _draw(empty, max(0, surplus), seed, originals.__getitem__),
        "training keeps as many planes without tumor as with one",
    )
    patients = defaultdict(list)
    for index in train:
        if pictures[index].item.source == "Figshare":
            patients[groups[index]].append(index)
    for planes in patients.values():
        reasons |= dict.fromkeys(
            _draw(planes, len(planes) // 2, seed, originals.__getitem__),
            "training keeps half of a patient's planes",
        )
    return reasons


def _draw(indices: Sequence[int], count: int, seed: int, name: Callable[[int], str]) -> list[int]:
    """Draw `count` of `indices`, whatever their order."""
    ordered = sorted(indices, key=name)
    salt = crc32("\n".join(map(name, ordered)).encode())
    picked = np.random.default_rng([seed, salt]).choice(len(ordered), count, replace=False)
    return [ordered[i] for i in picked]
