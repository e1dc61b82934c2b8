"""Added and removed pixels as a two-colour Labels layer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from napari.components import ViewerModel
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import geometry
from napari_multicancer.widgets.common.record import record_of

if TYPE_CHECKING:
    from napari_multicancer.core.masks.comparison import Comparison

ADDED_COLOR, REMOVED_COLOR = "#4cc9f0", "#ff9f1c"
"""Blue and orange: told apart with any kind of colour vision, and from the lesion's red."""
OPACITY = 0.8


def show_difference(viewer: ViewerModel, labels: Labels, comparison: Comparison) -> Labels:
    """Lay what was added and removed over a mask; an earlier difference is brought up to date.

    The mask stays the active layer.

    Raises
    ------
    MaskError
        The mask has been deleted.
    """
    if labels not in viewer.layers:
        raise MaskError(tr("The mask has been deleted: choose another one and compare again."))
    pixels = comparison.difference.reshape(labels.data.shape)
    made = record_of(labels).difference
    difference = None if made is None else made()
    if difference is not None and difference in viewer.layers:
        difference.data = pixels
        for name, value in geometry(labels).items():
            setattr(difference, name, value)
        return difference
    difference = Labels(
        pixels,
        name=f"{labels.name} difference",
        opacity=OPACITY,
        colormap=_two_colors(),
        **geometry(labels),
    )
    active = viewer.layers.selection.active
    viewer.layers.insert(viewer.layers.index(labels) + 1, difference)
    viewer.layers.selection.active = active
    record_of(labels).difference = ref(difference)
    return difference


def _two_colors() -> DirectLabelColormap:
    from napari_multicancer.core.masks.comparison import ADDED, REMOVED

    return DirectLabelColormap(
        color_dict={
            None: "transparent",
            0: "transparent",
            ADDED: ADDED_COLOR,
            REMOVED: REMOVED_COLOR,
        }
    )
