from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project.exports.polygons import drawn, polygons_of
from napari_multicancer.project.exports.run_length import (
    from_run_lengths,
    packed,
    run_lengths,
    unpacked,
)

MASKS = arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12))


@given(MASKS)
def test_every_mask_comes_back_from_its_runs(mask: np.ndarray) -> None:
    runs = unpacked(packed(run_lengths(mask)))
    np.testing.assert_array_equal(from_run_lengths(runs, *mask.shape), mask)


@given(MASKS)
def test_runs_are_packed_as_cocos_own_tools_do(mask: np.ndarray) -> None:
    tools = pytest.importorskip("pycocotools.mask")
    theirs = tools.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert packed(run_lengths(mask)) == theirs


@given(MASKS)
def test_polygons_enclose_exactly_the_pixels_of_every_mask(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(drawn(polygons_of(mask), mask.shape), mask)


@pytest.mark.parametrize("letters", ["o", "ü", "0\n"])
def test_damaged_runs_are_refused(letters: str) -> None:
    with pytest.raises(UnreadableFileError, match="export it again"):
        from_run_lengths(unpacked(letters), 4, 4)
