"""Notices, in a viewer, what another reader made of a file that ours reads differently."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import (
    READING,
    bare,
    finest_level,
    is_scan,
    known_of,
    whole_scan,
)
from napari_multicancer.widgets.common.notify import say, tell, warn
from napari_multicancer.widgets.common.settings import PLUGIN
from napari_multicancer.widgets.common.thread import WorkQueue
from napari_multicancer.widgets.files.foreign.comparison import (
    NAPARI,
    Kind,
    OpenedLayer,
    ReadingComparison,
    compare,
    is_scan_shown_as_labels,
)
from napari_multicancer.widgets.files.foreign.correction import complete, put_in_place, replace
from napari_multicancer.widgets.files.readers import read_layers


class ForeignReadings(QObject):
    """Compares each image that another reader has opened with what ours makes of its file.

    A thread reads and compares. What is equal gets to know its place in the patient; a mask
    becomes Labels at once, as its file is certain to be one, and a scan that napari has taken for
    labels becomes an image; the rest waits for the user, who
    lets it be put right or left as it is. What the user changes in a layer is theirs.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    looked : Signal(object)
        An `Image` was compared.
    changed : Signal(object)
        What there is to say of an `Image` is another now.
    """

    looked = Signal(object)
    changed = Signal(object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = ref(viewer)
        self._under_way: WeakKeyDictionary[Layer, OpenedLayer | None] = WeakKeyDictionary()
        self._placed_by_hand: WeakSet[Image] = WeakSet()
        self._found: WeakKeyDictionary[Image, tuple[OpenedLayer, ReadingComparison]] = (
            WeakKeyDictionary()
        )
        self._queue = WorkQueue("readings", self)
        viewer.layers.events.inserted.connect(self._on_inserted)
        for layer in list(viewer.layers):
            self._look(layer, is_fresh=False)

    def is_looking_at(self, image: Layer) -> bool:
        """Say whether a layer is being compared."""
        return image in self._under_way

    def found(self, image: Image | None) -> tuple[OpenedLayer, ReadingComparison] | None:
        """Give how another reader's image differs from what ours reads, if it does."""
        return None if image is None else self._found.get(bare(image))

    def leave(self, image: Image) -> None:
        """Take an image as it is from now on."""
        if self._found.pop(image, None) is not None:
            self.changed.emit(image)

    def put_right(self, image: Image) -> None:
        """Let an image, or a layer in its place, be what our reader makes of its file."""
        viewer, found = self._viewer(), self._found.pop(image, None)
        if viewer is None or found is None or image not in viewer.layers:
            return
        comparison = found[1]
        if comparison.kind is Kind.GEOMETRY:
            masks = put_in_place(viewer, image, comparison.layers[0])
            _tell_of_masks(masks, tr("lies on {name} and has its voxel size now.", name=image.name))
        elif comparison.layers:
            masks = replace(viewer, image, comparison.layers)
            what = tr(
                "was made on the earlier reading of {name}: check it, or analyze again.",
                name=image.name,
            )
            _tell_of_masks(masks, what)
        self.changed.emit(image)

    def _on_inserted(self, event: Any) -> None:
        if isinstance(event.value, Labels):
            self._look_at_labels(bare(event.value))
        else:
            self._look(event.value, is_fresh=True)

    def _look_at_labels(self, labels: Labels) -> None:
        """See whether napari has taken a scan for labels."""
        path, reader = labels.source.path, labels.source.reader_plugin
        if path and reader == NAPARI and Path(path).is_file():
            look = partial(is_scan_shown_as_labels, Path(path))
            self._under_way[labels] = None
            labels.events.paint.connect(self._on_painted)
            self._queue.add(look, partial(self._on_labels_seen, ref(labels), Path(path)))

    def _on_painted(self, event: Any) -> None:
        """What is painted is the user's."""
        self._under_way.pop(bare(event.source), None)

    def _on_labels_seen(
        self,
        labels_ref: Callable[[], Labels | None],
        path: Path,
        is_image: bool | None,
        error: Exception | None,
    ) -> None:
        labels, viewer = labels_ref(), self._viewer()
        if labels is None or viewer is None or labels not in self._under_way:
            return
        del self._under_way[labels]
        if error is not None:
            tell(error, tr("comparing {name} with its file", name=labels.name))
        elif is_image and labels in viewer.layers:
            _show_as_image(viewer, labels, path)

    def _look(self, layer: Layer, *, is_fresh: bool) -> None:
        image = bare(layer)
        opened = opened_by_another(image, is_fresh=is_fresh)
        if opened is None:
            return
        self._under_way[image] = opened
        for name, forget in (
            ("data", self._on_pixels_changed),
            ("scale", self._on_place_changed),
            ("units", self._on_place_changed),
            ("axis_labels", self._on_place_changed),
        ):
            getattr(image.events, name).connect(forget)
        self._queue.add(partial(compare, opened), partial(self._on_compared, ref(image), opened))

    def _on_compared(
        self,
        image_ref: Callable[[], Image | None],
        opened: OpenedLayer,
        found: ReadingComparison | None,
        error: Exception | None,
    ) -> None:
        image, viewer = image_ref(), self._viewer()
        if image is None or viewer is None or self._under_way.get(image) is not opened:
            return
        del self._under_way[image]
        if error is not None:
            tell(error, tr("comparing {name} with its file", name=image.name))
        elif found is not None and image in viewer.layers:
            self._take(viewer, image, opened, found)
        self.looked.emit(image)

    def _take(
        self, viewer: ViewerModel, image: Image, opened: OpenedLayer, found: ReadingComparison
    ) -> None:
        is_by_hand = found.kind is Kind.GEOMETRY and image in self._placed_by_hand
        if found.kind is Kind.MASK:
            _show_as_labels(viewer, image, opened.path)
        elif found.kind is Kind.NOTHING:
            complete(image, found.layers[0])
        elif found.kind is not Kind.UNKNOWN and not is_by_hand:
            self._found[image] = (opened, found)
            self.changed.emit(image)

    def _on_pixels_changed(self, event: Any) -> None:
        """New pixels are the user's."""
        image = bare(event.source)
        self._under_way.pop(image, None)
        self.leave(image)

    def _on_place_changed(self, event: Any) -> None:
        """A voxel size that is typed in counts; what was found of pixels stays."""
        image = bare(event.source)
        self._placed_by_hand.add(image)
        _, found = self._found.get(image, (None, None))
        if found is not None and found.kind is Kind.GEOMETRY:
            self.leave(image)


def opened_by_another(image: Layer, *, is_fresh: bool) -> OpenedLayer | None:
    """Give what another reader made of a file; None for all other layers.

    Parameters
    ----------
    image : Layer
    is_fresh : bool
        Whether it has just been opened.
    """
    path, reader = image.source.path, image.source.reader_plugin
    if not is_scan(image) or not path or reader in (None, PLUGIN) or known_of(image).get("source"):
        return None
    if not Path(path).exists():
        return None
    try:
        scan = whole_scan(image)
    except MulticancerError:
        return None
    has_scale = not np.allclose(image.scale, 1)
    return OpenedLayer(
        path=Path(path),
        reader=str(reader),
        scan=scan,
        scale=tuple(map(float, image.scale)),
        size_is_chosen=has_scale and (reader == NAPARI or not is_fresh),
        axes_are_chosen=READING in known_of(image),
        is_stacked=not isinstance(finest_level(image), np.ndarray),
        is_fresh=is_fresh,
    )


def _show_as_labels(viewer: ViewerModel, image: Image, path: Path) -> None:
    """Put the Labels layer of a mask's file in the place of its image."""
    read = read_layers([path], tell)
    if read:
        replace(viewer, image, read)
        say(tr("{name} is a mask: it was opened as labels.", name=path.name))


def _show_as_image(viewer: ViewerModel, labels: Labels, path: Path) -> None:
    """Put the images of a scan's file in the place of its labels."""
    read = read_layers([path], tell)
    if read:
        replace(viewer, labels, read)
        say(tr("{name} is a scan: it was opened as an image.", name=path.name))


def _tell_of_masks(masks: list[Labels], what: str) -> None:
    for labels in masks:
        warn(f"{labels.name} {what}")


_watches: WeakKeyDictionary[ViewerModel, ForeignReadings] = WeakKeyDictionary()


def watch_readings(viewer: ViewerModel) -> ForeignReadings:
    """Notice other readers' layers in a viewer from now on; the same watch for the same viewer."""
    viewer = bare(viewer)
    if viewer not in _watches:
        _watches[viewer] = ForeignReadings(viewer)
    return _watches[viewer]
