"""A scan that is opened beside others is shown alone, and fitted to the view."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, ref

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer

from napari_multicancer.translation import tr_n
from napari_multicancer.widgets.common.layers import bare, is_scan, source_of
from napari_multicancer.widgets.common.notify import say
from napari_multicancer.widgets.common.view import fit_to


class OpenedAlone(QObject):
    """Hides what was seen in a viewer when a scan is opened, and fits the view to that scan.

    Only what comes from a file or a sample counts as opened: a copy of a layer, and what a
    plugin computes, lie over what is there. Layers that come together stay together.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = ref(viewer)
        self._come: list[Layer] = []
        viewer.layers.events.inserted.connect(self._on_inserted)

    def _on_inserted(self, event: Any) -> None:
        if not self._come:
            QTimer.singleShot(0, self._settle)
        self._come.append(bare(event.value))

    def _settle(self) -> None:
        come, self._come = self._come, []
        viewer = self._viewer()
        if viewer is None:
            return
        opened = [layer for layer in come if layer in viewer.layers and is_opened_scan(layer)]
        before = [one for one in viewer.layers if one.visible and not _is_among(one, come)]
        if not any(layer.visible for layer in opened) or not any(map(is_scan, before)):
            return
        for layer in before:
            layer.visible = False
        fit_to(viewer, [layer for layer in opened if layer.visible])
        say(
            tr_n(
                "{name} is shown alone; {other} is hidden: the eye in the layer list shows it.",
                "{name} is shown alone; {n} other layers are hidden: the eye in the layer list "
                "shows them.",
                len(before),
                name=opened[-1].name,
                other=before[0].name,
            )
        )


def is_opened_scan(layer: Layer) -> bool:
    """Say whether a layer is a scan that was opened from a file or a sample."""
    source = layer.source
    is_derived = source.parent is not None or source.widget is not None
    is_from_somewhere = source_of(layer) is not None or source.sample is not None
    return is_scan(layer) and is_from_somewhere and not is_derived


def _is_among(layer: Layer, layers: list[Layer]) -> bool:
    return any(layer is one for one in layers)


_watched: WeakKeyDictionary[ViewerModel, OpenedAlone] = WeakKeyDictionary()


def watch_opening(viewer: ViewerModel) -> OpenedAlone:
    """Watch a viewer from now on; safe to call as often as one likes."""
    viewer = bare(viewer)
    if viewer not in _watched:
        _watched[viewer] = OpenedAlone(viewer)
    return _watched[viewer]
