"""A user's own folder: ``images/``, ``masks/`` and, if need be, ``labels.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_multicancer.core.splits import SHARES, draw_splits
from napari_multicancer.training.prepare.duplicates import near_duplicate_groups, thumbnail
from napari_multicancer.training.prepare.pictures import (
    SUFFIXES,
    Picture,
    list_files,
    read_pair,
    to_eight_bits,
)
from napari_multicancer.training.recipe import diagnoses

LABELS = "labels.csv"
LABEL_COLUMNS = ("image", "diagnosis", "group", "split")
SOURCE = "own"
Keep = Callable[[str, Picture, NDArray[np.uint8]], None]
"""Takes a picture's name in the manifest, the picture, and its mask."""


@dataclass(frozen=True)
class _Pair:
    """What is kept of a picture and its mask once they were read and found sound."""

    mask: Path
    has_lesion: bool
    thumbnail: NDArray[np.float32]


def is_own_folder(data: Path) -> bool:
    """Say whether `data` holds ``images/`` and ``masks/`` but no manifest."""
    return (
        not (data / "manifest.csv").exists()
        and (data / "images").is_dir()
        and (data / "masks").is_dir()
    )


def read_own_folder(
    data: Path,
    organ: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    keep: Keep | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Read a user's own folder as if it had a manifest, and list what is wrong with it.

    A picture and its mask have the same name, whatever the suffix. Without
    ``labels.csv`` the scans are of an organ with one diagnosis besides the healthy one, as
    brain MRI is, and show it where the mask is not empty. Where ``labels.csv`` gives no
    group, near-duplicates form one; where it gives no split, one is drawn by group, always
    the same for the same groups.

    Parameters
    ----------
    data : Path
    organ : str, optional
        What the scans are to be; unless told, each diagnosis says so itself.
    progress : callable, optional
        Called with the number of pictures read and their total.
    keep : callable, optional
        Called with the manifest's name of each picture that is sound, the picture and
        its mask, so that nobody need read them again.

    Returns
    -------
    rows : DataFrame
        The manifest's columns; one row for each picture that is sound.
    faults : list of str
        One sentence each, naming the file.
    """
    paths, faults = _pair_files(data)
    pairs: dict[str, _Pair] = {}
    for done, (image, mask) in enumerate(paths, start=1):
        picture, outlined, wrong = read_pair(image, mask)
        faults += wrong
        if picture is not None and outlined is not None:
            small = thumbnail(to_eight_bits(picture.plane))
            pairs[image.name] = _Pair(mask, bool(outlined.any()), small)
            if keep is not None:
                keep(f"images/{image.name}", picture, outlined)
        if progress is not None:
            progress(done, len(paths))
    if (data / LABELS).exists():
        labels, more = _read_labels(data, organ, {image.name for image, _ in paths})
        faults += more
    elif len(names := _told_by_masks(organ)) > 2:
        faults.append(
            f"{data / LABELS} is missing: it must say for each image whether the scan is "
            f"{', '.join(names[:-1])} or {names[-1]}"
        )
        labels = _no_labels()
    else:
        labels = _labels_from_masks(pairs, names)
    faults += _contradictions(data, labels, pairs)
    rows = _rows(data, labels[labels["image"].isin(pairs)], pairs)
    return rows, faults + straddling(rows, data)


def straddling(rows: pd.DataFrame, where: Path) -> list[str]:
    """Name the groups of brain and breast scans that stand in more than one split."""
    scans = rows[rows["organ"] != "other"]
    splits = scans.groupby(["source", "group"])["split"].nunique()
    return [
        f"{where}: group {group} of {source} stands in two splits"
        for source, group in splits.index[splits > 1]
    ]


def _pair_files(data: Path) -> tuple[list[tuple[Path, Path]], list[str]]:
    faults: list[str] = []
    files: dict[str, dict[str, Path]] = {}
    for kind in ("images", "masks"):
        files[kind] = {}
        for path in list_files(data / kind):
            twin = files[kind].setdefault(path.stem, path)
            if path.suffix.lower() not in SUFFIXES:
                faults.append(f"{path} is no picture: save it as PNG")
            elif twin != path:
                faults.append(f"{path} has the same name as {twin.name}: rename one with its mask")
    images, masks = files["images"], files["masks"]
    if not images:
        faults.append(f"{data / 'images'} holds no picture")
    faults += [f"{images[stem]} has no mask" for stem in images if stem not in masks]
    faults += [f"{masks[stem]} has no image" for stem in masks if stem not in images]
    usable = [
        (images[stem], masks[stem])
        for stem in images
        if stem in masks
        and all(path.suffix.lower() in SUFFIXES for path in (images[stem], masks[stem]))
    ]
    return usable, faults


def _no_labels() -> pd.DataFrame:
    return pd.DataFrame(columns=list(LABEL_COLUMNS), dtype=str)


def _told_by_masks(organ: str | None) -> tuple[str, ...]:
    """Give the diagnoses of an organ; where none is named, of the first that masks tell apart."""
    known = diagnoses()
    return known[organ] if organ else min(known.values(), key=len)


def _labels_from_masks(pairs: dict[str, _Pair], names: tuple[str, ...]) -> pd.DataFrame:
    rows = [(name, names[pair.has_lesion], "", "") for name, pair in pairs.items()]
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS), dtype=str)


def _read_labels(data: Path, organ: str | None, images: set[str]) -> tuple[pd.DataFrame, list[str]]:
    """Read ``labels.csv`` and keep the rows that can be used."""
    path = data / LABELS
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        return _no_labels(), [f"{path} cannot be read as a table: {error}"]
    missing = [column for column in LABEL_COLUMNS[:2] if column not in table]
    if missing:
        return _no_labels(), [f"{path} lacks the column {', '.join(missing)}"]
    table = table.reindex(columns=list(LABEL_COLUMNS), fill_value="")
    table = table.apply(lambda column: column.str.strip())
    table["image"] = table["image"].str.removeprefix("images/")
    known = {name for one, names in diagnoses().items() if organ in (None, one) for name in names}
    faults, usable = [], []
    repeats = Counter(table["image"])
    for line, row in enumerate(table.to_dict("records"), start=2):
        wrong = []
        if not (data / "images" / row["image"]).is_file():
            wrong.append(f"there is no images/{row['image']}")
        if repeats[row["image"]] > 1:
            wrong.append(f"{row['image']} stands in {repeats[row['image']]} lines")
        if row["diagnosis"] not in known:
            wrong.append(
                f"unknown diagnosis {row['diagnosis']!r} of {row['image']}: "
                f"use {' or '.join(sorted(known))}"
            )
        if row["split"] not in ("", *SHARES):
            wrong.append(
                f"the split {row['split']!r} of {row['image']} is not {' or '.join(SHARES)}"
            )
        faults += [f"{path}, line {line}: {fault}" for fault in wrong]
        usable.append(not wrong)
    unlabelled = sorted(images - set(table["image"]))
    faults += [f"{data / 'images' / name} does not stand in {LABELS}" for name in unlabelled]
    return table[usable], faults


def _contradictions(data: Path, labels: pd.DataFrame, pairs: dict[str, _Pair]) -> list[str]:
    healthy = {names[0] for names in diagnoses().values()}
    faults = []
    for name, diagnosis in zip(labels["image"], labels["diagnosis"], strict=True):
        if name in pairs and pairs[name].has_lesion == (diagnosis in healthy):
            what = "outlines something" if pairs[name].has_lesion else "is empty"
            faults.append(f"{pairs[name].mask} {what}, but {LABELS} says {diagnosis!r}")
    return faults


def _rows(data: Path, labels: pd.DataFrame, pairs: dict[str, _Pair]) -> pd.DataFrame:
    labels = labels.sort_values("image").reset_index(drop=True)
    organs = {name: organ for organ, names in diagnoses().items() for name in names}
    rows = pd.DataFrame(
        {
            "image": "images/" + labels["image"],
            "mask": [f"masks/{pairs[name].mask.name}" for name in labels["image"]],
            "organ": [organs[diagnosis] for diagnosis in labels["diagnosis"]],
            "source": SOURCE,
            "diagnosis": labels["diagnosis"],
            "group": _groups(labels, pairs),
            "split": labels["split"],
        },
        dtype=str,
    )
    return rows.assign(split=_splits(rows))


def _groups(labels: pd.DataFrame, pairs: dict[str, _Pair]) -> list[str]:
    """Take the groups given; name those of near-duplicates after their first picture."""
    names, groups = list(labels["image"]), list(labels["group"])
    unknown = [index for index, group in enumerate(groups) if not group]
    if unknown:
        numbers = near_duplicate_groups(np.stack([pairs[names[i]].thumbnail for i in unknown]))
        first: dict[int, str] = {}
        for index, number in zip(unknown, numbers.tolist(), strict=True):
            groups[index] = first.setdefault(number, f"like {names[index]}")
    return groups


def _splits(rows: pd.DataFrame) -> list[str]:
    """Keep the splits given, also for the rest of their group, and draw the others."""
    given = rows[rows["split"] != ""]
    by_group = dict(zip(given["group"], given["split"], strict=True))
    drawn = draw_splits(rows["group"].tolist(), rows["diagnosis"].tolist())
    return [
        split or by_group.get(group, chance)
        for split, group, chance in zip(rows["split"], rows["group"], drawn, strict=True)
    ]
