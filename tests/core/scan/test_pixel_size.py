"""A size of a pixel that the user enters: marked, and never in the place of the file's own."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer import Scan, with_pixel_size
from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.pixel_size import ENTERED, NOT_HEEDED, read_pixel_size
from napari_multicancer.core.scan.place import UNPLACED, Unknown


def _scan(axes: str, **more) -> Scan:
    shape = {"z": 5, "t": 4, "y": 20, "x": 30, "c": 3}
    return Scan(np.zeros([shape[axis] for axis in axes], np.uint8), axes, **more)


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ("yx", (0.2, 0.2)),
        ("yxc", (0.2, 0.2)),
        ("zyx", (np.nan, 0.2, 0.2)),
        ("tyxc", (1.0, 0.2, 0.2)),
    ],
)
def test_a_size_counts_in_the_plane_and_is_marked(axes: str, size: tuple[float, ...]) -> None:
    scan = with_pixel_size(_scan(axes), 0.2)
    np.testing.assert_allclose(scan.voxel_size, size)
    assert scan.plane_spacing == (0.2, 0.2)
    assert scan.pixel_size_by_hand
    assert scan.notes == (ENTERED,)
    assert Unknown.PIXEL_SIZE not in scan.place.unknown
    assert Unknown.PLANE_DISTANCE in scan.place.unknown


def test_the_height_of_a_pixel_follows_from_its_proportions() -> None:
    scan = with_pixel_size(_scan("yx", place=UNPLACED.stretched(1.5)), 0.2)
    assert scan.plane_spacing == pytest.approx((0.3, 0.2))
    assert scan.pixel_aspect == pytest.approx(1.5)


def test_a_size_that_the_file_names_is_not_overruled_and_it_is_said() -> None:
    named = _scan("zyx", voxel_size=(3.0, 0.5, 0.5), notes=("It is old.",))
    scan = with_pixel_size(named, 0.2)
    assert scan.voxel_size == named.voxel_size
    assert not scan.pixel_size_by_hand
    assert scan.notes == ("It is old.", NOT_HEEDED)


@pytest.mark.parametrize("size", [0.0, -0.2, float("nan"), float("inf"), 200.0, 1e-9])
def test_what_is_no_size_is_refused_with_what_to_enter(size: float) -> None:
    with pytest.raises(UnsupportedScanError, match="is no size of a pixel: enter its width in mi"):
        with_pixel_size(_scan("yx"), size)


@pytest.mark.parametrize("text", ["0.2", "0,2", " .2 ", "0.2mm", "0,20 MM", "2e-1"])
def test_a_size_is_read_as_it_is_typed(text: str) -> None:
    assert read_pixel_size(text) == 0.2


@pytest.mark.parametrize("text", ["", "mm", "1/5", "0.2 cm", "1,000.5", "nan", "0", "-1"])
def test_words_that_are_no_size_are_refused(text: str) -> None:
    with pytest.raises(UnsupportedScanError, match="is no size of a pixel"):
        read_pixel_size(text)
