import numpy as np
import pytest

from napari_multicancer.core.masks.measurement_table import record, to_csv
from napari_multicancer.core.masks.measurements import measure_labels

SQUARE = np.zeros((20, 20), np.uint8)
SQUARE[5:9, 5:9] = 1


def test_values_are_named_with_their_units():
    (measured,) = measure_labels(SQUARE, (0.5, 0.5), np.full((20, 20), 7.0))
    values = record(measured)
    assert values["area (mm²)"] == 4.0
    assert values["longest diameter (mm)"] == pytest.approx(2.5)
    assert values["smallest diameter (mm)"] == pytest.approx(2)
    assert (values["mean inside"], values["sd around"]) == (7.0, 0.0)
    assert "planes" not in values


def test_without_a_voxel_size_they_are_in_pixels_and_voxels():
    (measured,) = measure_labels(np.stack([SQUARE, SQUARE, 0 * SQUARE]))
    values = record(measured)
    assert values["area (px)"] == 16
    assert (values["volume (voxels)"], values["planes"]) == (32, 2)
    assert values["mean inside"] is None


def test_a_table_has_a_line_a_label_and_leaves_out_what_is_not_known():
    mask = SQUARE + 3 * np.roll(SQUARE, 8, axis=0)
    names, first, second = to_csv(measure_labels(mask)).splitlines()
    assert names.startswith("label,area (px),perimeter (px),")
    assert first.startswith("1,16.0,")
    assert second.startswith("3,16.0,")
    assert second.endswith(",,,,")


def test_an_empty_mask_has_no_table():
    assert to_csv(()) == ""


def test_a_film_has_no_volume_but_says_on_which_picture_it_is_largest():
    (measured,) = measure_labels(np.stack([SQUARE, SQUARE]), (2.0, 0.5, 0.5), in_time=True)
    values = record(measured)
    assert not any(name.startswith("volume") for name in values)
    assert (values["planes"], values["largest on plane"]) == (2, 0)
