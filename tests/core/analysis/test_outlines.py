from dataclasses import replace

import numpy as np
import pytest

from napari_multicancer.core.analysis.outlines import Outlines
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.scan.scan import Scan

SIZE = 32
CARD = replace(find_model("brain"), mask_threshold=0.5, no_lesion_threshold=0.9, smallest_lesion=2)


def filled(scan, largest_map):
    """Lay down a blob that moves along, on the planes but the last."""
    outlines = Outlines(scan, SIZE, largest_map)
    for index in range(scan.n_planes - 1):
        square = np.zeros((SIZE, SIZE), np.float32)
        square[4 + index : 12 + index, 10:20] = 0.8
        outlines.put(index, square, Letterbox.fit(40, 50, SIZE), 0.1, CARD)
    return outlines


@pytest.mark.parametrize(("axes", "shape"), [("zyx", (4, 40, 50)), ("tzyx", (1, 4, 40, 50))])
def test_a_map_on_disk_is_the_one_in_memory(axes, shape):
    scan = Scan(np.zeros(shape, np.uint8), axes)
    memory, disk = filled(scan, 10**9), filled(scan, 0)
    assert isinstance(memory.probability, np.ndarray)
    assert disk.probability.chunks[-2:] == ((40,), (50,))
    np.testing.assert_array_equal(memory.mask, disk.mask)
    np.testing.assert_array_equal(memory.probability, disk.probability)
    plane = (0,) * (len(shape) - 3) + (1,)
    np.testing.assert_array_equal(
        disk.probability[plane][5:9, ::2], memory.probability[plane][5:9, ::2]
    )
    assert not np.asarray(disk.probability)[..., -1, :, :].any()
    assert disk.pixels(1) == memory.mask.reshape(-1, 40, 50)[1].sum() > 0


def test_a_plane_that_surely_has_no_lesion_keeps_its_map_but_gets_no_mask():
    outlines = Outlines(Scan(np.zeros((40, 50)), "yx"), SIZE)
    square = np.full((SIZE, SIZE), 0.8, np.float32)
    outlines.put(0, square, Letterbox.fit(40, 50, SIZE), 0.95, CARD)
    assert not outlines.mask.any()
    assert outlines.probability.min() == pytest.approx(0.8)


@pytest.mark.parametrize(("axes", "left"), [("zyx", 0), ("tyx", 9)])
def test_specks_go_from_volumes_alone(axes, left):
    outlines = Outlines(Scan(np.zeros((3, SIZE, SIZE)), axes), SIZE)
    square = np.zeros((SIZE, SIZE), np.float32)
    square[3:6, 3:6] = 1
    card = replace(CARD, smallest_lesion=3)  # 4 times that is more than 9 pixels
    outlines.put(1, square, Letterbox.fit(SIZE, SIZE, SIZE), 0.1, card)
    for index in range(3):
        outlines.drop_specks(index)
    assert outlines.pixels(1) == left
