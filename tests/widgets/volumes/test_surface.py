"""The lesion of a volume in 3-D: where it lies, true to its mask, with words for its size."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from napari.layers import Surface

from napari_multicancer.core.masks import surface
from napari_multicancer.core.masks.surface import NO_STACK, NOTHING_OUTLINED
from napari_multicancer.widgets.analyse.volume_row import DRAWING, NO_MASK
from napari_multicancer.widgets.volumes.surface import (
    NO_DISTANCE,
    NO_SIZE,
    LesionSurface,
)

SHAPE = (5, 20, 30)
MM = ("mm",) * 3


def outlined(shape=SHAPE):
    mask = np.zeros(shape, np.uint8)
    mask[..., 1:4, 5:12, 10:20] = 1
    return mask


@pytest.fixture
def drawing(viewer) -> LesionSurface:
    return LesionSurface(viewer)


def surfaces(viewer):
    return [layer for layer in viewer.layers if isinstance(layer, Surface)]


def drawn(qtbot, drawing, change):
    with qtbot.waitSignal(drawing.said, timeout=9000) as said:
        change()
    return said.args[0]


def test_it_lies_around_the_mask_in_mm_with_its_volume(qtbot, viewer, drawing):
    labels = viewer.add_labels(
        outlined(), scale=(5, 2, 0.5), translate=(100, 0, 0), units=MM, name="mine"
    )
    said = drawn(qtbot, drawing, lambda: drawing.show(labels))
    assert said == "Surface of 1.1 ml."
    (layer,) = surfaces(viewer)
    assert (layer.name, layer.units, viewer.dims.ndisplay) == ("mine, surface", labels.units, 3)
    low, high = layer.extent.world
    np.testing.assert_allclose(low, (102.5, 9.0, 4.75))
    np.testing.assert_allclose(high, (117.5, 23.0, 9.75))
    assert viewer.layers.selection.active is labels


def test_without_a_size_the_volume_is_in_voxels_and_it_says_what_is_missing(qtbot, viewer, drawing):
    for known, why in (
        ({}, f"{NO_SIZE}; planes are drawn 1 pixel apart"),
        ({"scale": (3, 1, 1)}, f"{NO_SIZE}; planes are drawn 3 pixels apart"),
        (
            {"scale": (1, 0.4, 0.4), "units": ("pixel", "mm", "mm")},
            f"{NO_DISTANCE}; planes are drawn 2.5 pixels apart",
        ),
    ):
        labels = viewer.add_labels(outlined(), **known)
        said = drawn(qtbot, drawing, lambda mask=labels: drawing.show(mask))
        assert said == f"Surface of 210 voxels: {why}."
        viewer.layers.clear()


def test_a_size_that_is_entered_is_followed(qtbot, viewer, panel):
    row, size = panel.volumes, panel.ui.size
    viewer.add_image(np.zeros(SHAPE))
    viewer.add_labels(outlined())
    drawn(qtbot, row.drawing, row.surface.click)
    size.edit.setText("0.5")
    size.edit.editingFinished.emit()
    qtbot.waitUntil(lambda: NO_DISTANCE in row.message.text())
    low, high = surfaces(viewer)[0].extent.world
    np.testing.assert_allclose(high - low, (3, 3.5, 5))
    assert row.surface.isChecked()


@pytest.mark.parametrize(
    ("mask", "why"), [(np.zeros(SHAPE, np.uint8), NOTHING_OUTLINED), (outlined()[1], NO_STACK)]
)
def test_where_there_is_nothing_to_draw_it_says_why(qtbot, viewer, drawing, mask, why):
    labels = viewer.add_labels(mask)
    assert drawn(qtbot, drawing, lambda: drawing.show(labels)) == why
    assert (surfaces(viewer), viewer.dims.ndisplay) == ([], 2)


def test_a_mask_that_is_not_in_memory_is_left_alone(qtbot, viewer, drawing):
    dask = pytest.importorskip("dask.array")
    labels = viewer.add_labels(dask.from_array(outlined()), name="lazy")
    said = drawn(qtbot, drawing, lambda: drawing.show(labels))
    assert said == ("lazy is not one array in memory: duplicate it as a plain Labels layer first.")


def test_of_several_volumes_the_one_in_view_is_drawn_where_it_lies(qtbot, viewer, drawing):
    labels = viewer.add_labels(np.stack([np.zeros(SHAPE, np.uint8), outlined()]))
    viewer.dims.set_point(0, 1)
    assert drawn(qtbot, drawing, lambda: drawing.show(labels)).startswith("Surface of 210")
    np.testing.assert_allclose(surfaces(viewer)[0].extent.world[0], (0.5, 4.5, 9.5))


def test_it_follows_the_mask_that_is_corrected_in_one_layer(qtbot, viewer, drawing):
    labels = viewer.add_labels(outlined())
    drawn(qtbot, drawing, lambda: drawing.show(labels))
    where = tuple(np.array([index]) for index in (4, 0, 0))
    said = drawn(qtbot, drawing, lambda: labels.data_setitem(where, 1))
    assert said.startswith("Surface of 211")
    assert drawn(qtbot, drawing, labels.undo).startswith("Surface of 210")
    assert len(surfaces(viewer)) == 1


def test_it_is_drawn_off_the_windows_thread(qtbot, viewer, drawing, monkeypatch):
    threads, cubes = [], surface.surface_of

    def noted(mask, **watched):
        threads.append(threading.get_ident())
        return cubes(mask, **watched)

    monkeypatch.setattr(surface, "surface_of", noted)
    labels = viewer.add_labels(outlined())
    drawn(qtbot, drawing, lambda: drawing.show(labels))
    assert threads
    assert threading.get_ident() not in threads


def test_the_button_shows_it_cancels_it_and_takes_it_away(qtbot, viewer, panel):
    row = panel.volumes
    viewer.add_image(np.zeros(SHAPE), units=MM)
    assert row.isVisibleTo(panel)
    row.surface.click()
    assert (row.message.text(), row.surface.isChecked()) == (NO_MASK, False)
    labels = viewer.add_labels(outlined(), units=MM)
    row.surface.click()
    assert row.message.text() == DRAWING
    row.surface.click()
    qtbot.let_threads_end()
    assert (surfaces(viewer), row.drawing.is_working, viewer.dims.ndisplay) == ([], False, 2)
    drawn(qtbot, row.drawing, row.surface.click)
    assert (row.message.text(), viewer.dims.ndisplay) == ("Surface of 0.21 ml.", 3)
    assert viewer.layers.index(row.drawing.layer) == viewer.layers.index(labels) - 1
    row.surface.click()
    assert (surfaces(viewer), viewer.dims.ndisplay, row.message.text()) == ([], 2, "")


GONE = {
    "surface": lambda viewer, image, mask: viewer.layers.remove(surfaces(viewer)[0]),
    "mask": lambda viewer, image, mask: viewer.layers.remove(mask),
    "scan": lambda viewer, image, mask: viewer.layers.remove(image),
    "all": lambda viewer, image, mask: viewer.layers.clear(),
    "next picture": lambda viewer, image, mask: viewer.add_image(np.zeros((20, 30))),
    "next volume": lambda viewer, image, mask: viewer.add_image(np.zeros((6, 20, 30))),
}


@pytest.mark.parametrize("goes", GONE.values(), ids=GONE)
def test_without_its_mask_or_with_another_scan_it_ends_and_so_does_3d(qtbot, viewer, panel, goes):
    row = panel.volumes
    for before in (2, 3):
        image = viewer.add_image(np.zeros(SHAPE))
        labels = viewer.add_labels(outlined())
        viewer.dims.ndisplay = before
        drawn(qtbot, row.drawing, row.surface.click)
        assert (row.message.isVisibleTo(panel), viewer.dims.ndisplay) == (True, 3)
        goes(viewer, image, labels)
        qtbot.let_threads_end()
        assert (surfaces(viewer), row.surface.isChecked(), row.message.text()) == ([], False, "")
        assert viewer.dims.ndisplay == before
        viewer.layers.clear()


def test_a_mask_that_becomes_empty_ends_it_and_says_why(qtbot, viewer, panel):
    row = panel.volumes
    viewer.add_image(np.zeros(SHAPE))
    labels = viewer.add_labels(outlined())
    drawn(qtbot, row.drawing, row.surface.click)
    drawn(qtbot, row.drawing, lambda: labels.data_setitem(np.nonzero(labels.data), 0))
    assert (row.message.text(), row.surface.isChecked()) == (NOTHING_OUTLINED, False)
    assert (surfaces(viewer), viewer.dims.ndisplay) == ([], 2)


def test_a_scan_that_is_no_volume_is_offered_no_surface(viewer, panel):
    viewer.add_image(np.zeros(SHAPE))
    viewer.layers.clear()
    viewer.add_image(np.zeros((20, 30)))
    assert not panel.volumes.isVisibleTo(panel)
