"""Small scans and results for the tests of projects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from napari_multicancer.batch.results import ResultsTable, all_columns
from napari_multicancer.io import save_mask


def picture(path: Path, seed: int = 0) -> Path:
    """Write a grey picture that is like no other of another seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (24, 32), np.uint8)
    Image.fromarray(noise).save(path)
    return path


def pictures(folder: Path, number: int) -> list[Path]:
    return [picture(folder / f"scan{n}.png", n) for n in range(1, number + 1)]


def mask(left: int = 8, width: int = 8) -> np.ndarray:
    """Outline a rectangle on a picture of `picture`."""
    labels = np.zeros((24, 32), np.uint8)
    labels[6:18, left : left + width] = 1
    return labels


def answer(path: Path, **cells: str) -> dict[str, str]:
    """Make the row of a breast that shows something benign."""
    row = dict.fromkeys(all_columns(), "")
    row |= {"path": str(path), "status": "ok", "organ": "breast", "diagnosis": "benign"}
    row |= {"p_breast": "0.99", "p_benign": "0.80", "confident": "true", "planes": "1"}
    row |= {"lesion_area": "96", "area_unit": "px", "models": "recognizer 2; breast 2"}
    return row | cells


def failure(path: Path, reason: str) -> dict[str, str]:
    row = dict.fromkeys(all_columns(), "")
    return row | {"path": str(path), "status": "failed", "error": reason}


def results(folder: Path, *rows: Mapping[str, str], masks: bool = True) -> None:
    """Write a table as a batch does, with the masks that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    with ResultsTable(folder / "results.csv") as table:
        for row in rows:
            if masks and row["mask"]:
                (folder / row["mask"]).parent.mkdir(exist_ok=True)
                save_mask(folder / row["mask"], mask())
            table.add(dict(row))
