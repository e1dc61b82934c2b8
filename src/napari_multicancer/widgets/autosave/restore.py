"""Offers the corrections that a crash has interrupted, when their scan is opened again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QApplication, QMainWindow

from napari_multicancer.core.masks.history import records_of
from napari_multicancer.io.snapshots.folder import autosave_folder, recent_without_scan
from napari_multicancer.io.snapshots.snapshot import Snapshot, read_pixels
from napari_multicancer.widgets.autosave.restore_dialog import RestoreDialog
from napari_multicancer.widgets.autosave.restore_find import Found, find_corrections
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.layers import (
    METADATA_KEY,
    bare,
    finest_level,
    geometry,
    is_scan,
)
from napari_multicancer.widgets.common.notify import say, tell
from napari_multicancer.widgets.common.settings import lesion_opacity

if TYPE_CHECKING:
    from napari_multicancer.widgets.autosave.autosave import AutoSave


RESTORE = "Restore masks"
"""As the manifest calls the list of all copies."""
PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")


class RestoreOffers(QObject):
    """Looks, for each image that comes into a viewer, for corrections that are nowhere else.

    The search runs in a thread; the offer is a dialog that does not block the
    window. What was offered is not offered again to this viewer.

    Parameters
    ----------
    viewer : ViewerModel
    autosave : AutoSave
        The same viewer's.

    Attributes
    ----------
    looked : Signal(object)
        An image was looked at: the list of `Found`.
    """

    looked = Signal(object)
    _found = Signal(object, object)
    _without_scan = Signal(int)

    def __init__(self, viewer: ViewerModel, autosave: AutoSave) -> None:
        super().__init__()
        self._viewer = ref(viewer)
        self._autosave = autosave
        self._offered: set[Path] = set()
        self.dialog: RestoreDialog | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="restore")
        self._found.connect(self._on_found)
        viewer.layers.events.inserted.connect(self._on_inserted)
        for layer in viewer.layers:
            self._look(layer)
        self._without_scan.connect(_tell_of)
        self._thread.submit(self._look_without_scan)

    def _look_without_scan(self) -> None:
        """Count, in the thread, what no scan that is opened would bring back."""
        self._without_scan.emit(recent_without_scan(autosave_folder(), datetime.now().astimezone()))

    def _on_inserted(self, event: Any) -> None:
        self._look(event.value)

    def _look(self, layer: Layer) -> None:
        """Search for an image's corrections; its pixels are read in the thread only."""
        layer, viewer = bare(layer), self._viewer()
        if not is_scan(layer) or layer.ndim < 2 or viewer is None:
            return
        shown = [bare(one) for one in viewer.layers if isinstance(bare(one), Labels)]
        future = self._thread.submit(
            find_corrections,
            autosave_folder(),
            finest_level(layer),
            layer.ndim,
            [finest_level(labels) for labels in shown],
            self._autosave.paths(),
        )
        future.add_done_callback(partial(self._on_done, ref(layer)))

    def _on_done(self, image: ref[Image], future: Any) -> None:
        """Hand the answer over to the window's thread; called in the other one."""
        self._found.emit(image, future)

    def _on_found(self, image_ref: ref[Image], future: Any) -> None:
        image, viewer = image_ref(), self._viewer()
        if image is None or viewer is None or image not in viewer.layers:
            return
        try:
            found = future.result()
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, f"looking for corrections of {image.name}")
            return
        found = [one for one in found if one.snapshot.path not in self._offered]
        self._offered.update(one.snapshot.path for one in found)
        if found:
            self._offer(image, found)
        self.looked.emit(found)

    def _offer(self, image: Image, found: list[Found]) -> None:
        self.dialog = RestoreDialog(image.name, found, _window())
        self.dialog.chosen.connect(partial(self._restore, ref(image)))
        self.dialog.show()

    def _restore(self, image_ref: ref[Image], snapshots: list[Snapshot]) -> None:
        image, viewer = image_ref(), self._viewer()
        if image is None or viewer is None:
            return
        for snapshot in reversed(snapshots):
            try:
                labels = restored_layer(snapshot, read_pixels(snapshot), image)
            except Exception as error:  # noqa: BLE001  shown to the user and logged
                tell(error, f"restoring {snapshot.layer_name}")
                continue
            lesions.adopt(labels, image)
            viewer.add_layer(labels)
            self._autosave.continue_from(labels, snapshot)


def restored_layer(snapshot: Snapshot, pixels: NDArray[Any], image: Image | None) -> Labels:
    """Make a Labels layer of a snapshot, with the geometry of its scan, or its own without one."""
    kept: dict[str, Any] = {"history": records_of(snapshot.history)}
    if snapshot.provenance is not None:
        kept["provenance"] = dict(snapshot.provenance)
    if snapshot.made_digest is not None:
        kept["digest"] = snapshot.made_digest
    return Labels(
        pixels,
        name=snapshot.layer_name,
        opacity=lesion_opacity(),
        colormap=lesions.lesion_colormap(),
        metadata={METADATA_KEY: kept},
        **(_place_of(snapshot) if image is None else geometry(image)),
    )


def _place_of(snapshot: Snapshot) -> dict[str, Any]:
    """Take the keywords of a layer's geometry; of what else a file may hold there, nothing."""
    return {name: snapshot.geometry[name] for name in PLACE if name in snapshot.geometry}


def _tell_of(n: int) -> None:
    """Say that there are masks that no scan brings back; nothing where there are none."""
    if n:
        masks = "A mask" if n == 1 else f"{n} masks"
        say(
            f"{masks} painted without a scan {'was' if n == 1 else 'were'} not saved to a file: "
            f'"{RESTORE}" in the Plugins menu has the {"copy" if n == 1 else "copies"}.'
        )


def _window() -> QMainWindow | None:
    """Find the window to lay the dialog over: the active one, else any that is seen."""
    active = QApplication.activeWindow()
    if isinstance(active, QMainWindow):
        return active
    windows = QApplication.topLevelWidgets()
    return next((one for one in windows if isinstance(one, QMainWindow) and one.isVisible()), None)
