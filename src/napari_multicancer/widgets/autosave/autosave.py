"""Saves every Labels layer that the user changes, a moment after each stroke."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, finalize

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QCoreApplication, QObject, QTimer, Signal

from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.io.snapshots.folder import autosave_folder, new_path, prune
from napari_multicancer.io.snapshots.snapshot import Snapshot
from napari_multicancer.widgets.autosave.restore import RestoreOffers
from napari_multicancer.widgets.autosave.strokes import add_stroke
from napari_multicancer.widgets.autosave.tracked import Tracked, note_rest, said_of
from napari_multicancer.widgets.autosave.write import Order, Outcome, carry_out
from napari_multicancer.widgets.common.layers import bare, finest_level
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.files.writer import image_under

WAIT_MS = 1_000
"""From a stroke to its snapshot."""
RETRY_MS = 10_000
"""After a snapshot could not be written."""
CLOSING_S = 30
"""So long at most the end of the program waits for the last snapshots."""


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
        The `Outcome` of each look at a layer.
    """

    saved = Signal(object)
    _carried_out = Signal(object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._layers = viewer.layers
        self._folder = autosave_folder()
        self._tracked: WeakKeyDictionary[Labels, Tracked] = WeakKeyDictionary()
        self._scans: WeakKeyDictionary[Image, tuple[Any, str]] = WeakKeyDictionary()
        self._failed: dict[Path, Order] = {}
        self._futures: set[Future[Any]] = set()
        self._is_told = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="autosave")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._save_all)
        self._carried_out.connect(self._on_carried_out)
        self._layers.events.inserted.connect(self._on_inserted)
        self._layers.events.removing.connect(self._on_removing)
        for layer in self._layers:
            self._adopt(layer)
        self._thread.submit(prune, self._folder, datetime.now().astimezone())

    def flush(self) -> None:
        """Save all that has changed, and wait until it is written."""
        self._save_all(even_if_under_way=True)
        wait(list(self._futures), CLOSING_S)

    def continue_from(self, labels: Labels, snapshot: Snapshot) -> None:
        """Save a layer that was restored; from then on its snapshot stands for the old one."""
        tracked = self._adopt(labels)
        if tracked is not None:
            tracked.replaces = snapshot.path.name
            self._touch(labels, tracked)

    def mark_exported(self, labels: Labels, pixels: Any) -> None:
        """Note that the user has saved these pixels to a file."""
        tracked = self._tracked.get(labels)
        if tracked is not None and tracked.changed:
            tracked.exported_digest = digest(pixels)
            self._touch(labels, tracked)

    def paths(self) -> set[Path]:
        """Name the snapshots of the layers that are in the viewer."""
        return {self._tracked[one].path for one in self._layers if one in self._tracked}

    def _on_inserted(self, event: Any) -> None:
        self._adopt(event.value)

    def _adopt(self, layer: Layer) -> Tracked | None:
        """Watch a layer from now on, and count its pixels; None where it is no Labels layer."""
        layer = bare(layer)
        if not isinstance(layer, Labels):
            return None
        if layer in self._tracked:
            return self._tracked[layer]
        tracked = Tracked(finest_level(layer), new_path(self._folder))
        self._tracked[layer] = tracked
        layer.events.paint.connect(self._on_paint)
        layer.events.labels_update.connect(self._on_painting)
        layer.events.set_data.connect(self._on_redrawn)
        layer.events.data.connect(self._on_data)
        self._touch(layer, tracked, changed=False)
        return tracked

    def _on_paint(self, event: Any) -> None:
        tracked = self._tracked[event.source]
        tracked.grown += add_stroke(event.source, event.value)
        tracked.undo.add(event.value, event.source.data.shape)
        self._touch(event.source, tracked)

    def _on_painting(self, event: Any) -> None:
        self._touch(event.source, self._tracked[event.source])

    def _on_redrawn(self, event: Any) -> None:
        """Undo and redo tell of nothing else; moving through planes comes here too."""
        tracked = self._tracked[event.source]
        if tracked.changed:
            tracked.grown += tracked.undo.look(event.source)
            self._touch(event.source, tracked)

    def _on_data(self, event: Any) -> None:
        labels = event.source
        tracked = self._tracked[labels]
        pixels = finest_level(labels)
        if pixels is not tracked.pixels:
            if tracked.changed:
                self._save(labels, tracked)
                tracked.path, tracked.replaces = new_path(self._folder), None
            tracked.pixels, tracked.written = pixels, None
            tracked.foreground, tracked.grown = None, 0
            tracked.undo.forget()
            tracked.is_under_way = False
        self._touch(labels, tracked)

    def _touch(self, labels: Labels, tracked: Tracked, *, changed: bool = True) -> None:
        tracked.changed = tracked.changed or changed
        tracked.revision += 1
        tracked.dirty = labels
        self._save_within(WAIT_MS)

    def _save_within(self, wait_ms: int) -> None:
        if not self._later.isActive() or self._later.remainingTime() > wait_ms:
            self._later.start(wait_ms)

    def _on_removing(self, event: Any) -> None:
        labels = bare(self._layers[event.index])
        tracked = self._tracked.get(labels)
        if tracked is not None and tracked.dirty is not None:
            self._save(labels, tracked)

    def _save_all(self, even_if_under_way: bool = False) -> None:
        """Send each changed layer on its way; usually not before its last order is done."""
        self._later.stop()
        failed, self._failed = self._failed, {}
        for tracked in list(self._tracked.values()):
            if tracked.dirty is not None and (even_if_under_way or not tracked.is_under_way):
                failed.pop(tracked.path, None)
                self._save(tracked.dirty, tracked)
        for order in failed.values():
            self._send(order)

    def _save(self, labels: Labels, tracked: Tracked) -> None:
        order = self._order(labels, tracked)
        tracked.dirty, tracked.is_under_way = None, True
        self._send(order)

    def _send(self, order: Order) -> None:
        self._futures = {future for future in self._futures if not future.done()}
        self._futures.add(self._thread.submit(self._work, order))

    def _work(self, order: Order) -> None:
        """Carry out an order in the other thread, and hand the outcome over to the window's."""
        self._carried_out.emit(carry_out(order))

    def _order(self, labels: Labels, tracked: Tracked) -> Order:
        image = image_under(labels, self._layers) if tracked.changed else None
        scan_pixels = None if image is None else finest_level(image)
        known, scan = self._scans.get(image, (None, None)) if image is not None else (None, None)
        return Order(
            path=tracked.path,
            revision=tracked.revision,
            pixels=tracked.pixels,
            changed=tracked.changed,
            image=image,
            scan_pixels=scan_pixels,
            scan_axes=0 if image is None else image.ndim,
            scan=scan if known is scan_pixels else None,
            written=tracked.written,
            exported_digest=tracked.exported_digest,
            said=said_of(labels, image, tracked.replaces) if tracked.changed else {},
        )

    def _on_carried_out(self, outcome: Outcome) -> None:
        order = outcome.order
        for labels, tracked in list(self._tracked.items()):
            if tracked.path == order.path:
                self._note(labels, tracked, outcome)
        if order.image is not None and outcome.scan is not None:
            self._scans[order.image] = (order.scan_pixels, outcome.scan)
        if outcome.error is not None:
            self._on_failed(order, outcome.error)
        elif outcome.written != order.written:
            self._is_told = False
        self.saved.emit(outcome)

    def _note(self, labels: Labels, tracked: Tracked, outcome: Outcome) -> None:
        tracked.is_under_way = False
        tracked.written = outcome.written
        if tracked.dirty is not None:
            self._save_within(WAIT_MS)
        elif (
            outcome.error is None
            and outcome.order.revision == tracked.revision
            and note_rest(labels, tracked, outcome.foreground)
        ):
            self._touch(labels, tracked)

    def _on_failed(self, order: Order, error: Exception) -> None:
        self._failed.setdefault(order.path, order)
        self._save_within(RETRY_MS)
        if not self._is_told:
            self._is_told = True
            tell(error, "keeping a copy of your corrections")


_watched: WeakKeyDictionary[ViewerModel, tuple[AutoSave, RestoreOffers]] = WeakKeyDictionary()


def watch_viewer(viewer: ViewerModel) -> AutoSave:
    """Keep safe what is painted in a viewer from now on, and offer what was not saved before.

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
    if viewer not in _watched:
        autosave = AutoSave(viewer)
        _watched[viewer] = (autosave, RestoreOffers(viewer, autosave))
        finalize(viewer, autosave.flush)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(autosave.flush)
    return _watched[viewer][0]


def mark_exported(labels: Labels, pixels: Any) -> None:
    """Note that the user has saved a layer to a file, so that it need not be offered again."""
    for autosave, _ in list(_watched.values()):
        autosave.mark_exported(bare(labels), pixels)
