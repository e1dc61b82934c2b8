"""The training folder: a manifest of pictures and masks, read and checked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.letterbox import Letterbox
from napari_multicancer.core.preprocessing import (
    as_three_channels,
    intensity_window,
    normalize,
)
from napari_multicancer.training.config import TaskConfig

COLUMNS = ("image", "mask", "organ", "source", "diagnosis", "group", "split")


@dataclass(frozen=True)
class Samples:
    """Pictures of one split in memory, as the network sees them, before augmentation.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, size, size, 3)
        Letterboxed and normalized, 0..255.
    masks : ndarray of uint8, shape (n, size, size)
        1 on the lesion.
    has_mask : ndarray of bool, shape (n,)
        False where nobody outlined the lesion: such a picture teaches the class only.
    labels : ndarray of int64, shape (n,)
        Index into the task's classes.
    rows : DataFrame
        The manifest rows, in the same order.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    has_mask: NDArray[np.bool_]
    labels: NDArray[np.int64]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.labels)


def read_manifest(data: Path) -> pd.DataFrame:
    """Read and check ``manifest.csv``.

    Parameters
    ----------
    data : Path
        The training folder.

    Returns
    -------
    DataFrame
        One row a picture, all columns as text, empty where nothing is known.

    Raises
    ------
    DataError
        The manifest is missing, lacks a column, or a group straddles two splits.
    """
    path = data / "manifest.csv"
    if not path.is_file():
        raise DataError(f"{path} does not exist: name the folder that holds manifest.csv")
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        raise DataError(f"{path} lacks the column {', '.join(missing)}")
    patients = rows[rows["organ"] != "other"]
    splits = patients.groupby(["source", "group"])["split"].nunique()
    if (splits > 1).any():
        source, group = splits.index[splits > 1][0]
        raise DataError(f"{path}: group {group} of {source} stands in two splits")
    return rows


def select(rows: pd.DataFrame, config: TaskConfig, split: str) -> pd.DataFrame:
    """Keep the rows of a split that a task can use.

    Raises
    ------
    DataError
        The split is empty, a label is unknown, or a class has no example.
    """
    chosen = rows[(rows["split"] == split) & rows["organ"].isin(config.organs)]
    if chosen.empty:
        raise DataError(f"the split {split!r} holds no picture for {config.task!r}")
    unknown = chosen[~chosen[config.label].isin(config.classes)]
    if not unknown.empty:
        row = unknown.iloc[0]
        raise DataError(f"{row['image']}: nobody knows the label {row[config.label]!r}")
    absent = set(config.classes) - set(chosen[config.label])
    if absent:
        raise DataError(f"the split {split!r} has no example of {', '.join(sorted(absent))}")
    return chosen.reset_index(drop=True)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a grey or RGB picture, shape (row, column[, channel])."""
    try:
        with Image.open(path) as picture:
            return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"{path} cannot be read as a picture: {error}") from error


def read_mask(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Read a mask of the size `shape` (height, width): 0 outside, 1 on the lesion."""
    try:
        with Image.open(path) as picture:
            mask = np.asarray(picture.convert("L"))
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"{path} cannot be read as a mask: {error}") from error
    if mask.shape != shape:
        raise DataError(f"{path} measures {mask.shape}, its picture {shape}: redraw it")
    return (mask > 0).astype(np.uint8)


def load_samples(
    data: Path,
    rows: pd.DataFrame,
    config: TaskConfig,
    progress: Callable[[int, int], None] | None = None,
) -> Samples:
    """Read the pictures and masks of `rows` into memory.

    A picture whose label says that there is no lesion gets an empty mask even
    where none was drawn.
    """
    size, total = config.size, len(rows)
    images = np.zeros((total, size, size, 3), np.uint8)
    masks = np.zeros((total, size, size), np.uint8)
    has_mask = np.zeros(total, bool)

    def load(index: int) -> None:
        row = rows.iloc[index]
        plane = read_picture(data / row["image"])
        box = Letterbox.fit(*plane.shape[:2], size)
        square = box.apply(normalize(plane, intensity_window(plane)))
        images[index] = as_three_channels(np.rint(square))
        if row["mask"]:
            mask = read_mask(data / row["mask"], plane.shape[:2])
            masks[index] = box.apply(mask.astype(np.float32)) > 0.5
        has_mask[index] = bool(row["mask"]) or row[config.label] == config.classes[0]

    with ThreadPoolExecutor(2) as pool:
        for done, _ in enumerate(pool.map(load, range(total)), start=1):
            if progress is not None:
                progress(done, total)
    labels = np.array([config.classes.index(label) for label in rows[config.label]])
    return Samples(images, masks, has_mask, labels, rows)
