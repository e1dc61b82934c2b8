"""The commands in the Layers menus: they open the panel and press its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.viewer import Viewer

PLUGIN = "napari-multicancer"
WIDGET = "Multi-Cancer"


def classify(viewer: Viewer) -> None:
    """Say what the active image layer shows."""
    _run(viewer, ("classify",))


def segment(viewer: Viewer) -> None:
    """Outline the lesion in the active image layer."""
    _run(viewer, ("segment",))


def classify_and_segment(viewer: Viewer) -> None:
    """Say what the active image layer shows and outline the lesion."""
    _run(viewer, ("classify", "segment"))


def _run(viewer: Viewer, steps: tuple[str, ...]) -> None:
    from napari.layers import Image

    from napari_multicancer.widgets.common.layers import bare
    from napari_multicancer.widgets.common.notify import warn
    from napari_multicancer.widgets.common.record import image_of

    viewer = bare(viewer)
    active = viewer.layers.selection.active
    image = active if isinstance(active, Image) else image_of(active)
    if image is None or image not in viewer.layers:
        what = f"{active.name} is no image" if active is not None else "No image layer is active"
        warn(f"{what}: select the scan's image layer in the layer list and try again.")
        return
    dock, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    dock.show()
    dock.raise_()
    panel.run(image, steps)
