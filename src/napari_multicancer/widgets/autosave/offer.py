"""Offers the corrections that a crash has interrupted, when their scan is opened again."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.io.snapshots.folder import recent_without_scan
from napari_multicancer.io.snapshots.snapshot import Snapshot, read_pixels
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.autosave.copies import FoundCopy, find_corrections, last_words
from napari_multicancer.widgets.common.layers import bare, finest_level, geometry, is_scan
from napari_multicancer.widgets.common.lesions import lesion_colormap
from napari_multicancer.widgets.common.notify import say, tell
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.settings import copies_folder, lesion_opacity
from napari_multicancer.widgets.common.thread import WorkQueue

if TYPE_CHECKING:
    from napari_multicancer.widgets.autosave.autosave import AutoSave

RESTORE = "Restore masks"
"""As the manifest calls the list of all copies."""
PLACE = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
_WIDTH, _LARGEST_HEIGHT = 480, 500
_ROW_HEIGHT, _REST = 126, 140


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
        An image was looked at: the list of `FoundCopy`.
    """

    looked = Signal(object)

    def __init__(self, viewer: ViewerModel, autosave: AutoSave) -> None:
        super().__init__()
        self._viewer = ref(viewer)
        self._autosave = autosave
        self._offered: set[Path] = set()
        self._of_lists: WeakSet[Image] = WeakSet()
        self.dialog: RestoreDialog | None = None
        self._queue = WorkQueue("restore", self)
        viewer.layers.events.inserted.connect(self._on_inserted)
        for layer in viewer.layers:
            self._look(layer)
        now = datetime.now().astimezone()
        self._queue.add(partial(recent_without_scan, copies_folder(), now), _tell_of)

    def settle(self, copy: Path) -> None:
        """Offer a copy no more: what it holds is in the window."""
        self._offered.add(copy)

    def stay_quiet(self, image: Image) -> None:
        """Tell of an image's copies in a line, as it is one of a list: no dialog is to lie over it.

        A list brings its own scans' strokes back; others are of the same pixels elsewhere.
        """
        self._of_lists.add(image)

    def _on_inserted(self, event: Any) -> None:
        self._look(event.value)

    def _look(self, layer: Layer) -> None:
        """Search for an image's corrections; its pixels are read in the thread only."""
        layer, viewer = bare(layer), self._viewer()
        if not is_scan(layer) or layer.ndim < 2 or viewer is None:
            return
        shown = [bare(one) for one in viewer.layers if isinstance(bare(one), Labels)]
        search = partial(
            find_corrections,
            copies_folder(),
            finest_level(layer),
            layer.ndim,
            [finest_level(labels) for labels in shown],
            self._autosave.paths(),
        )
        self._queue.add(search, partial(self._on_found, ref(layer)))

    def _on_found(
        self, image_ref: ref[Image], known: list[FoundCopy] | None, error: Exception | None
    ) -> None:
        image, viewer = image_ref(), self._viewer()
        if image is None or viewer is None or image not in viewer.layers:
            return
        if error is not None:
            tell(error, tr("looking for corrections of {name}", name=image.name))
        if known is None:
            return
        found = [one for one in known if one.snapshot.path not in self._offered]
        self._offered.update(one.snapshot.path for one in found)
        if found:
            self._offer(image, found)
        self.looked.emit(found)

    def _offer(self, image: Image, found: list[FoundCopy]) -> None:
        if image in self._of_lists:
            say(
                tr(
                    "Strokes on the same picture, made elsewhere, are in no file: {restore} in the "
                    "Plugins menu has the copy.",
                    restore=RESTORE,
                )
            )
            return
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
            viewer.add_layer(labels)
            self._autosave.continue_from(labels, snapshot)


def restored_layer(snapshot: Snapshot, pixels: NDArray[Any], image: Image | None) -> Labels:
    """Make a Labels layer of a snapshot, with the geometry of its scan, or its own without one."""
    labels = Labels(
        pixels,
        name=snapshot.layer_name,
        opacity=lesion_opacity(),
        colormap=lesion_colormap(),
        **(_place_of(snapshot) if image is None else geometry(image)),
    )
    record = record_of(labels)
    record.mask = snapshot.record
    if image is not None:
        record.adopt(image)
    return labels


def _place_of(snapshot: Snapshot) -> dict[str, Any]:
    """Take the keywords of a layer's geometry; of what else a file may hold there, nothing."""
    return {name: snapshot.geometry[name] for name in PLACE if name in snapshot.geometry}


def _tell_of(n: int | None, error: Exception | None) -> None:
    """Say that there are masks that no scan brings back; nothing where there are none."""
    if error is not None:
        tell(error, tr("looking for copies of your masks"))
    elif n:
        say(
            tr_n(
                'A mask painted without a scan was not saved to a file: "{restore}" in the Plugins '
                "menu has the copy.",
                '{n} masks painted without a scan were not saved to a file: "{restore}" in the '
                "Plugins menu has the copies.",
                n,
                restore=RESTORE,
            )
        )


def _window() -> QMainWindow | None:
    """Find the window to lay the dialog over: the active one, else any that is seen."""
    active = QApplication.activeWindow()
    if isinstance(active, QMainWindow):
        return active
    windows = QApplication.topLevelWidgets()
    return next((one for one in windows if isinstance(one, QMainWindow) and one.isVisible()), None)


class RestoreDialog(QDialog):
    """Shows corrections of one scan, newest first; does not block the window.

    Parameters
    ----------
    scan_name : str
    found : list of FoundCopy
    parent : QWidget, optional

    Attributes
    ----------
    chosen : Signal(object)
        The snapshots, newest first, that the user wants back.
    """

    chosen = Signal(object)

    def __init__(
        self, scan_name: str, found: list[FoundCopy], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Restore corrections"))
        self._found = found
        self.boxes = [QCheckBox() for _ in found]
        self.boxes[0].setChecked(True)
        layout = QVBoxLayout(self)
        layout.addWidget(
            plain_label(tr("Corrections of {name} that were not saved to a file:", name=scan_name))
        )
        layout.addWidget(self._rows())
        layout.addWidget(
            plain_label(tr("“Not now” keeps them: they are offered when the scan is next opened."))
        )
        layout.addWidget(self._buttons())
        self.resize(_WIDTH, min(_REST + _ROW_HEIGHT * len(found), _LARGEST_HEIGHT))

    def _rows(self) -> QScrollArea:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        for box, one in zip(self.boxes, self._found, strict=True):
            rows.addLayout(_row(box, one))
            box.toggled.connect(self._on_toggled)
        rows.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        return area

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.restore = buttons.addButton(tr("Restore"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.later = buttons.addButton(tr("Not now"), QDialogButtonBox.ButtonRole.RejectRole)
        self.restore.setDefault(True)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_toggled(self) -> None:
        self.restore.setEnabled(any(box.isChecked() for box in self.boxes))

    def _on_accepted(self) -> None:
        boxes = zip(self.boxes, self._found, strict=True)
        self.chosen.emit([one.snapshot for box, one in boxes if box.isChecked()])
        self.accept()


def _row(box: QCheckBox, one: FoundCopy) -> QHBoxLayout:
    snapshot = one.snapshot
    saved = snapshot.saved.astimezone()
    words = plain_label(
        f"{snapshot.layer_name}\n{saved:%d %B %Y, %H:%M:%S}\n{last_words(snapshot.record.history)}"
    )
    box.setAccessibleName(
        tr("Restore {name}, {saved:%H:%M:%S}", name=snapshot.layer_name, saved=saved)
    )
    picture = QLabel()
    picture.setPixmap(pixmap(one.picture))
    row = QHBoxLayout()
    row.addWidget(box)
    row.addWidget(picture)
    row.addWidget(words, 1)
    return row


def pixmap(picture: NDArray[np.uint8]) -> QPixmap:
    """Turn an RGB picture, shape (row, column, 3), into one that Qt shows."""
    height, width, _ = picture.shape
    image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy())
