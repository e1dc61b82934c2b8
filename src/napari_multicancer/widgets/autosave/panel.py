"""All automatic copies of masks, newest first: open them, or delete those not wanted."""

from __future__ import annotations

from functools import partial

import numpy as np
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QIcon, QShowEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.io.snapshots.folder import delete
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.autosave.copies import (
    PICTURE_SIDE,
    RULE,
    Copy,
    Listing,
    Opened,
    list_copies,
    open_copies,
    picture_of_mask,
    summary,
    words_of,
)
from napari_multicancer.widgets.autosave.offer import pixmap, restored_layer
from napari_multicancer.widgets.common.focus import FocusRing
from napari_multicancer.widgets.common.layers import bare, is_scan
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.common.sentence import SentenceLine
from napari_multicancer.widgets.common.settings import copies_folder
from napari_multicancer.widgets.common.thread import BackgroundJob

ICON_SIDE = 72
_COPY = Qt.ItemDataRole.UserRole


class RestorePanel(QWidget):
    """Lists the automatic copies of all masks, with or without a scan.

    A copy opens as a Labels layer: over its scan where that is in the window, else
    where it lay. What is deleted is asked about first.

    Parameters
    ----------
    napari_viewer : Viewer
    """

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer: Viewer = bare(napari_viewer)
        self._autosave = watch_viewer(self._viewer)
        self._without_picture: list[QListWidgetItem] = []
        self.list = _list()
        self.note = plain_label("")
        self.open = QPushButton(tr("&Open"))
        self.delete = QPushButton(tr("&Delete..."))
        self.refresh = QPushButton(tr("R&efresh"))
        self._lister, self._painter, self._opener = (BackgroundJob(self) for _ in range(3))
        FocusRing(self._viewer, self)
        self._arrange()
        self._connect()
        self._on_selected()

    def update_list(self) -> None:
        """List the folder anew, in a thread."""
        self._painter.cancel()
        self._lister.start(lambda *_: list_copies(copies_folder()))

    def cancel(self) -> None:
        """Stop all work; what is shown stays."""
        for job in (self._lister, self._painter, self._opener):
            job.cancel()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Qt's own: whoever looks sees what is there now."""
        super().showEvent(event)
        self.update_list()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    def _arrange(self) -> None:
        self.open.setToolTip(tr("Open the chosen copies as Labels layers"))
        self.delete.setToolTip(tr("Delete the chosen copies from the disk"))
        buttons = QHBoxLayout()
        for button in (self.open, self.delete, self.refresh):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        column.addWidget(self.note)
        column.addWidget(SentenceLine())
        column.addWidget(plain_label(RULE))

    def _connect(self) -> None:
        self.list.itemSelectionChanged.connect(self._on_selected)
        self.list.itemDoubleClicked.connect(self._on_open)
        self.open.clicked.connect(self._on_open)
        self.delete.clicked.connect(self._on_delete)
        self.refresh.clicked.connect(self.update_list)
        self._lister.returned.connect(self._on_listed)
        self._lister.failed.connect(partial(tell, doing=tr("listing the copies of your masks")))
        self._painter.returned.connect(self._on_picture)
        self._painter.failed.connect(self._on_no_picture)
        self._opener.returned.connect(self._on_opened)
        self._opener.failed.connect(partial(tell, doing=tr("opening a copy")))

    def _chosen(self) -> list[Copy]:
        return [item.data(_COPY) for item in self.list.selectedItems()]

    def _on_selected(self) -> None:
        for button in (self.open, self.delete):
            button.setEnabled(bool(self.list.selectedItems()))

    def _on_listed(self, listing: Listing) -> None:
        shown = self._autosave.paths()
        self.list.clear()
        for copy in listing.copies:
            self.list.addItem(_item(copy, copy.snapshot.path in shown))
        self.note.setText(summary(listing))
        self._without_picture = [self.list.item(row) for row in range(self.list.count())]
        self._paint_next()

    def _paint_next(self) -> None:
        """Draw the topmost picture that is missing."""
        if self._without_picture:
            copy = self._without_picture[0].data(_COPY)
            self._painter.start(partial(picture_of_mask, copy.snapshot))

    def _on_picture(self, picture: NDArray[np.uint8]) -> None:
        self._without_picture.pop(0).setIcon(_icon(picture))
        self._paint_next()

    def _on_no_picture(self, error: Exception) -> None:
        item = self._without_picture.pop(0)
        item.setText(f"{item.text()}\n{error}")
        self._paint_next()

    def _on_open(self) -> None:
        snapshots = [copy.snapshot for copy in self._chosen()]
        images = [bare(one) for one in self._viewer.layers if is_scan(bare(one))]
        if snapshots:
            self._opener.start(partial(open_copies, snapshots, images))

    def _on_opened(self, opened: list[Opened | Exception]) -> None:
        for one in reversed(opened):
            try:
                self._add(one)
            except Exception as error:  # noqa: BLE001  shown to the user and logged
                tell(error, tr("opening a copy"))
        self.update_list()

    def _add(self, one: Opened | Exception) -> None:
        if isinstance(one, Exception):
            raise one
        image = one.image if one.image in self._viewer.layers else None
        labels = restored_layer(one.snapshot, one.pixels, image)
        self._viewer.add_layer(labels)
        self._autosave.continue_from(labels, one.snapshot)

    def _on_delete(self) -> None:
        chosen = self._chosen()
        if not chosen or not self._is_sure(chosen):
            return
        deleted = delete(copy.snapshot.path for copy in chosen)
        if len(deleted) < len(chosen):
            warn(
                tr_n(
                    "{n} copy could not be deleted: close what uses it.",
                    "{n} copies could not be deleted: close what uses them.",
                    len(chosen) - len(deleted),
                )
            )
        self.update_list()

    def _is_sure(self, chosen: list[Copy]) -> bool:
        lost = sum(copy.is_only_one for copy in chosen)
        words = tr_n("Delete {n} copy?", "Delete {n} copies?", len(chosen))
        if lost:
            never = tr_n(
                "{n} of them was never saved to a file.",
                "{n} of them were never saved to a file.",
                lost,
            )
            words = f"{words} {never}"
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self, tr("Delete copies"), words, buttons.Yes | buttons.Cancel, buttons.Cancel
        )
        return bool(answer == buttons.Yes)


def _list() -> QListWidget:
    made = QListWidget()
    made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    made.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
    made.setWordWrap(True)
    made.setSpacing(2)
    made.setAccessibleName(tr("Copies of masks"))
    return made


def _item(copy: Copy, is_shown: bool) -> QListWidgetItem:
    item = QListWidgetItem(words_of(copy, is_shown))
    item.setData(_COPY, copy)
    item.setIcon(_icon(np.zeros((0, 0, 3), np.uint8)))
    if is_shown:
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _icon(picture: NDArray[np.uint8]) -> QIcon:
    """Lay a picture on a black square, so that all rows begin at one place."""
    height, width, _ = picture.shape
    square = np.zeros((PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    top, left = (PICTURE_SIDE - height) // 2, (PICTURE_SIDE - width) // 2
    square[top : top + height, left : left + width] = picture
    return QIcon(pixmap(square))
