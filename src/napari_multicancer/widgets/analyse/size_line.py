"""A line for the size of a pixel, where the file names none."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.pixel_size import read_pixel_size
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import has_size_by_hand, voxel_size
from napari_multicancer.widgets.common.notify import warn
from napari_multicancer.widgets.common.view import fit_to
from napari_multicancer.widgets.files.pixel_size import enter_size, may_enter_size


class PixelSizeLine(QWidget):
    """Takes the width of a pixel in mm for one image, and shows what was entered for it.

    What is entered belongs to the image, and is never kept for another one. An empty
    line takes it back. The view is fitted to the image either way.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    entered : Signal(object)
        The `Image` whose pixels have another size now.
    """

    entered = Signal(object)

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._image: Image | None = None
        self.edit = QLineEdit()
        self.edit.setAccessibleName(tr("Pixel size in mm"))
        self.edit.setPlaceholderText(tr("mm, if you know it"))
        self.edit.setToolTip(tr("Width of a pixel in mm; every export marks it as entered by hand"))
        self.edit.editingFinished.connect(self._enter)
        label = QLabel(tr("Pi&xel size"))
        label.setBuddy(self.edit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.edit, 1)
        self.show_layer(None)

    def show_layer(self, image: Image | None) -> None:
        """Speak of another image from now on, or of none."""
        for name in ("scale", "units"):
            if self._image is not None:
                getattr(self._image.events, name).disconnect(self._show)
            if image is not None:
                getattr(image.events, name).connect(self._show)
        self._image = image
        self._show()

    def _show(self, event: object = None) -> None:
        image = self._image
        self.setVisible(image is not None and may_enter_size(image))
        self.edit.setText(_entered(image))

    def _enter(self) -> None:
        image, text = self._image, self.edit.text().strip()
        if image is None or text == _entered(image):
            return
        try:
            enter_size(self._viewer, image, read_pixel_size(text) if text else None)
        except MulticancerError as error:
            warn(str(error))
            self._show()
            return
        fit_to(self._viewer, [image])
        self.entered.emit(image)


def _entered(image: Image | None) -> str:
    """Give the width of a pixel that was entered for an image; empty where none was."""
    size = None if image is None else voxel_size(image)
    if image is None or size is None or not has_size_by_hand(image):
        return ""
    return f"{size[-1]:.6g}"
