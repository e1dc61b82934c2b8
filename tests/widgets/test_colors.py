"""Colors that tell states apart do so for those who see no red or no green, and words help."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from qtpy.QtGui import QColor
from skimage.color import deltaE_ciede2000, rgb2lab

from napari_multicancer.project.records import State
from napari_multicancer.widgets.common.colors import ACCENT, ATTENTION, FAULT
from napari_multicancer.widgets.compare.difference import ADDED_COLOR, REMOVED_COLOR
from napari_multicancer.widgets.correct.drawing import ADDED, REMOVED
from napari_multicancer.widgets.measure.diameter_lines import COLORS
from napari_multicancer.widgets.scans.table.words import FAILED, FAILED_COLOR, STATE_COLORS, STATES

SEEN = {
    "all colors": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
"""Of linear red, green and blue; Machado, Oliveira, Fernandes 2009, severity 1."""
LEAST = 12.0
"""By CIEDE2000; 2.3 is just noticeable side by side."""
PALETTES = {
    "states of a scan": list(STATE_COLORS.values()),
    "sentences and planes": [color.name() for color in (ACCENT, ATTENTION, FAULT)],
    "added and removed": [ADDED_COLOR, REMOVED_COLOR],
    "clicks that add and remove": [ADDED, REMOVED],
    "diameters": list(COLORS),
}


def as_seen(color, by):
    rgb = np.array(QColor(color).getRgbF()[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SEEN[by]) @ linear, 0, 1)
    back = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return rgb2lab(back[None, None])[0, 0]


@pytest.mark.parametrize("by", SEEN)
@pytest.mark.parametrize("palette", PALETTES)
def test_colors_that_tell_states_apart_are_told_apart(palette, by):
    for one, other in combinations(PALETTES[palette], 2):
        distance = float(deltaE_ciede2000(as_seen(one, by), as_seen(other, by)))
        assert distance >= LEAST, (one, other)


def test_every_state_has_a_color_and_a_failure_one_of_a_scan_that_needs_a_look():
    assert set(STATE_COLORS) == set(STATES) == set(State)
    assert FAILED not in STATES.values()
    assert STATE_COLORS[State.FLAGGED] == FAILED_COLOR
