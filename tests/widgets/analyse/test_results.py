"""The Labels layer: over its image exactly, and never at the cost of what the user painted."""

from __future__ import annotations

import threading

import dask.array as da
import numpy as np
import pytest
from napari.layers import Labels

from napari_multicancer.core.masks import record
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import Model
from napari_multicancer.widgets.analyse import job
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.layers import geometry
from napari_multicancer.widgets.common.record import image_of, record_of

from ..conftest import add_sample, speckle


def test_the_mask_has_the_images_geometry(viewer, analyse):
    image = viewer.add_image(
        speckle(3, 60, 80),
        scale=(3.0, 0.5, 0.25),
        translate=(1.0, 2.0, 3.0),
        rotate=20.0,
        shear=(0.1, 0.2, 0.0),
        affine=np.diag([1.0, 2.0, 2.0, 1.0]),
        units=("mm", "um", "um"),
        axis_labels=("z", "y", "x"),
    )
    labels = analyse(image)
    for name, value in geometry(image).items():
        other = geometry(labels)[name]
        if name in ("units", "axis_labels"):
            assert other == value, name
        else:
            np.testing.assert_allclose(other, value, err_msg=name)
    np.testing.assert_allclose(labels.extent.world, image.extent.world)


def test_all_kinds_of_pictures_and_stacks_work(viewer, analyse, told):
    for pixels, keywords in (
        (speckle(70, 90), {}),
        (speckle(70, 90, dtype="uint16"), {}),
        (speckle(70, 90, dtype="float32"), {}),
        (speckle(70, 90, dtype="float64"), {}),
        (speckle(70, 90, 3), {"rgb": True}),
        (speckle(70, 90, 4), {"rgb": True}),
        (speckle(70, 90, 3, dtype="float32"), {"rgb": True}),
        (speckle(4, 70, 90), {}),
        (speckle(1, 4, 70, 90), {}),
        (da.from_array(speckle(4, 70, 90), chunks=(1, 70, 90)), {}),
        (da.from_array(speckle(70, 90), chunks=35), {}),
        ([speckle(140, 180), speckle(140, 180)[::2, ::2]], {"multiscale": True}),
    ):
        image = viewer.add_image(pixels, **keywords)
        labels = analyse(image)
        assert told == []
        finest = image.data[0] if image.multiscale else image.data
        assert labels.data.shape == finest.shape[: image.ndim]
        assert isinstance(labels.data, np.ndarray)
        assert labels.data.dtype == np.uint8
        assert set(np.unique(labels.data)) <= {0, 1}
        viewer.layers.clear()


def test_running_again_brings_an_untouched_result_up_to_date_in_place(viewer, breast, analyse):
    first = analyse(breast)
    assert analyse(breast) is first
    assert len(viewer.layers) == 2


def paint(labels: Labels) -> None:
    labels.paint((10, 10), 2)


def paint_and_undo(labels: Labels) -> None:
    labels.paint((10, 10), 2)
    labels.undo()


def write_pixels(labels: Labels) -> None:
    labels.data[3, 3] = 1 - labels.data[3, 3]


def put_other_data(labels: Labels) -> None:
    labels.data = np.full_like(labels.data, 2)


def rename(labels: Labels) -> None:
    labels.name = "mine"


@pytest.mark.parametrize("change", [paint, paint_and_undo, write_pixels, put_other_data, rename])
def test_running_again_never_touches_what_the_user_changed(viewer, breast, analyse, change):
    first = analyse(breast)
    change(first)
    name, pixels = first.name, first.data.copy()
    second = analyse(breast)
    assert second is not first
    assert first in viewer.layers
    assert first.name == name
    np.testing.assert_array_equal(first.data, pixels)
    assert not record_of(second).is_changed
    assert analyse(breast) is second


def test_a_copy_of_a_result_belongs_to_the_user(viewer, breast, analyse):
    first = analyse(breast)
    data, keywords, _ = first.as_layer_data_tuple()
    copy = viewer.add_labels(data.copy(), **keywords)
    assert record_of(copy).is_changed
    assert image_of(copy) is None


def test_two_images_of_one_name_keep_their_own_results(viewer, panel, analyse):
    first, second = (add_sample(viewer, "breast_benign.png") for _ in range(2))
    one, other = analyse(first), analyse(second)
    assert one is not other
    panel.ui.layer.choose(first)
    assert lesions.lesions_of(viewer, first) == [one]
    assert lesions.lesions_of(viewer, second) == [other]


def test_a_result_that_was_deleted_is_made_anew(viewer, breast, analyse):
    viewer.layers.remove(analyse(breast))
    assert analyse(breast) in viewer.layers


def test_what_was_made_for_neither_organ_gets_no_mask_but_the_note(
    viewer, panel, breast, analyse, monkeypatch
):
    classes = find_model("recognizer").classes
    logits = np.where(np.array(classes) == "other", 9.0, 0.0).astype(np.float32)
    with monkeypatch.context() as patch:
        patch.setattr(Model, "__call__", lambda model, square: {"organ": logits})
        assert analyse(breast, organ="automatic") is None
    assert list(viewer.layers) == [breast]
    assert "choose the organ" in panel.ui.findings.note.text()
    assert "Something else" in panel.ui.findings.organ.answer.text()
    assert panel.ui.findings.finding.isHidden()
    assert analyse(breast, organ="breast") is not None
    assert "your choice" in panel.ui.findings.organ.answer.text()


def test_an_image_changed_while_it_was_analysed_gets_no_mask(qtbot, viewer, panel, told):
    image = viewer.add_image(speckle(60, 60))
    with qtbot.waitSignal(panel.finished):
        panel.run(image)
        image.data = speckle(50, 50)
    assert list(viewer.layers) == [image]
    assert len(told) == 1
    assert "run it again" in told[0]


def test_what_takes_long_with_a_large_answer_is_done_beside_the_window(
    viewer, analyse, monkeypatch
):
    threads = {}

    def noting(name, function):
        def noted(*given):
            threads.setdefault(name, []).append(threading.get_ident())
            return function(*given)

        return noted

    monkeypatch.setattr(record.PackedMask, "of", noting("pack", record.PackedMask.of))
    monkeypatch.setattr(job, "half_precision", noting("halve", job.half_precision))
    monkeypatch.setattr(lesions, "digest", noting("digest", lesions.digest))
    labels = analyse(viewer.add_image(speckle(4, 70, 90)))
    assert set(threads) == {"pack", "halve", "digest"}
    assert threading.get_ident() not in {one for each in threads.values() for one in each}
    assert record_of(labels).probability.dtype == np.float16


def test_one_press_shows_the_largest_cross_section(qtbot, viewer, panel):
    viewer.add_image(speckle(5, 40, 50), scale=(3.0, 1.0, 1.0))
    mask = np.zeros((5, 40, 50), np.uint8)
    mask[1, :4, :4] = mask[3, :9, :9] = 1
    labels = viewer.add_labels(mask, scale=(3.0, 1.0, 1.0))
    button = panel.ui.findings.largest
    qtbot.waitUntil(lambda: not button.isHidden())
    viewer.dims.set_point(0, 0)
    button.click()
    assert viewer.dims.current_step[0] == 3
    labels.data_setitem(np.nonzero(np.arange(5)[:, None, None] * np.ones((5, 40, 50)) == 1), 1)
    qtbot.waitUntil(lambda: panel._measured.size.plane == 1)
    button.click()
    assert viewer.dims.current_step[0] == 1
    viewer.layers.remove(labels)
    qtbot.waitUntil(button.isHidden)
