"""Which image layer is meant."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtWidgets import QWidget

from napari_multicancer.widgets.common.layer_combo import LayerCombo
from napari_multicancer.widgets.common.layers import is_scan

NO_IMAGE = "Open a scan first"


class LayerChoice(LayerCombo):
    """The viewer's image layers; follows the active one and keeps it when others are active.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(viewer, accepts=is_scan, empty=NO_IMAGE, follows=True, parent=parent)
        self.setAccessibleName("Image layer")
