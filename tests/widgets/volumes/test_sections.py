"""The sections that the canvas does not show follow it, and it follows them."""

from __future__ import annotations

import threading

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDockWidget

from napari_multicancer.widgets.volumes import drawing
from napari_multicancer.widgets.volumes.panel import NO_VOLUME, SectionsPanel
from napari_multicancer.widgets.volumes.proportions import voxel_proportions

SHAPE = (4, 30, 40)
SECONDS = 9000
NARROW = 280
"""Pixels that a window 1024 wide has between the layer list and the panel."""


@pytest.fixture
def sections(make_napari_viewer, qtbot) -> SectionsPanel:
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(900, 600)
    panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Sections")[1]
    qtbot.waitUntil(panel.isVisible, timeout=SECONDS)
    return panel


@pytest.fixture
def volume(sections) -> Image:
    """Each voxel's value says which it is; planes lie four pixels apart."""
    planes, rows, columns = np.indices(SHAPE)
    pixels = (planes * 60 + rows * 2 + columns).astype(np.uint8)
    return sections._viewer.add_image(
        pixels, scale=(4, 1, 1), contrast_limits=(0, 255), units=("mm",) * 3
    )


def settled(qtbot, panel, change=lambda: None):
    """Do something, and wait until what it changes is drawn."""
    change()
    assert panel._soon._timer.isActive()
    qtbot.waitUntil(
        lambda: not panel._soon._timer.isActive() and not panel._job.is_running, timeout=SECONDS
    )
    return [view.shown for view in panel.views]


def is_side_by_side(panel):
    first, second = (view.geometry() for view in panel.views)
    return first.top() == second.top()


def click(view, row, column):
    QTest.mouseClick(
        view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0), view.at(row, column).toPoint()
    )


def test_a_click_in_a_section_moves_the_slider_and_the_other_section(qtbot, sections, volume):
    first, _ = settled(qtbot, sections, lambda: sections._viewer.dims.set_point(0, 4))
    assert first.title == "Along the rows: row 16 of 30"
    np.testing.assert_array_equal(first.pixels[..., 0], volume.data[:, 15])
    first, second = settled(qtbot, sections, lambda: click(sections.views[0], 3, 7))
    assert sections.crosshair.point == (3, 15, 7)
    assert sections._viewer.dims.current_step[0] == 3
    assert second.title == "Along the columns: column 8 of 40"
    np.testing.assert_array_equal(second.pixels[..., 0], volume.data[:, :, 7])
    assert (first.cross, second.cross) == ((3, 7), (3, 15))


def test_the_slider_and_rolled_axes_are_followed(qtbot, sections, volume):
    viewer = sections._viewer
    first, _ = settled(qtbot, sections, lambda: viewer.dims.set_point(0, 0))
    assert first.cross == (0, 20)
    settled(qtbot, sections, viewer.dims.roll)
    titles = [view.shown.title.split(":")[0] for view in sections.views]
    assert titles in (
        ["As taken", "Along the rows"],
        ["As taken", "Along the columns"],
    )
    assert sections.crosshair.normal == viewer.dims.not_displayed[0]


def test_the_pointer_is_followed_unless_it_is_not_to_be(qtbot, sections, volume):
    viewer = sections._viewer

    def point(*world):
        viewer.cursor.position = world
        for heard in viewer.mouse_move_callbacks:
            heard(viewer, viewer.cursor)

    _, second = settled(qtbot, sections, lambda: point(4.0, 11.2, 33.4))
    assert sections.crosshair.point[1:] == (11, 33)
    np.testing.assert_array_equal(second.pixels[..., 0], volume.data[:, :, 33])
    point(4.0, -50.0, 33.0)
    sections.follows.click()
    point(4.0, 20.0, 20.0)
    assert sections.crosshair.point[1:] == (11, 33)


def test_the_keyboard_moves_the_crosshair_and_stops_at_the_edge(qtbot, sections, volume):
    settled(qtbot, sections, lambda: sections._viewer.dims.set_point(0, 4))
    sections.views[0].setFocus()
    for key, point in (
        (Qt.Key.Key_Down, (2, 15, 20)),
        (Qt.Key.Key_Left, (2, 15, 19)),
        (Qt.Key.Key_PageDown, (2, 16, 19)),
        (Qt.Key.Key_Down, (3, 16, 19)),
        (Qt.Key.Key_Down, (3, 16, 19)),
    ):
        settled(qtbot, sections, lambda key=key: QTest.keyClick(sections.views[0], key))
        assert sections.crosshair.point == point


def test_masks_are_outlined_in_their_colors_while_they_are_painted(qtbot, sections, volume):
    mask = np.zeros(SHAPE, np.uint8)
    labels = sections._viewer.add_labels(mask, scale=volume.scale, units=volume.units)
    settled(qtbot, sections, lambda: sections._viewer.dims.set_point(0, 4))

    def paint():
        where = np.nonzero(np.ones((3, 5, 9)))
        labels.data_setitem(tuple(at + by for at, by in zip(where, (0, 13, 16), strict=True)), 1)

    first, _ = settled(qtbot, sections, paint)
    color = np.round(255 * np.asarray(labels.get_color(1))[:3])
    assert (first.pixels[0:3, 16] == color).all()
    assert (first.pixels[1, 17] == volume.data[1, 15, 17]).all()
    first, _ = settled(qtbot, sections, lambda: setattr(labels, "visible", False))
    assert (first.pixels[0, 16] == volume.data[0, 15, 16]).all()


def test_a_section_keeps_the_proportions_of_its_voxels(qtbot, sections, volume):
    first, _ = settled(qtbot, sections, lambda: sections._viewer.dims.set_point(0, 4))
    area = sections.views[0].area()
    assert area.height() / area.width() == pytest.approx(4 * 4 / 40)
    assert first.size == (4.0, 1.0)


@pytest.mark.parametrize(
    ("keywords", "shown", "known"),
    [
        ({"units": ("mm",) * 3}, (1, 1, 1), True),
        ({"scale": (3, 1, 1)}, (3, 1, 1), True),
        ({}, (4, 1, 1), False),
        ({"scale": (1, 2, 0.5), "units": ("pixel", "mm", "mm")}, (6, 2, 0.5), False),
    ],
)
def test_a_stack_whose_depth_is_not_known_is_stretched_to_be_seen(keywords, shown, known):
    assert voxel_proportions(Image(np.zeros(SHAPE), **keywords)) == (shown, known)


def test_drawing_is_off_the_windows_thread(qtbot, sections, volume, monkeypatch):
    threads = []
    cut = drawing._picture

    def noted(*given):
        threads.append(threading.get_ident())
        return cut(*given)

    monkeypatch.setattr(drawing, "_picture", noted)
    settled(qtbot, sections, lambda: sections._viewer.dims.set_point(0, 8))
    assert threads
    assert threading.get_ident() not in threads


def test_what_is_no_volume_says_so_and_a_huge_one_on_disk_is_not_read(qtbot, sections, monkeypatch):
    viewer = sections._viewer
    viewer.add_image(np.zeros((30, 40)))
    assert sections.message.text() == NO_VOLUME
    lazy = viewer.add_image(da.zeros((4, 30, 40), chunks=(1, 30, 40)), scale=(4, 1, 1))
    settled(qtbot, sections, lambda: viewer.dims.set_point(0, 1))
    assert not sections.message.isVisible()
    monkeypatch.setattr(drawing, "LARGEST_READ", 10)
    lazy.data = da.ones((4, 30, 40), chunks=(1, 30, 40))
    qtbot.waitUntil(lambda: "too large" in sections.message.text(), timeout=SECONDS)
    assert sections.views[0].shown is None


def test_the_dock_leaves_a_small_window_as_wide_as_it_is(qtbot, sections, volume):
    volume.name = "a scan with a name that is longer than any dock is wide " * 3
    dock = next(
        one for one in sections.window().findChildren(QDockWidget) if one.isAncestorOf(sections)
    )
    dock.setFloating(True)
    for plane, size, side_by_side in ((4, (700, 320), True), (8, (300, 640), False)):
        dock.resize(*size)
        settled(qtbot, sections, lambda at=plane: sections._viewer.dims.set_point(0, at))
        qtbot.waitUntil(lambda wide=side_by_side: (sections.width() > sections.height()) is wide)
        qtbot.waitUntil(lambda wide=side_by_side: is_side_by_side(sections) is wide)
        assert sections.minimumSizeHint().width() <= NARROW
    titles = [title.text() for title in sections.titles]
    assert titles == [view.shown.title for view in sections.views]


def test_without_a_volume_there_are_no_empty_boxes(qtbot, sections, volume):
    viewer = sections._viewer
    settled(qtbot, sections, lambda: viewer.dims.set_point(0, 4))
    boxes = (*sections.views, *sections.titles)
    assert all(box.isVisible() for box in boxes)
    viewer.add_image(np.zeros((30, 40)))
    assert sections.message.isVisible()
    assert not any(box.isVisible() for box in boxes)
    settled(qtbot, sections, lambda: sections.layer.choose(volume))
    assert all(box.isVisible() for box in boxes)


def test_a_panel_that_is_closed_follows_nothing(qtbot, sections, volume):
    viewer = sections._viewer
    heard = len(viewer.mouse_move_callbacks)
    viewer.window.remove_dock_widget(sections)
    assert len(viewer.mouse_move_callbacks) == heard - 1
    viewer.dims.set_point(0, 8)
    qtbot.let_threads_end()
    assert sections.crosshair.image is None
