"""A scan that is opened beside others is shown alone, fitted, and with a word."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtWidgets import QApplication

from ..conftest import add_sample, speckle


@pytest.fixture
def first(viewer, panel) -> Image:
    image = viewer.add_image(speckle(40, 40), name="first")
    viewer.add_labels(np.zeros((40, 40), np.uint8), name="mask")
    QApplication.processEvents()
    return image


def test_what_was_there_is_hidden_and_the_view_fits_the_new_scan(viewer, first, told):
    scan = add_sample(viewer, "breast_malignant.png")
    QApplication.processEvents()
    assert [layer.visible for layer in viewer.layers] == [False, False, True]
    centre = np.mean(scan.extent.world, axis=0)
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], centre, atol=1)
    assert len(told) == 1
    assert "2 other layers are hidden" in told[0]


def test_a_picture_beside_a_stack_is_fitted_too(viewer, panel):
    viewer.add_image(speckle(5, 900, 900), name="stack")
    QApplication.processEvents()
    scan = add_sample(viewer, "breast_malignant.png")
    QApplication.processEvents()
    assert not viewer.layers["stack"].visible
    low, high = scan.extent.world
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], (low + high) / 2)
    filled = viewer.scene.camera.zoom * (high - low) / np.array(viewer.canvas.size)
    assert filled.max() == pytest.approx(0.95)


def test_a_mask_that_comes_with_its_scan_stays_seen(viewer, first):
    scan = add_sample(viewer, "breast_malignant.png")
    mask = viewer.add_labels(np.zeros(scan.data.shape[:2], np.uint8))
    QApplication.processEvents()
    assert (scan.visible, mask.visible, first.visible) == (True, True, False)


def test_what_is_computed_or_copied_hides_nothing(viewer, panel, told):
    scan = add_sample(viewer, "breast_malignant.png")
    QApplication.processEvents()
    viewer.add_image(speckle(40, 40), name="computed")
    viewer.layers.selection = {scan}
    from napari.layers._layer_actions import _duplicate_layer

    _duplicate_layer(viewer.layers)
    QApplication.processEvents()
    assert all(layer.visible for layer in viewer.layers)
    assert told == []


def test_the_first_scan_is_not_told_of(viewer, panel, told):
    add_sample(viewer, "breast_malignant.png")
    QApplication.processEvents()
    assert told == []
