"""A correction is one step of napari's undo, of the changed pixels alone."""

from __future__ import annotations

import dask.array
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Labels

from napari_multicancer.core.errors import MaskError
from napari_multicancer.widgets.correct.part import (
    find_changes,
    part_of,
    seen_plane,
    set_changed,
    write,
)

TOOL = "smooth outline"


@pytest.fixture
def viewer():
    return ViewerModel()


def added(viewer, *shape, **keywords):
    pixels = np.zeros(shape, np.uint8)
    pixels[..., 2:5, 3:6] = 1
    return viewer.add_layer(Labels(pixels, **keywords))


def test_a_result_is_one_step_of_undo_and_redo(viewer):
    labels = added(viewer, 3, 8, 9)
    viewer.dims.set_point(0, 1)
    part = part_of(viewer, labels, whole_stack=False)
    before, after = part.mask.copy(), part.mask.copy()
    after[0, 0], after[7, 8], after[2, 3] = 1, 2, 0
    start = labels.data.copy()
    heard = []
    labels.events.paint.connect(lambda event: heard.append(labels.data[1, 7, 8]))
    assert write(part, find_changes(before, after), TOOL) == 3
    assert heard == [2]
    expected = start.copy()
    expected[1] = after
    np.testing.assert_array_equal(labels.data, expected)
    labels.undo()
    np.testing.assert_array_equal(labels.data, start)
    labels.redo()
    np.testing.assert_array_equal(labels.data, expected)
    labels.undo()
    labels.undo()
    np.testing.assert_array_equal(labels.data, start)


def test_nothing_changed_leaves_no_step(viewer):
    labels = added(viewer, 8, 9)
    part = part_of(viewer, labels, whole_stack=False)
    labels.data_setitem((np.array([0]), np.array([0])), 1)
    before = part.mask.copy()
    assert write(part, find_changes(before, before.copy()), TOOL) == 0
    labels.undo()
    assert labels.data[0, 0] == 0


def test_changes_are_found_on_every_plane_in_order():
    before = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    after = before.copy()
    after[0, 2, 3], after[1, 0, 0], after[1, 2, 1] = 90, 91, 92
    changes = find_changes(before, after)
    assert [axis.tolist() for axis in changes.where] == [[0, 1, 1], [2, 0, 2], [3, 0, 1]]
    assert changes.before.tolist() == [11, 12, 21]
    assert changes.after.tolist() == [90, 91, 92]
    assert len(find_changes(before, before)) == 0


def test_what_the_user_painted_meanwhile_stays(viewer):
    labels = added(viewer, 8, 9)
    part = part_of(viewer, labels, whole_stack=False)
    before, after = part.mask.copy(), part.mask.copy()
    after[0:2] = 1
    labels.data_setitem((np.array([0]), np.array([0])), 7)
    assert write(part, find_changes(before, after), TOOL) == 17
    assert labels.data[0, 0] == 7
    assert labels.data[0, 1] == 1


def test_calls_in_one_block_are_one_step(viewer):
    labels = added(viewer, 8, 9)
    part = part_of(viewer, labels, whole_stack=False)
    start = part.mask.copy()
    with labels.block_history():
        for row in (0, 7, 6):
            before, after = part.mask.copy(), start.copy()
            after[row] = 1
            set_changed(part, find_changes(before, after))
    assert labels.data[6].all()
    labels.undo()
    np.testing.assert_array_equal(labels.data, start)


def test_other_data_meanwhile_is_one_sentence(viewer):
    labels = added(viewer, 8, 9)
    part = part_of(viewer, labels, whole_stack=False)
    labels.data = np.zeros((8, 9), np.uint8)
    with pytest.raises(MaskError, match="other data meanwhile"):
        write(part, find_changes(np.zeros((8, 9)), np.ones((8, 9))), TOOL)
    assert not labels.data.any()


def test_leading_axes_of_length_one_do_not_count(viewer):
    labels = added(viewer, 1, 3, 8, 9)
    viewer.dims.set_point(1, 2)
    plane = part_of(viewer, labels, whole_stack=False)
    assert (plane.index, plane.plane, plane.mask.shape) == ((0, 2), 2, (8, 9))
    stack = part_of(viewer, labels, whole_stack=True)
    assert (stack.index, stack.plane, stack.mask.shape) == ((0,), 2, (3, 8, 9))
    after = stack.mask.copy()
    after[1, 0, 0] = 1
    write(stack, find_changes(stack.mask, after), TOOL)
    assert labels.data[0, 1, 0, 0] == 1


def test_a_picture_has_no_planes_to_choose(viewer):
    labels = added(viewer, 1, 8, 9)
    for whole_stack in (False, True):
        assert part_of(viewer, labels, whole_stack=whole_stack).mask.shape == (8, 9)


def test_the_plane_seen_follows_scale_and_translation(viewer):
    labels = added(viewer, 5, 8, 9, scale=(3.0, 1, 1), translate=(10.0, 0, 0))
    viewer.dims.set_point(0, 16.0)
    assert seen_plane(viewer, labels) == 2
    viewer.dims.set_point(0, 10.0)
    assert seen_plane(viewer, labels) == 0


def test_no_single_plane_in_view_is_one_sentence_that_says_how(viewer):
    labels = added(viewer, 5, 8, 9)
    viewer.dims.ndisplay = 3
    with pytest.raises(MaskError, match="No single plane of this mask is seen in 3-D: go back"):
        part_of(viewer, labels, whole_stack=False)
    assert part_of(viewer, labels, whole_stack=True).plane is None
    viewer.dims.ndisplay = 2
    viewer.add_layer(Labels(np.zeros((9, 8, 9), np.uint8)))
    viewer.dims.set_point(0, 7)
    with pytest.raises(MaskError, match="move the slider"):
        part_of(viewer, labels, whole_stack=False)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("leading", [(), (1,)])
def test_the_planes_are_those_in_view_however_the_axes_are_rolled(viewer, order, leading):
    sizes, normal = (3.0, 0.5, 0.25), order[0]
    labels = added(
        viewer,
        *(*leading, 5, 8, 9),
        scale=(*(1.0,) * len(leading), *sizes),
        units=("mm",) * (3 + len(leading)),
    )
    shift = len(leading)
    viewer.dims.order = (*range(shift), *(axis + shift for axis in order))
    viewer.dims.set_point(normal + shift, 2 * sizes[normal])
    data = labels.data.reshape(5, 8, 9)
    data[...] = np.arange(data.size).reshape(data.shape) % 251
    plane = part_of(viewer, labels, whole_stack=False)
    assert plane.plane == 2
    np.testing.assert_array_equal(plane.mask, np.take(data, 2, normal))
    np.testing.assert_array_equal(plane.of(labels.data), plane.mask)
    in_plane = [size for axis, size in enumerate(sizes) if axis != normal]
    assert plane.spacing == pytest.approx(in_plane)
    stack = part_of(viewer, labels, whole_stack=True)
    np.testing.assert_array_equal(stack.mask, np.moveaxis(data, normal, 0))
    assert stack.spacing == pytest.approx([sizes[normal], *in_plane])
    for part, place in ((plane, (3, 4)), (stack, (1, 3, 4))):
        after = part.mask.copy()
        after[place] = 255
        start = labels.data.copy()
        assert write(part, find_changes(part.mask.copy(), after), TOOL) == 1
        np.testing.assert_array_equal(part.mask, after)
        found = np.argwhere(labels.data != start)[0]
        assert part.place(tuple(found)) == place
        labels.undo()
        np.testing.assert_array_equal(labels.data, start)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (np.zeros((2, 3, 8, 9), np.uint8), "4 axes"),
        ([np.zeros((8, 8), np.uint8), np.zeros((4, 4), np.uint8)], "not one array in memory"),
        (dask.array.zeros((8, 9), dtype=np.uint8), "not one array in memory"),
    ],
    ids=["4-D", "multiscale", "dask"],
)
def test_what_cannot_be_corrected_is_one_sentence(viewer, data, says):
    labels = viewer.add_layer(Labels(data))
    with pytest.raises(MaskError, match=says):
        part_of(viewer, labels, whole_stack=True)


def test_the_voxel_size_is_in_mm_where_known(viewer):
    assert part_of(viewer, added(viewer, 8, 9), whole_stack=False).spacing is None
    stack = added(viewer, 4, 8, 9, scale=(3, 0.5, 0.25), units=("mm",) * 3)
    assert part_of(viewer, stack, whole_stack=True).spacing == pytest.approx((3, 0.5, 0.25))
    assert part_of(viewer, stack, whole_stack=False).spacing == pytest.approx((0.5, 0.25))
    movie = added(viewer, 4, 8, 9, scale=(1, 0.5, 0.25), units=("s", "mm", "mm"))
    assert part_of(viewer, movie, whole_stack=True).spacing == pytest.approx((0.5, 0.25))
