"""The training folder: pictures and masks with a manifest, or a user's own; read and checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.planes.color import as_colored
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.planes.prepare import intensity_window, prepare_plane
from napari_multicancer.core.splits import SHARES
from napari_multicancer.training.data.own_folder import is_own_folder, read_own_folder, straddling
from napari_multicancer.training.prepare.pictures import Picture, read_pair, refuse
from napari_multicancer.training.recipe import OTHER, TaskConfig, diagnoses

COLUMNS = ("image", "mask", "organ", "source", "diagnosis", "group", "split")
MANIFEST = "manifest.csv"
TRAINED_ON = ("train", "val")
Progress = Callable[[int, int], None]
UNKNOWN = -1
"""Label of a scan whose diagnosis nobody told."""


@dataclass(frozen=True)
class Samples:
    """Pictures of one split in memory, as the network sees them, before augmentation.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, size, size, 3)
        As the recipe prepares them, 0..255.
    masks : ndarray of uint8, shape (n, size, size)
        1 on the lesion.
    has_mask : ndarray of bool, shape (n,)
        False where nobody outlined the lesion: such a picture teaches the class only.
    labels : ndarray of int64, shape (n,)
        Index into the task's classes; `UNKNOWN` where nobody told the diagnosis: such a
        picture teaches the outline only.
    boxes : sequence of Letterbox
        How each picture was fitted.
    rows : DataFrame
        The manifest rows, in the same order.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    has_mask: NDArray[np.bool_]
    labels: NDArray[np.int64]
    boxes: Sequence[Letterbox]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.labels)


def read_manifest(data: Path) -> pd.DataFrame:
    """Read and check ``manifest.csv``, or make one up for a user's own folder.

    Parameters
    ----------
    data : Path
        The training folder: it holds ``manifest.csv``, or else ``images/`` and
        ``masks/`` as `read_own_folder` reads them.

    Returns
    -------
    DataFrame
        One row a picture, all columns as text, empty where nothing is known.

    Raises
    ------
    DataError
        The manifest is missing, cannot be read, lacks a column, or a group straddles
        two splits; a user's own folder has a fault.
    """
    if is_own_folder(data):
        rows, faults = read_own_folder(data)
        refuse(faults)
        return rows
    rows = _read_rows(data)
    refuse(straddling(rows, data / MANIFEST))
    return rows


def _read_rows(data: Path) -> pd.DataFrame:
    path = data / MANIFEST
    if not path.is_file():
        raise DataError(
            f"{path} does not exist: name the folder that holds manifest.csv, "
            "or one that holds images/ and masks/"
        )
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as a table: {error}") from error
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        raise DataError(f"{path} lacks the column {', '.join(missing)}")
    return rows


def select(rows: pd.DataFrame, config: TaskConfig, split: str) -> pd.DataFrame:
    """Keep the rows of a split that a task can use.

    A scan may lack its diagnosis or its mask. One that lacks both teaches a network
    that outlines lesions nothing and is left out.

    Raises
    ------
    DataError
        The split is empty, a label is unknown, or a class has no example.
    """
    chosen = chosen_rows(rows, config, split)
    refuse(_split_faults(chosen, config, split))
    return chosen


def chosen_rows(rows: pd.DataFrame, config: TaskConfig, split: str) -> pd.DataFrame:
    """Keep the rows of a split that a task can use; see `select`, which refuses what is wrong."""
    wanted = (rows["split"] == split) & rows["organ"].isin(config.organs)
    if config.sources:
        wanted &= rows["source"].isin(config.sources)
    wanted &= ~rows["source"].isin(config.left_out)
    if config.has_lesions:
        wanted &= (rows[config.label] != "") | (rows["mask"] != "")
    chosen = rows[wanted]
    if split == "train" and config.share < 1:
        chosen = chosen[chosen["group"].isin(_some_groups(chosen["group"], config))]
    if config.most_per_source:
        chosen = _at_most(chosen, config)
    return chosen.reset_index(drop=True)


def _at_most(rows: pd.DataFrame, config: TaskConfig) -> pd.DataFrame:
    """Draw as many of each source's pictures as the recipe uses at most; in their order."""
    drawn = rows.sample(frac=1, random_state=config.seed)
    number = drawn.groupby("source").cumcount().reindex(rows.index)
    return rows[(number < config.most_per_source) | (rows["organ"] == OTHER)]


def _some_groups(groups: pd.Series, config: TaskConfig) -> NDArray[Any]:
    """Draw the recipe's share of the groups, always the same ones by its seed."""
    shuffled = np.random.default_rng(config.seed).permutation(np.unique(groups))
    return shuffled[: int(np.ceil(config.share * len(shuffled)))]


def _split_faults(chosen: pd.DataFrame, config: TaskConfig, split: str) -> list[str]:
    if chosen.empty:
        return [f"the split {split!r} holds no picture for {config.task!r}"]
    known = (*config.classes, "") if config.has_lesions else config.classes
    unknown = chosen[~chosen[config.label].isin(known)]
    faults = [
        f"{image}: unknown {config.label} {label!r}"
        for image, label in zip(unknown["image"], unknown[config.label], strict=True)
    ]
    absent = set(config.classes) - set(chosen[config.label])
    if absent and not config.sources and not config.left_out:
        faults.append(f"the split {split!r} has no example of {', '.join(sorted(absent))}")
    return faults


def load_training_data(
    data: Path, config: TaskConfig, progress: Progress | None = None
) -> dict[str, Samples]:
    """Read all that a task trains and validates on, once, and refuse it before an hour is lost.

    Every picture and mask of the splits ``train`` and ``val`` is opened; of a user's own
    folder all are, since groups and splits depend on them.

    Parameters
    ----------
    data : Path
    config : TaskConfig
    progress : callable, optional
        Called with the number of pictures read and their total.

    Returns
    -------
    dict of str to Samples
        By split, "train" and "val".

    Raises
    ------
    DataError
        Something is wrong: all faults are listed, each with its file.
    """
    seen: dict[str, _Seen] = {}
    if is_own_folder(data):

        def keep(image: str, picture: Picture, mask: NDArray[np.uint8]) -> None:
            seen[image] = _as_seen(picture, mask, config)

        organ = config.organs[0] if len(config.organs) == 1 else None
        rows, faults = read_own_folder(data, organ, progress, keep)
        splits = {split: chosen_rows(rows, config, split) for split in TRAINED_ON}
    else:
        rows = _read_rows(data)
        splits = {split: chosen_rows(rows, config, split) for split in TRAINED_ON}
        faults = _unknown_words(rows) + straddling(rows, data / MANIFEST)
        faults += _look_at_all(data, pd.concat(splits.values()), config, seen, progress)
    for split, chosen in splits.items():
        faults += _split_faults(chosen, config, split)
    refuse(faults)
    return {split: _gathered(chosen, seen, config) for split, chosen in splits.items()}


def load_samples(
    data: Path, rows: pd.DataFrame, config: TaskConfig, progress: Progress | None = None
) -> Samples:
    """Read the pictures and masks of `rows` into memory.

    A picture whose label says that there is no lesion gets an empty mask even
    where none was drawn.

    Raises
    ------
    DataError
        A picture or mask cannot be used: all faults are listed, each with its file.
    """
    seen: dict[str, _Seen] = {}
    refuse(_look_at_all(data, rows, config, seen, progress))
    return _gathered(rows, seen, config)


def _unknown_words(rows: pd.DataFrame) -> list[str]:
    """Name the rows that no task and no split would ever use."""
    return [
        f"{image}: unknown {column} {word!r}"
        for column, known in (("organ", (*diagnoses(), OTHER)), ("split", SHARES))
        for image, word in zip(rows["image"], rows[column], strict=True)
        if word not in known
    ]


@dataclass(frozen=True)
class _Seen:
    """A picture and its mask as the network sees them, and how they were fitted."""

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None
    box: Letterbox


def _as_seen(picture: Picture, mask: NDArray[np.uint8] | None, config: TaskConfig) -> _Seen:
    colored = as_colored(picture.plane, config.color)
    window = intensity_window(colored)
    square, box = prepare_plane(colored, window, config.size, config.preprocessing, picture.aspect)
    fitted = None if mask is None else box.there(mask.astype(np.float32)) > 0.5
    return _Seen(
        np.rint(square).astype(np.uint8), None if fitted is None else fitted.astype(np.uint8), box
    )


def _look_at_all(
    data: Path,
    rows: pd.DataFrame,
    config: TaskConfig,
    seen: dict[str, _Seen],
    progress: Progress | None,
) -> list[str]:
    """Read the pictures and masks of `rows` into `seen`, and say what is wrong with them."""

    def look(names: tuple[str, str]) -> list[str]:
        image, mask = names
        picture, outlined, faults = read_pair(data / image, data / mask if mask else None)
        if picture is not None and not faults:
            seen[image] = _as_seen(picture, outlined, config)
        return faults

    faults: list[str] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work = pool.map(look, zip(rows["image"], rows["mask"], strict=True))
        for done, found in enumerate(work, start=1):
            faults += found
            if progress is not None:
                progress(done, len(rows))
    return faults


def _gathered(rows: pd.DataFrame, seen: dict[str, _Seen], config: TaskConfig) -> Samples:
    """Lay what was seen of `rows` into arrays; `seen` gives it away, as memory is dear."""
    size, total = config.size, len(rows)
    images = np.zeros((total, size, size, 3), np.uint8)
    masks = np.zeros((total, size, size), np.uint8)
    boxes = []
    for index, name in enumerate(rows["image"]):
        one = seen.pop(name)
        images[index] = one.image
        if one.mask is not None:
            masks[index] = one.mask
        boxes.append(one.box)
    is_healthy = (rows[config.label] == config.classes[0]).to_numpy(bool)
    has_mask = (rows["mask"] != "").to_numpy(bool) | is_healthy
    known = {name: index for index, name in enumerate(config.classes)}
    labels = np.array([known.get(name, UNKNOWN) for name in rows[config.label]])
    return Samples(images, masks, has_mask, labels, boxes, rows)
