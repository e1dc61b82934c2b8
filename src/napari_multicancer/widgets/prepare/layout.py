"""Where everything in the Prepare tab sits."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import ImageChoice
from napari_multicancer.widgets.common.parts import slim_progress_bar
from napari_multicancer.widgets.prepare.words import STEPS, TIPS

READY = tr("The picture on the right is what the step makes of the plane in view.")
READY_MIDDLE = tr(
    "The picture on the right is what the step makes of the middle of the plane in view."
)
PREVIEW = QSize(120, 120)


class PreviewPicture(QWidget):
    """A small grey picture, as large as there is room for.

    Parameters
    ----------
    name : str
        What a screen reader says of it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self._stretch = 1.0
        self.setAccessibleName(name)
        self.setMinimumSize(PREVIEW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_plane(self, plane: NDArray[np.uint8] | None, aspect: float = 1.0) -> None:
        """Show a plane, shape (row, column), whose pixels are `aspect` times as high as wide."""
        self._stretch = aspect
        if plane is None:
            self._picture = QPixmap()
        else:
            pixels = np.ascontiguousarray(plane)
            height, width = pixels.shape
            shown = QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8)
            self._picture = QPixmap.fromImage(shown.copy())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: the picture in the middle, in its proportions."""
        if self._picture.isNull():
            return
        true_size = QSize(
            self._picture.width(), max(1, round(self._picture.height() * self._stretch))
        )
        size = true_size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        painter.drawPixmap(left, top, size.width(), size.height(), self._picture)
        painter.end()


class PrepareLayout:
    """The parts of the tab, from top to bottom.

    Parameters
    ----------
    viewer : ViewerModel
    panel : QWidget
        Gets the parts laid out in it.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self.layer = ImageChoice(viewer)
        self.step = QComboBox()
        self.step.setAccessibleName(tr("Step"))
        for name, title in STEPS.items():
            self.step.addItem(title, name)
            self.step.setItemData(self.step.count() - 1, TIPS[name], Qt.ItemDataRole.ToolTipRole)
        self.scope = QComboBox()
        self.scope.setAccessibleName(tr("Work on"))
        self.scope.addItem(tr("This plane"), False)
        self.scope.addItem(tr("Whole stack"), True)
        self.before, self.after = PreviewPicture(tr("Before")), PreviewPicture(tr("After"))
        self.add = QPushButton(tr("&Add as a layer"))
        self.add.setToolTip(tr("Lay the result over the scan; it can be analyzed like one"))
        self.analyze = QPushButton(tr("Analy&ze the result"))
        self.analyze.setToolTip(tr("See what the models make of the layer that was added last"))
        self.analyze.setEnabled(False)
        self.progress = slim_progress_bar(tr("Planes done"))
        self.cancel = QPushButton(tr("&Cancel"))
        self.message = QLabel(READY)
        self.message.setWordWrap(True)
        self._arrange(panel)
        self.show_working(False)

    def _arrange(self, panel: QWidget) -> None:
        form = QFormLayout()
        form.setSpacing(6)
        form.addRow(tr("&Image"), self.layer)
        form.addRow(tr("S&tep"), self.step)
        form.addRow(tr("W&ork on"), self.scope)
        pictures = QHBoxLayout()
        pictures.setSpacing(6)
        pictures.addWidget(self.before)
        pictures.addWidget(self.after)
        working = QHBoxLayout()
        working.addWidget(self.progress, 1)
        working.addWidget(self.cancel)
        column = QVBoxLayout(panel)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addLayout(form)
        column.addLayout(pictures)
        column.addWidget(self.add)
        column.addWidget(self.analyze)
        column.addLayout(working)
        column.addWidget(self.message)
        column.addStretch(1)

    def show_working(self, working: bool) -> None:
        """Show the progress bar and Cancel while a thread is at work."""
        self.progress.setRange(0, 0)
        self.progress.setVisible(working)
        self.cancel.setVisible(working)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many planes are done."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.message.setText(f"{done} of {total} planes")
