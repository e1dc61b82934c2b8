from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.batch.contact_sheet import OUTLINE, Tile, write_contact_sheet
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.scan import Scan

GREY = Scan(np.random.default_rng(0).integers(0, 900, (60, 30), dtype=np.uint16), "yx")


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def _outlined(path: Path) -> np.ndarray:
    return np.argwhere((_pixels(path) == OUTLINE).all(-1))


def test_the_lesion_is_outlined_where_it_lies(tmp_path: Path) -> None:
    mask = np.zeros((60, 30), np.uint8)
    mask[30:, :] = 1
    path = write_contact_sheet(tmp_path / "sheet.png", [Tile(GREY, mask, ("one", "two"))])
    outlined = _outlined(path)
    assert len(outlined) > 100
    assert outlined[:, 0].min() == pytest.approx(160, abs=6)


def test_of_a_stack_the_plane_with_the_largest_mask_is_shown(tmp_path: Path) -> None:
    stack = Scan(np.stack([GREY.pixels, GREY.pixels[::-1], GREY.pixels]), "zyx")
    mask = np.zeros((3, 60, 30), np.uint8)
    mask[1, 5:20, 5:20] = 1
    sheet = write_contact_sheet(tmp_path / "a.png", [Tile(stack, mask, ("",))])
    plane = Scan(GREY.pixels[::-1], "yx")
    alone = write_contact_sheet(tmp_path / "b.png", [Tile(plane, mask[1], ("",))])
    assert sheet.read_bytes() == alone.read_bytes()


def test_colour_and_missing_masks_are_drawn_too(tmp_path: Path) -> None:
    colour = Scan(np.random.default_rng(0).integers(0, 255, (40, 50, 4), dtype=np.uint8), "yxc")
    tiles = [Tile(colour, None, ("none",))] * 4
    path = write_contact_sheet(tmp_path / "sheet.png", tiles)
    assert not len(_outlined(path))
    height, width = _pixels(path).shape[:2]
    assert width > height


def test_a_sheet_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write_contact_sheet(tmp_path / "sheet.png", [Tile(GREY, None, ("",))])
    assert not list(tmp_path.iterdir())
