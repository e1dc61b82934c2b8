"""The commands in the Layers menus: they open the panel and press its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_multicancer.translation import tr

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.viewer import Viewer

    from napari_multicancer.widgets.analyse.panel import MultiCancerPanel

PLUGIN = "napari-multicancer"
WIDGET = "Multi-Cancer"
NOTHING_SELECTED = tr(
    "No image layer is selected: select the scan's image layer in the layer list and try again."
)


def classify(viewer: Viewer) -> None:
    """Say what the selected image layers show, one after the other."""
    _run(viewer, ("classify",))


def segment(viewer: Viewer) -> None:
    """Outline the lesion in the selected image layers, one after the other."""
    _run(viewer, ("segment",))


def classify_and_segment(viewer: Viewer) -> None:
    """Say what the selected image layers show and outline the lesions, one after the other."""
    _run(viewer, ("classify", "segment"))


def median(viewer: Viewer) -> None:
    """Lay the median of the selected image layer over it."""
    _prepare(viewer, "median")


def non_local_means(viewer: Viewer) -> None:
    """Lay non-local means of the selected image layer over it."""
    _prepare(viewer, "non_local_means")


def total_variation(viewer: Viewer) -> None:
    """Lay the selected image layer over itself, smoothed by its total variation."""
    _prepare(viewer, "total_variation")


def speckle(viewer: Viewer) -> None:
    """Lay the selected image layer over itself, without speckle."""
    _prepare(viewer, "speckle")


def canny(viewer: Viewer) -> None:
    """Lay Canny's edges of the selected image layer over it."""
    _prepare(viewer, "canny")


def sobel(viewer: Viewer) -> None:
    """Lay Sobel's edges of the selected image layer over it."""
    _prepare(viewer, "sobel")


def crop_to_head(viewer: Viewer) -> None:
    """Lay the head of the selected image layer over it, all around it black."""
    _prepare(viewer, "head")


def _run(viewer: Viewer, steps: tuple[str, ...]) -> None:
    from napari_multicancer.widgets.common.layers import bare

    viewer = bare(viewer)
    if images := _selected(viewer):
        panel = _panel(viewer)
        panel.ui.tabs.fold(False)
        panel.run_all(images, steps)


def _prepare(viewer: Viewer, step: str) -> None:
    """Do a step on all planes, on the tab that shows how far it is and can stop it."""
    from napari_multicancer.widgets.common.layers import bare
    from napari_multicancer.widgets.common.notify import warn

    viewer = bare(viewer)
    images = _selected(viewer)
    if len(images) > 1:
        warn(tr("Several images are selected: select one, whose layer the step is to be added to."))
    elif images:
        _panel(viewer).ui.tabs.open(tr("Prepare")).apply(images[0], step)


def _selected(viewer: Viewer) -> list[Image]:
    """List the selected scans; tell the user where there is none."""
    from napari_multicancer.widgets.common.lesions import selected_scans
    from napari_multicancer.widgets.common.notify import warn

    images = selected_scans(viewer)
    if not images:
        active = viewer.layers.selection.active
        if active is None:
            warn(NOTHING_SELECTED)
        else:
            warn(
                tr(
                    "{name} is no image: select the scan's image layer in the layer list and try "
                    "again.",
                    name=active.name,
                )
            )
    return images


def _panel(viewer: Viewer) -> MultiCancerPanel:
    dock, made = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    dock.show()
    dock.raise_()
    panel: MultiCancerPanel = made
    return panel
