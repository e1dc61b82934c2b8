"""Saves every Labels layer that the user changes, a moment after each stroke."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, finalize

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QCoreApplication, QObject, QTimer, Signal
from superqt.utils import QSignalThrottler

from napari_multicancer.io.snapshots.folder import new_path, prune
from napari_multicancer.io.snapshots.snapshot import Snapshot
from napari_multicancer.translation import tr
from napari_multicancer.widgets.autosave.copying import (
    CopyOrder,
    CopyOutcome,
    carry_out,
    note_on,
)
from napari_multicancer.widgets.autosave.offer import RestoreOffers
from napari_multicancer.widgets.autosave.strokes import StrokeWatch
from napari_multicancer.widgets.common.layers import bare, finest_level
from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import AutomaticCopy, record_of
from napari_multicancer.widgets.common.settings import copies_folder
from napari_multicancer.widgets.common.thread import WorkQueue
from napari_multicancer.widgets.common.view import draw_at_once

WAIT_MS = 1_000
"""From a stroke to its snapshot."""
RETRY_MS = 10_000
"""After a snapshot could not be written."""
CLOSING_S = 30
"""So long at most the end of the program waits for the last snapshots."""


@dataclass(eq=False)
class _Watched:
    """How far a layer is saved; `dirty` holds on to it until its last change is on its way."""

    pixels: Any
    copy: AutomaticCopy
    dirty: Labels | None = None
    revision: int = 0
    changed: bool = False
    is_under_way: bool = False
    strokes: StrokeWatch = field(default_factory=StrokeWatch)


class AutoSave(QObject):
    """Keeps a snapshot of each Labels layer of a viewer that the user has changed.

    The window's thread only takes note of a change; another one reads, compresses
    and writes. A layer's snapshot is one file, brought up to date as a whole; a
    layer that is given other data begins a new one. Where writing fails the user
    is told once, and it is tried again until it succeeds.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    saved : Signal(object)
        The `CopyOutcome` of each look at a layer.
    """

    saved = Signal(object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._layers = viewer.layers
        self._watched: WeakKeyDictionary[Labels, _Watched] = WeakKeyDictionary()
        self._scans: WeakKeyDictionary[Image, tuple[Any, str]] = WeakKeyDictionary()
        self._failed: dict[Path, CopyOrder] = {}
        self._is_told = False
        self._queue = WorkQueue("autosave", self)
        self._soon = QSignalThrottler(QSignalThrottler.EmissionPolicy.Trailing, self)
        self._soon.setTimeout(WAIT_MS)
        self._soon.triggered.connect(self._save_all)
        self._layers.events.inserted.connect(self._on_inserted)
        self._layers.events.removing.connect(self._on_removing)
        for layer in self._layers:
            self._adopt(layer)
        self._queue.add(partial(prune, copies_folder(), datetime.now().astimezone()))

    def flush(self) -> None:
        """Save all that has changed, and wait until it is written."""
        self._save_all(even_if_under_way=True)
        self._queue.wait(CLOSING_S)

    def continue_from(self, labels: Labels, snapshot: Snapshot) -> None:
        """Save a layer that was restored; from then on its copy stands for the old one."""
        watched = self._adopt(labels)
        if watched is not None:
            watched.copy.replaces = snapshot.path.name
            self._touch(labels, watched)

    def paths(self) -> set[Path]:
        """Name the copies of the layers that are in the viewer."""
        return {self._watched[one].copy.path for one in self._layers if one in self._watched}

    def _on_inserted(self, event: Any) -> None:
        self._adopt(event.value)

    def _adopt(self, layer: Layer) -> _Watched | None:
        """Watch a layer from now on, and count its pixels; None where it is no Labels layer."""
        layer = bare(layer)
        if not isinstance(layer, Labels):
            return None
        if layer in self._watched:
            return self._watched[layer]
        record = record_of(layer)
        record.copy = record.copy or AutomaticCopy(new_path(copies_folder()))
        watched = _Watched(finest_level(layer), record.copy)
        self._watched[layer] = watched
        record.exported.connect(self._on_exported)
        layer.events.paint.connect(self._on_paint)
        layer.events.labels_update.connect(self._on_painting)
        layer.events.set_data.connect(self._on_redrawn)
        layer.events.data.connect(self._on_data)
        self._touch(layer, watched, changed=False)
        return watched

    def _on_paint(self, event: Any) -> None:
        watched = self._watched[event.source]
        watched.strokes.add_stroke(event.source, event.value)
        self._touch(event.source, watched)

    def _on_painting(self, event: Any) -> None:
        self._touch(event.source, self._watched[event.source])

    def _on_redrawn(self, event: Any) -> None:
        """Undo and redo tell of nothing else; moving through planes comes here too.

        In the middle of a stroke nothing can be undone, though it may pass through
        what the mask was before.
        """
        watched = self._watched[event.source]
        if watched.changed and not event.source._block_history:
            watched.strokes.look_for_undo(event.source)
            self._touch(event.source, watched)

    def _on_data(self, event: Any) -> None:
        labels = event.source
        watched = self._watched[labels]
        pixels = finest_level(labels)
        if pixels is not watched.pixels:
            if watched.changed:
                self._save(labels, watched)
                watched.copy.path, watched.copy.replaces = new_path(copies_folder()), None
            watched.pixels, watched.copy.written = pixels, None
            watched.strokes.forget()
            watched.is_under_way = False
        self._touch(labels, watched)

    def _on_exported(self, event: Any) -> None:
        labels = event.source.labels
        if self._watched[labels].changed:
            self._touch(labels, self._watched[labels])

    def _touch(self, labels: Labels, watched: _Watched, *, changed: bool = True) -> None:
        watched.changed = watched.changed or changed
        watched.revision += 1
        watched.dirty = labels
        self._soon.throttle()

    def _on_removing(self, event: Any) -> None:
        labels = bare(self._layers[event.index])
        watched = self._watched.get(labels)
        if watched is not None and watched.dirty is not None:
            self._save(labels, watched)

    def _save_all(self, even_if_under_way: bool = False) -> None:
        """Send each changed layer on its way; usually not before its last order is done."""
        self._soon.cancel()
        failed, self._failed = self._failed, {}
        for watched in list(self._watched.values()):
            if watched.dirty is not None and (even_if_under_way or not watched.is_under_way):
                failed.pop(watched.copy.path, None)
                self._save(watched.dirty, watched)
        for order in failed.values():
            self._send(order)

    def _save(self, labels: Labels, watched: _Watched) -> None:
        folder = copies_folder()
        if watched.copy.path.parent != folder:
            watched.copy.path, watched.copy.written = new_path(folder), None
        order = self._order(labels, watched)
        watched.dirty, watched.is_under_way = None, True
        self._send(order)

    def _send(self, order: CopyOrder) -> None:
        self._queue.add(partial(carry_out, order), self._on_carried_out)

    def _order(self, labels: Labels, watched: _Watched) -> CopyOrder:
        copy = watched.copy
        order = CopyOrder(copy.path, watched.revision, watched.pixels, written=copy.written)
        if not watched.changed:
            return order
        image = image_under(labels, self._layers)
        return replace(
            order,
            note=note_on(labels, image, self._known_scan(image)),
            exported_digest=record_of(labels).exported_digest,
            image=image,
            scan_pixels=None if image is None else finest_level(image),
            scan_axes=0 if image is None else image.ndim,
        )

    def _known_scan(self, image: Image | None) -> str | None:
        pixels, scan = (None, None) if image is None else self._scans.get(image, (None, None))
        return scan if image is not None and pixels is finest_level(image) else None

    def _on_carried_out(self, outcome: CopyOutcome, _: object = None) -> None:
        order = outcome.order
        for labels, watched in list(self._watched.items()):
            if watched.copy.path == order.path:
                self._note(labels, watched, outcome)
        if order.image is not None and outcome.scan is not None:
            self._scans[order.image] = (order.scan_pixels, outcome.scan)
        if outcome.error is not None:
            self._on_failed(order, outcome.error)
        elif outcome.written != order.written:
            self._is_told = False
        self.saved.emit(outcome)

    def _note(self, labels: Labels, watched: _Watched, outcome: CopyOutcome) -> None:
        watched.is_under_way = False
        watched.copy.written = outcome.written
        if watched.dirty is not None:
            self._soon.throttle()
        elif (
            outcome.error is None
            and outcome.order.revision == watched.revision
            and watched.strokes.count_rest(labels, outcome.foreground)
        ):
            self._touch(labels, watched)

    def _on_failed(self, order: CopyOrder, error: Exception) -> None:
        self._failed.setdefault(order.path, order)
        QTimer.singleShot(RETRY_MS, self._soon.throttle)
        if not self._is_told:
            self._is_told = True
            tell(error, tr("keeping a copy of your corrections"))


_viewers: WeakKeyDictionary[ViewerModel, tuple[AutoSave, RestoreOffers]] = WeakKeyDictionary()


def watch_viewer(viewer: ViewerModel) -> AutoSave:
    """Keep safe what is painted in a viewer from now on, and offer what was not saved before.

    Nor does the program end while it draws (`draw_at_once`).

    Safe to call as often as one likes. It ends with the viewer, whatever becomes
    of the panel; the end of the viewer or the program waits for the last snapshots.

    Parameters
    ----------
    viewer : ViewerModel

    Returns
    -------
    AutoSave
        The same for the same viewer.
    """
    viewer = bare(viewer)
    if viewer not in _viewers:
        draw_at_once(viewer)
        autosave = AutoSave(viewer)
        _viewers[viewer] = (autosave, RestoreOffers(viewer, autosave))
        finalize(viewer, autosave.flush)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(autosave.flush)
    return _viewers[viewer][0]


def offers_of(viewer: ViewerModel) -> RestoreOffers:
    """Give what offers the corrections of a viewer's scans that were not saved."""
    watch_viewer(viewer)
    return _viewers[bare(viewer)][1]
