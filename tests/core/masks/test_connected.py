"""The regions of a stack are those that scipy finds in all of it at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.masks.connected import StackRegions
from napari_multicancer.core.masks.labels import connected_regions
from napari_multicancer.core.masks.regions import keep_largest_region

stacks = arrays(bool, array_shapes(min_dims=3, max_dims=3, max_side=6)).filter(np.any)


@given(stacks, st.randoms(use_true_random=False))
def test_the_largest_and_the_one_at_a_voxel_are_scipys(region, random):
    numbered, _ = connected_regions(region)
    sizes = np.bincount(numbered.ravel())
    found = StackRegions(region)
    np.testing.assert_array_equal(found.largest(), numbered == 1 + sizes[1:].argmax())
    voxel = tuple(random.choice(np.argwhere(region).tolist()))
    np.testing.assert_array_equal(found.at(voxel), numbered == numbered[voxel])


def test_each_plane_is_told_and_any_may_be_the_last():
    mask = np.zeros((4, 9, 9), np.uint8)
    mask[1:3, 2:5, 2:5] = 1
    told = []
    keep_largest_region(mask, progress=lambda *numbers: told.append(numbers))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(CancelledError):
        keep_largest_region(mask, cancelled=lambda: len(told) == 4)
