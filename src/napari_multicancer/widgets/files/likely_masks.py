"""Notices, in a viewer, images that are like masks, and lays them over their scan if asked to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, ref

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.masks.shown_labels import shown_labels
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.likely_mask import (
    FEW_VALUES,
    has_few_values,
    likely_mask,
    names_of_scan,
)
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import (
    bare,
    finest_level,
    is_scan,
    plain_geometry,
    source_of,
    spatial_shape,
    whole_scan,
)
from napari_multicancer.widgets.common.lesions import mask_layer_data
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.thread import WorkQueue
from napari_multicancer.widgets.files.alone import is_opened_scan
from napari_multicancer.widgets.files.open_scans import made_layer


class LikelyMasks(QObject):
    """Looks at each image that was opened from a file as a batch looks at its files.

    A thread reads it. What is called a mask and is like one is told; what only has the few values
    of one, where it fits another scan that is open.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    changed : Signal()
        What there is to say of images is another now.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = ref(viewer)
        self._found: WeakKeyDictionary[Image, str] = WeakKeyDictionary()
        self._queue = WorkQueue("likely masks", self)
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)
        for layer in list(viewer.layers):
            self._look(bare(layer))

    def sentence(self, image: Image | None) -> str:
        """Say of an image that it is like a mask, and what may be done; empty for others."""
        reason = None if image is None else self._found.get(image)
        if image is None or reason is None:
            return ""
        scan = self.scan_under(image)
        if scan is None:
            if reason == FEW_VALUES:
                return ""
            return tr(
                "{name} {reason}: open its scan, and it can be laid over that as labels.",
                name=_name(image),
                reason=reason,
            )
        return tr(
            "{name} {reason}; it has the size of {scan}.",
            name=_name(image),
            reason=reason,
            scan=scan.name,
        )

    def scan_under(self, image: Image) -> Image | None:
        """Find the scan that has an image's size: by its name, else the topmost one."""
        viewer = self._viewer()
        names = names_of_scan(Path(_name(image)))
        fitting = [
            layer
            for layer in ([] if viewer is None else map(bare, viewer.layers))
            if layer is not image
            and is_scan(layer)
            and layer not in self._found
            and spatial_shape(layer) == spatial_shape(image)
        ]
        named = [layer for layer in fitting if layer.name.lower() in names]
        return (named or fitting or [None])[-1]

    def leave(self, image: Image) -> None:
        """Take an image for a scan from now on."""
        if self._found.pop(image, None) is not None:
            self.changed.emit()

    def lay_over(self, image: Image) -> None:
        """Put labels, which lie over the scan, in an image's place; they are read in a thread."""
        scan = self.scan_under(image)
        if scan is not None:
            read = partial(shown_labels, whole_scan(image))
            self._queue.add(read, partial(self._on_labels, ref(image), ref(scan)))

    def _on_labels(
        self,
        image_ref: Callable[[], Image | None],
        scan_ref: Callable[[], Image | None],
        found: NDArray[Any] | None,
        error: Exception | None,
    ) -> None:
        viewer, image, scan = self._viewer(), image_ref(), scan_ref()
        if viewer is None or image is None or scan is None:
            return
        if image not in viewer.layers or scan not in viewer.layers:
            return
        if error is not None or found is None:
            tell(error or ValueError("no labels"), tr("opening {name} as labels", name=image.name))
            return
        labels = _labels_over(scan, found, image.name)
        index = viewer.layers.index(image)
        viewer.layers.remove(image)
        viewer.layers.insert(max(index, viewer.layers.index(scan) + 1), labels)
        scan.visible = True
        viewer.layers.selection.active = labels

    def _on_inserted(self, event: Any) -> None:
        self._look(bare(event.value))
        self.changed.emit()

    def _on_removed(self, event: Any) -> None:
        self.changed.emit()

    def _look(self, layer: Layer) -> None:
        source = source_of(layer)
        if not is_opened_scan(layer) or source is None or not Path(source).is_file():
            return
        try:
            scan = whole_scan(layer)
        except MulticancerError:
            return
        self._queue.add(partial(_reason, Path(source), scan), partial(self._on_looked, ref(layer)))

    def _on_looked(
        self, image_ref: Callable[[], Image | None], reason: str | None, error: Exception | None
    ) -> None:
        image = image_ref()
        if error is not None and not isinstance(error, MulticancerError):
            tell(error, tr("looking whether an image is a mask"))
        elif image is not None and reason:
            self._found[image] = reason
            self.changed.emit()


def _reason(path: Path, scan: Scan) -> str:
    return likely_mask(path, scan) or (FEW_VALUES if has_few_values(scan) else "")


def _name(image: Image) -> str:
    """Name an image's file."""
    source = source_of(image)
    return image.name if source is None else Path(source).name


def _labels_over(scan: Image, found: NDArray[Any], name: str) -> Labels:
    mask = found.reshape(finest_level(scan).shape[: scan.ndim])
    place = {"geometry": plain_geometry(scan)}
    layer = made_layer(mask_layer_data(name, mask, None, None, place))
    assert isinstance(layer, Labels)
    return layer


_watches: WeakKeyDictionary[ViewerModel, LikelyMasks] = WeakKeyDictionary()


def watch_for_masks(viewer: ViewerModel) -> LikelyMasks:
    """Notice images that are like masks from now on; the same watch for the same viewer."""
    viewer = bare(viewer)
    if viewer not in _watches:
        _watches[viewer] = LikelyMasks(viewer)
    return _watches[viewer]
