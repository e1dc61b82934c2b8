"""The curve over planes: where a click goes, what the keyboard does, who follows whom."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.widgets.analyse.plane_curve import MARGIN, PlaneCurve
from napari_multicancer.widgets.analyse.plane_slider import PlaneLink, show_position
from napari_multicancer.widgets.common.layers import set_reading
from napari_multicancer.widgets.common.planes import shown_position
from napari_multicancer.widgets.common.record import DOUBTFUL, SETTLED, record_of

from ..conftest import speckle

VALUES = [None, 0.1, 0.9, 0.8, None]


@pytest.fixture
def curve(qtbot):
    widget = PlaneCurve()
    qtbot.addWidget(widget)
    widget.resize(2 * MARGIN + 400, 56)
    widget.show_values(VALUES)
    return widget


@pytest.mark.parametrize(("x", "plane"), [(MARGIN, 0), (104, 1), (149, 1), (156, 2), (900, 4)])
def test_a_click_goes_to_the_nearest_plane(qtbot, curve, x, plane):
    curve.mark(3)
    with qtbot.waitSignal(curve.plane_chosen) as signal:
        qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert signal.args == [plane]
    assert curve.current == plane


@pytest.mark.parametrize(
    ("key", "plane"),
    [
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_Right, 3),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 4),
        (Qt.Key.Key_PageUp, 4),
        (Qt.Key.Key_PageDown, 0),
    ],
)
def test_the_keyboard_goes_from_plane_to_plane(qtbot, curve, key, plane):
    curve.mark(2)
    with qtbot.waitSignal(curve.plane_chosen) as signal:
        qtbot.keyClick(curve, key)
    assert signal.args == [plane]


def test_the_curve_says_in_words_what_it_marks(curve):
    curve.mark(2)
    assert curve.accessibleName() == "Plane 3 of 5: lesion 90 %"
    curve.mark(99)
    assert curve.accessibleName() == "Plane 5 of 5: skipped"


def test_what_is_marked_already_is_not_told_again(qtbot, curve):
    curve.mark(0)
    with qtbot.assertNotEmitted(curve.plane_chosen):
        qtbot.keyClick(curve, Qt.Key.Key_Home)


def test_a_curve_of_gaps_or_nothing_is_drawn_too(curve):
    for values in ([], [None], [0.5], [None, 0.5, None]):
        curve.show_values(values)
        assert not curve.grab().isNull()


def test_the_curve_and_the_slider_follow_each_other(qtbot, viewer):
    layer = viewer.add_image(speckle(5, 40, 60), scale=(4.0, 1.0, 1.0), translate=(10.0, 0.0, 0.0))
    curve = PlaneCurve()
    qtbot.addWidget(curve)
    link = PlaneLink(viewer, curve)
    viewer.dims.set_current_step(0, 3)
    link.show(layer, VALUES)
    assert curve.current == 3
    viewer.dims.set_current_step(0, 1)
    assert curve.current == 1
    qtbot.keyClick(curve, Qt.Key.Key_End)
    assert viewer.dims.current_step[0] == 4
    assert shown_position(viewer, layer) == (4,)
    link.show(None, [])
    viewer.dims.set_current_step(0, 0)
    assert curve.current == 0


def test_a_plane_is_found_within_the_chosen_volume(qtbot, viewer):
    layer = viewer.add_image(speckle(2, 5, 40, 60))
    set_reading(layer, Reading("tzyx", 1))
    curve = PlaneCurve()
    qtbot.addWidget(curve)
    PlaneLink(viewer, curve, curve).show(layer, VALUES)
    viewer.dims.set_current_step(1, 2)
    assert curve.current == 2
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert viewer.dims.current_step[:2] == (1, 3)


def test_a_stack_beside_a_larger_one_counts_its_own_planes(viewer):
    viewer.add_image(np.zeros((2, 9, 40, 60), np.uint8))
    layer = viewer.add_image(speckle(5, 40, 60))
    show_position(viewer, layer, (3,))
    assert viewer.dims.current_step[1] == 3
    viewer.dims.set_current_step(1, 8)
    assert shown_position(viewer, layer) == (4,)


def test_the_curve_marks_what_is_known_of_a_masks_planes(qtbot, viewer, curve):
    labels = viewer.add_labels(np.zeros((5, 20, 20), np.uint8))
    link = PlaneLink(viewer, curve)
    link.show_known_of(labels)
    plain = curve.grab().toImage()
    record_of(labels).planes = {1: SETTLED, 2: DOUBTFUL}
    assert curve.grab().toImage() != plain
    curve.mark(2)
    assert curve.accessibleName() == "Plane 3 of 5: lesion 90 %, outline doubtful"
    link.show_known_of(None)
    assert curve.accessibleName() == "Plane 3 of 5: lesion 90 %"
