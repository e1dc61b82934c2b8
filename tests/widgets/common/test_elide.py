"""Long names are cut so that two never look alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.components import ViewerModel

from napari_multicancer.widgets.common.choices import LabelsChoice
from napari_multicancer.widgets.common.elide import CUT, shortened


def in_20(text: str) -> bool:
    return len(text) <= 20


@pytest.mark.parametrize(
    "names",
    [
        ["BraTS20_Training_012_flair lesion", "BraTS20_Training_012_flair lesion, DeepLabv3 1.0.0"],
        ["BraTS20_Training_012_flair lesion", "BraTS20_Training_017_flair lesion"],
        [
            "a long name that is the same until the end 1",
            "a long name that is the same until the end 2",
        ],
        ["1 and then a long name that is the same", "2 and then a long name that is the same"],
    ],
)
def test_two_names_that_differ_never_look_alike(names):
    short = shortened(names, in_20)
    assert len(set(short)) == len(names)
    assert all(map(in_20, short))
    assert all(CUT in text for text in short)


def test_what_fits_stays_as_it_is_and_what_does_not_keeps_its_ends():
    short = shortened(["short", "t1_axial_postcontrast_run_3 lesion"], in_20)
    assert short[0] == "short"
    assert short[1].startswith("t1_axial")
    assert short[1].endswith("lesion")


@given(st.lists(st.text(max_size=40), max_size=5), st.integers(0, 30))
def test_every_name_has_a_text_and_none_is_too_long(names, room):
    short = shortened(names, lambda text: len(text) <= room)
    assert len(short) == len(names)
    for name, text in zip(names, short, strict=True):
        assert text == name or len(text) <= max(room, 2)


def test_a_narrow_choice_tells_two_long_masks_apart(qtbot):
    viewer = ViewerModel()
    for number in (1, 2):
        viewer.add_labels(
            np.zeros((4, 4), np.uint8), name=f"patient_{number}_flair_axial_postcontrast lesion"
        )
    choice = LabelsChoice(viewer)
    qtbot.addWidget(choice)
    choice.resize(150, 24)
    texts = []
    for layer in viewer.layers:
        choice.choose(layer)
        texts.append(choice.shown_text(120))
    assert texts[0] != texts[1]
    assert not choice.grab().isNull()
