"""Which Labels layer is meant."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Labels, Layer
from qtpy.QtWidgets import QWidget

from napari_multicancer.widgets.common.layer_combo import LayerCombo

NO_LABELS = "No Labels layer yet"


class LabelsChoice(LayerCombo):
    """The viewer's Labels layers.

    Parameters
    ----------
    viewer : ViewerModel
    follows : bool
        Whether the layer that becomes active is chosen.
    extra : str, optional
        An entry before the layers, for which `layer` is None.
    """

    def __init__(
        self,
        viewer: ViewerModel,
        *,
        follows: bool = False,
        extra: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            viewer,
            accepts=_is_labels,
            empty=NO_LABELS,
            follows=follows,
            extra=extra,
            parent=parent,
        )


def _is_labels(layer: Layer) -> bool:
    return isinstance(layer, Labels)
