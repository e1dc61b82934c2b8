"""What a network of clicks learns from: whole planes, their outlines, and automatic ones.

The automatic outlines come from networks that never saw a scan's source where there are such
(out of fold: as wrong as they will be at a user's); else from those that did, shown the scan
changed, as their outlines of scans that they know are nearly perfect and would teach nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy.special import expit

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import ModelCard, list_models
from napari_multicancer.core.models.runtime import Model, lanes_for, load_model
from napari_multicancer.core.planes.color import as_colored
from napari_multicancer.core.planes.prepare import (
    intensity_window,
    normalize,
    prepare_plane,
)
from napari_multicancer.training.data.samples import (
    TRAINED_ON,
    Progress,
    chosen_rows,
    read_manifest,
)
from napari_multicancer.training.prepare.pictures import read_pair, refuse
from napari_multicancer.training.recipe import TaskConfig

LONGEST_SIDE = 512
"""Larger planes are kept smaller: the network sees a part of them at half of that."""

Change = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class ClickScan:
    """One plane.

    Attributes
    ----------
    image : ndarray of uint8, shape (row, column) or (row, column, 3)
        Stretched to the plane's window of intensities.
    mask : ndarray of bool, shape (row, column)
        The truth.
    automatic : ndarray of uint8, shape (row, column)
        The automatic network's probability of the lesion, 0..255.
    threshold : float
        From which on that network calls it the lesion, 0..1.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    automatic: NDArray[np.uint8]
    threshold: float


@dataclass(frozen=True, eq=False)
class ClickScans:
    """The planes of one split, with their rows in the manifest."""

    scans: Sequence[ClickScan]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.scans)


def load_click_scans(
    data: Path,
    config: TaskConfig,
    change: Change,
    progress: Progress | None = None,
    splits: Sequence[str] = TRAINED_ON,
) -> dict[str, ClickScans]:
    """Read the outlined scans of a training folder, and ask the automatic networks about them.

    Parameters
    ----------
    data : Path
    config : TaskConfig
    change : callable
        Changes a picture, shape (size, size, 3), that a network is shown although it
        learnt from its source.
    progress : callable, optional
        Called with the number of pictures read and their total.
    splits : sequence of str
        "train", "val" or both.

    Returns
    -------
    dict of str to ClickScans
        By split.

    Raises
    ------
    DataError
        Something is wrong: all faults are listed, each with its file.
    """
    rows = read_manifest(data)
    wanted = {split: outlined_rows(rows, config, split) for split in splits}
    total, done = sum(map(len, wanted.values())), 0
    found: dict[str, ClickScans] = {}
    faults: list[str] = []
    for split, chosen in wanted.items():
        if chosen.empty:
            faults.append(f"the split {split!r} holds no outlined picture for {config.task!r}")
        look = _Looker(data, config, change, split == "train")
        scans: list[ClickScan | None] = []
        with ThreadPoolExecutor(lanes_for(2)) as pool:
            for scan, wrong in pool.map(look, chosen.to_dict("records")):
                scans.append(scan)
                faults += wrong
                done += 1
                if progress is not None:
                    progress(done, total)
        found[split] = ClickScans([scan for scan in scans if scan is not None], chosen)
    refuse(faults)
    return found


def outlined_rows(rows: pd.DataFrame, config: TaskConfig, split: str) -> pd.DataFrame:
    """Keep the rows of a split that a network of clicks can use: those with a mask."""
    chosen = chosen_rows(rows, config, split)
    return chosen[chosen["mask"] != ""].reset_index(drop=True)


class _Looker:
    """Reads a scan and asks one of the automatic networks of its organ."""

    def __init__(self, data: Path, config: TaskConfig, change: Change, is_training: bool) -> None:
        self._data, self._config = data, config
        self._change, self._is_training = change, is_training
        cards = [card for card in list_models() if card.organ in config.organs and card.ships]
        self._cards = {organ: [c for c in cards if c.organ == organ] for organ in config.organs}

    def __call__(self, row: dict[str, str]) -> tuple[ClickScan | None, list[str]]:
        image, mask = self._data / row["image"], self._data / row["mask"]
        picture, outlined, faults = read_pair(image, mask)
        if picture is None or outlined is None or faults:
            return None, faults
        colored = as_colored(picture.plane, self._config.color)
        window = intensity_window(colored)
        pixels = np.rint(normalize(colored, window)).astype(np.uint8)
        pixels, truth = _smaller(pixels), _smaller(outlined * np.uint8(255)) > 127
        rng = np.random.default_rng((self._config.seed, *row["image"].encode()))
        card, knows = self._ask_whom(row, rng)
        automatic = self._automatic(pixels, load_model(card), knows and self._is_training, rng)
        return ClickScan(pixels, truth, automatic, card.mask_threshold), []

    def _ask_whom(self, row: dict[str, str], rng: np.random.Generator) -> tuple[ModelCard, bool]:
        """Choose a network, one that did not learn from the source if there is one."""
        cards = self._cards[row["organ"]]
        if not cards:
            raise DataError(
                f"There is no network of {row['organ']!r} to correct: export one first."
            )
        strangers = [card for card in cards if row["source"] not in sources_of(card)]
        if strangers and self._is_training:
            return strangers[rng.integers(len(strangers))], False
        default = next((card for card in cards if card.is_default), cards[0])
        return default, row["source"] in sources_of(default)

    def _automatic(
        self, pixels: NDArray[np.uint8], model: Model, change: bool, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        card = model.card
        colored = as_colored(pixels, card.color)
        square, letterbox = prepare_plane(
            colored, (0.0, 255.0), card.input_size, card.preprocessing
        )
        if change:
            square = self._change(np.rint(square).astype(np.uint8), rng).astype(np.float32)
        probability = letterbox.back(expit(model(square)["lesion"]))
        return np.rint(probability * 255).astype(np.uint8)


def sources_of(card: ModelCard) -> frozenset[str]:
    """List the sources that a network learnt from, as its card tells them."""
    entries: Iterable[Any] = card.training.get("data", ())
    return frozenset(str(entry["source"]) for entry in entries if entry.get("train"))


def _smaller(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
