import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from napari_multicancer.core.planes.head import crop_to_head
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.planes.prepare import intensity_window, normalize
from napari_multicancer.io import load_scan
from napari_multicancer.samples import FOLDER

HEAD = (60, 90, 190, 200)
"""Top, left, bottom and right of the phantom's head."""


def ellipse(shape, top, left, bottom, right):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    row, column = (top + bottom - 1) / 2, (left + right - 1) / 2
    return ((rows - row) / ((bottom - top) / 2)) ** 2 + (
        (columns - column) / ((right - left) / 2)
    ) ** 2 <= 1


def phantom(shape=(256, 240), box=HEAD, *, skull=True, lesion=False):
    """Draw a noisy head on black: scalp, dark skull, brain, on request a bright lesion."""
    top, left, bottom, right = box
    plane = np.zeros(shape, np.float32)
    plane[ellipse(shape, *box)] = 220 if skull else 90
    if skull:
        plane[ellipse(shape, top + 5, left + 5, bottom - 5, right - 5)] = 10
        plane[ellipse(shape, top + 10, left + 10, bottom - 10, right - 10)] = 90
    if lesion:
        row, column = top + (bottom - top) // 3, left + (right - left) // 3
        plane[ellipse(shape, row, column, row + 24, column + 24)] = 255
    noise = np.random.default_rng(0).normal(0, 4, shape)
    return np.clip(plane + noise, 0, 255).astype(np.float32)


def assert_encloses(found, box, slack):
    """Check that the box lies in the crop, which is at most `slack` wider on each side."""
    top, left, bottom, right = box
    gaps = np.array(
        [
            top - found.top,
            left - found.left,
            found.top + found.height - bottom,
            found.left + found.width - right,
        ]
    )
    assert (gaps >= 0).all(), gaps
    assert (gaps <= slack).all(), gaps


@pytest.mark.parametrize("skull", [True, False], ids=["skull", "stripped"])
@pytest.mark.parametrize("lesion", [True, False], ids=["lesion", "healthy"])
@pytest.mark.parametrize("inverted", [True, False], ids=["white", "black"])
@pytest.mark.parametrize("box", [HEAD, (3, 5, 110, 90), (120, 130, 250, 232)])
def test_a_head_is_found_wherever_and_however_it_lies(skull, lesion, inverted, box):
    plane = phantom(box=box, skull=skull, lesion=lesion)
    assert_encloses(crop_to_head(255 - plane if inverted else plane), box, slack=6)


def test_a_grey_background_and_colour_do_no_harm():
    grey = phantom()
    assert_encloses(crop_to_head(np.clip(grey + 40, 0, 255)), HEAD, slack=6)
    colour = np.dstack([grey * 0.5, grey, grey * 0.8])
    assert_encloses(crop_to_head(colour), HEAD, slack=6)


def test_a_large_plane_gets_the_same_box_scaled():
    large = np.kron(phantom(), np.ones((4, 4), np.float32))
    assert_encloses(crop_to_head(large), [4 * edge for edge in HEAD], slack=24)


@pytest.mark.parametrize("ink", [255, 180])
def test_text_burnt_into_the_corners_is_left_out(ink):
    picture = Image.fromarray(phantom())
    draw = ImageDraw.Draw(picture)
    draw.text((2, 2), "HOSPITAL\nTR 5800", fill=ink)
    draw.text((200, 240), "R 12:30", fill=ink)
    assert_encloses(crop_to_head(np.asarray(picture)), HEAD, slack=6)


def test_a_brain_in_several_pieces_is_kept_whole():
    pieces = [(60, 60, 110, 100), (60, 140, 110, 180), (130, 80, 200, 160)]
    plane = sum(phantom(box=box, skull=False) for box in pieces)
    assert_encloses(crop_to_head(plane), (60, 60, 200, 180), slack=8)


def test_a_head_that_fills_the_plane_is_kept_whole():
    plane = phantom(shape=(130, 110), box=(0, 0, 130, 110))
    assert crop_to_head(plane) == BoundingBox(0, 0, 130, 110)


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(200, 150), (1, 1), (1, 300), (60, 60, 3)])
def test_a_plane_that_shows_nothing_is_kept_whole(shape, value):
    whole = BoundingBox(0, 0, *shape[:2])
    assert crop_to_head(np.full(shape, value, np.float32)) == whole


def test_a_speck_is_no_head():
    plane = np.zeros((200, 200), np.float32)
    plane[90:100, 90:100] = 255
    assert crop_to_head(plane) == BoundingBox(0, 0, 200, 200)


@pytest.mark.parametrize("rows", [[[105, 106], [0, 0]], [[7, 7.000001], [7, 7]]])
def test_too_few_or_too_similar_greys_tell_no_head(rows):
    assert crop_to_head(np.array(rows, np.float32)) == BoundingBox(0, 0, 2, 2)


@pytest.mark.slow
@settings(max_examples=150)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=40),
        elements=st.floats(0, 255, width=32),
    )
)
def test_whatever_the_plane_the_box_lies_in_it(plane):
    found = crop_to_head(plane)
    assert plane[found.slices].shape == (found.height, found.width)
    assert min(found.height, found.width) >= 1


@pytest.mark.parametrize(
    ("file", "plane", "box", "slack"),
    [
        ("brain_tumor.jpg", 0, (0, 61, 511, 441), 16),
        ("brain_no_tumor.png", 0, (25, 27, 205, 170), 8),
        ("brain_tumor_stack.tif", 4, (23, 42, 242, 215), 8),
    ],
)
def test_the_heads_of_the_samples_are_framed(file, plane, box, slack):
    pixels = load_scan(FOLDER / file).plane(plane)
    normalized = normalize(pixels, intensity_window(pixels))
    assert_encloses(crop_to_head(normalized), box, slack)
    assert_encloses(crop_to_head(255 - normalized), box, slack)
