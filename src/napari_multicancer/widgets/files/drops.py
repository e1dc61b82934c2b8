"""Files and folders that are dropped on a widget."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QEvent, QMimeData, QObject, Signal
from qtpy.QtWidgets import QWidget


class DropTarget(QObject):
    """Lets a widget take files and folders of this machine.

    What lies in the widget and takes drops itself, such as a line of text, goes on doing so.

    Parameters
    ----------
    widget : QWidget

    Attributes
    ----------
    dropped : Signal(object)
        The list of `Path`.
    """

    dropped = Signal(object)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: take what is dragged over the widget, and what is let go there."""
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        paths = _paths(event.mimeData())
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(paths)
        return True


def _paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
