"""The scan is found on its screen, and nothing of it is lost."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.planes.scan_area import crop_to_scan


def speckle(height: int, width: int) -> np.ndarray:
    """Give tissue as ultrasound shows it, darker with depth."""
    rng = np.random.default_rng(height * width)
    depth = np.linspace(1, 0.5, height)[:, None]
    return (rng.rayleigh(60, (height, width)) * depth).clip(0, 255).astype(np.float32)


def screen(
    scan: np.ndarray, top: int, left: int, height: int, width: int, background: int = 0
) -> np.ndarray:
    """Lay a scan on a screen with writing, a ruler and a bar of greys."""
    picture = Image.new("L", (width, height), background)
    draw = ImageDraw.Draw(picture)
    draw.text((8, 6), "CLINIC  12 MHz  MI 0.8\nGain 54  DR 60", fill=230)
    draw.text((left, height - 20), "Dist 1: 12.3 mm", fill=230)
    for tick in range(top, top + scan.shape[0], 20):
        draw.line((width - 14, tick, width - 6, tick), fill=255)
    for level in range(100):
        draw.line((4, top + level, 9, top + level), fill=255 - 2 * level)
    pixels = np.array(picture, np.float32)
    pixels[top : top + scan.shape[0], left : left + scan.shape[1]] = scan
    return pixels


def assert_near(found: BoundingBox, wanted: tuple[int, int, int, int], slack: int) -> None:
    """Two pixels of the working picture at each edge are no matter."""
    edges = (found.top, found.left, found.top + found.height, found.left + found.width)
    top, left, height, width = wanted
    expected = (top, left, top + height, left + width)
    assert np.abs(np.subtract(edges, expected)).max() <= slack, (edges, expected)


@pytest.mark.parametrize("background", [0, 30, 90])
@pytest.mark.parametrize("factor", [1, 2])
def test_the_scan_is_found_between_writing_ruler_and_bar(background: int, factor: int) -> None:
    wide = screen(speckle(280, 400), 70, 90, 480, 640, background)
    plane = np.kron(wide, np.ones((factor, factor), np.float32))
    wanted = (70 * factor, 90 * factor, 280 * factor, 400 * factor)
    assert_near(crop_to_scan(plane), wanted, slack=10 * factor)


def test_colors_are_no_hindrance() -> None:
    wide = screen(speckle(280, 400), 70, 90, 480, 640)
    color = np.dstack([wide * 0.7, wide * 0.8, wide])
    assert_near(crop_to_scan(color), (70, 90, 280, 400), slack=10)


def test_two_scans_side_by_side_both_stay() -> None:
    plane = np.zeros((400, 700), np.float32)
    plane[80:330, 30:330] = speckle(250, 300)
    plane[80:330, 370:640] = speckle(250, 270)
    assert_near(crop_to_scan(plane), (80, 30, 250, 610), slack=11)


def test_a_black_cyst_within_the_scan_cuts_nothing_off() -> None:
    scan = speckle(280, 400)
    rows, columns = np.ogrid[:280, :400]
    scan[((rows - 140) / 100) ** 2 + ((columns - 200) / 150) ** 2 < 1] = 0
    assert_near(crop_to_scan(screen(scan, 70, 90, 480, 640)), (70, 90, 280, 400), slack=10)


@pytest.mark.parametrize(
    "plane",
    [
        speckle(300, 420),
        np.zeros((300, 420), np.float32),
        np.full((3, 2), 7, np.float32),
        np.pad(speckle(20, 30), 150),
        np.pad(speckle(300, 420), 5),
    ],
    ids=["it fills it", "nothing there", "tiny", "a speck", "a narrow border"],
)
def test_the_whole_plane_where_there_is_nothing_to_cut(plane: np.ndarray) -> None:
    assert crop_to_scan(plane) == BoundingBox(0, 0, *plane.shape)
