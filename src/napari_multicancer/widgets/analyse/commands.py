"""The commands in the Layers menus: they open the panel and press its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.viewer import Viewer

PLUGIN = "napari-multicancer"
WIDGET = "Multi-Cancer"


def classify(viewer: Viewer) -> None:
    """Say what the selected image layers show, one after the other."""
    _run(viewer, ("classify",))


def segment(viewer: Viewer) -> None:
    """Outline the lesion in the selected image layers, one after the other."""
    _run(viewer, ("segment",))


def classify_and_segment(viewer: Viewer) -> None:
    """Say what the selected image layers show and outline the lesions, one after the other."""
    _run(viewer, ("classify", "segment"))


def _run(viewer: Viewer, steps: tuple[str, ...]) -> None:
    from napari_multicancer.widgets.common.layers import bare
    from napari_multicancer.widgets.common.lesions import selected_scans
    from napari_multicancer.widgets.common.notify import warn

    viewer = bare(viewer)
    images = selected_scans(viewer)
    if not images:
        active = viewer.layers.selection.active
        what = f"{active.name} is no image" if active is not None else "No image layer is selected"
        warn(f"{what}: select the scan's image layer in the layer list and try again.")
        return
    dock, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    dock.show()
    dock.raise_()
    panel.ui.tabs.fold(False)
    panel.run_all(images, steps)
