"""Pictures that hold what masks do are told from scans, and no scan is taken for one."""

from __future__ import annotations

import csv
import io
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.masks.likeness import few_values, looks_like_mask
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES

SHAPE = (200, 240)
BRAIN = next(sample.path for sample in SAMPLES if sample.diagnosis == "tumor")


def _disc(radius: float, at: tuple[int, int] = (90, 100)) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.asarray(np.hypot(rows - at[0], columns - at[1]) <= radius)


def _jpeg(mask: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


LESION = _disc(30)
MASKS = {
    "two values": LESION.astype(np.uint8) * 255,
    "0 and 1": LESION.astype(np.uint8),
    "yes and no": LESION,
    "turned around": np.where(LESION, 0, 255).astype(np.uint8),
    "a few pixels": _disc(2).astype(np.uint16) * 7,
    "an outline": (_disc(31) & ~_disc(30)).astype(np.uint8) * 255,
    "most of it": _disc(110).astype(np.uint8),
    "several labels": LESION * 1.0 + _disc(10) * 2 + _disc(15, (150, 200)) * 4,
    "colors": np.stack([LESION * 255, _disc(10) * 80, LESION * 0], -1).astype(np.uint8),
    "volume": np.stack([np.zeros(SHAPE, np.uint8), LESION * 1, _disc(20) * 2]).astype(np.int16),
    "JPEG": _jpeg(LESION.astype(np.uint8) * 255, 75),
    "poor JPEG": _jpeg(LESION.astype(np.uint8) * 255, 40),
    "gray JPEG": _jpeg(LESION.astype(np.uint8) * 128, 75),
    "smooth edges": np.asarray(
        Image.fromarray(LESION.astype(np.uint8) * 255).resize((333, 288), Image.Resampling.BICUBIC)
    ),
}


def _axes(pixels: NDArray[np.generic]) -> str:
    return "yx" if pixels.ndim == 2 else "yxc" if pixels.shape[-1] == 3 else "zyx"


@pytest.mark.parametrize("kind", MASKS)
def test_a_mask_is_told_by_its_values(kind: str) -> None:
    assert looks_like_mask(Scan(MASKS[kind], _axes(MASKS[kind])))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path.stem)
@pytest.mark.parametrize("scale", [1, 1 / 4, 1 / 16, 3])
def test_scans_are_none_however_bright(sample, scale: float) -> None:
    scan = load_scan(sample.path)
    pixels = np.clip(np.asarray(scan.pixels) * scale, 0, 255).astype(np.uint8)
    assert not looks_like_mask(Scan(pixels, scan.axes))


def test_a_scan_of_one_bit_that_is_dithered_is_none() -> None:
    dithered = Image.open(BRAIN).convert("L").convert("1")
    assert few_values(Scan(np.asarray(dithered), "yx")) == 2
    assert not looks_like_mask(Scan(np.asarray(dithered), "yx"))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros(SHAPE, np.uint8),
        np.tile(np.arange(240, dtype=np.uint8), (200, 1)),
        np.where(LESION, 40, 0).astype(np.uint8) + np.arange(240, dtype=np.uint8) // 24,
        np.stack([LESION, _disc(9)]) * np.arange(2, 242, dtype=np.float32),
        np.where(_disc(2), 150, LESION * (np.arange(240) % 12)).astype(np.uint8),
    ],
    ids=["one value", "ramp", "dark, uneven", "uneven stack", "the last of a head"],
)
def test_other_simple_pictures_are_none(pixels: NDArray[np.generic]) -> None:
    assert not looks_like_mask(Scan(pixels, _axes(pixels)))


def test_values_are_counted_up_to_eight() -> None:
    steps = np.arange(9, dtype=np.uint8).repeat(30)[None].repeat(40, axis=0)
    assert few_values(Scan(steps[:, :240], "yx")) == 8
    assert few_values(Scan(steps, "yx")) is None
    assert few_values(Scan(np.stack([steps[:, :240], steps[:, 30:]]), "zyx")) is None


def test_of_a_scan_of_many_values_one_plane_is_read() -> None:
    read = []

    class Pixels:
        shape, ndim, dtype = (50, 64, 64), 3, np.dtype(np.uint8)

        def __getitem__(self, index: object) -> NDArray[np.uint8]:
            read.append(index)
            return np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)

    assert not looks_like_mask(Scan(Pixels(), "zyx"))
    assert len(read) <= 2


def test_no_validation_scan_of_any_kind_is_taken_for_a_mask(data_folder: Path) -> None:
    with (data_folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    for row in islice(rows, 0, None, 10):
        assert not looks_like_mask(load_scan(data_folder / row["image"])), row["image"]
