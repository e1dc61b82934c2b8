"""What an image's axes are taken for, in one line, and the menu that overrules it."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.axes import Reading, possible_axes
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.axes_words import (
    COLOURS,
    describe,
    heed,
    reading_name,
    unbroken,
)
from napari_multicancer.widgets.common.layers import (
    reading_of,
    set_reading,
    shape_to_read,
    whole_scan,
)
from napari_multicancer.widgets.common.planes import shown_position


class AxesLine(QWidget):
    """Says what one image layer is taken for; "Change..." offers what else it may be.

    Below it stands what to heed of such planes of the organ, as its model card says.

    The choice stays with the layer. Of several volumes or contrasts, the one
    that the slider shows is taken.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    reading_changed : Signal(object)
        The `Image` that is read in another way from now on.
    """

    reading_changed = Signal(object)

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._image: Image | None = None
        self._organ = ""
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setAccessibleName(tr("How the image is read"))
        self.button = QPushButton(tr("Chang&e..."))
        self.button.setToolTip(tr("Say what the axes of this image mean"))
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.button.clicked.connect(self._open_menu)
        self.caution = QLabel()
        self.caution.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.text, 1)
        line.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(line)
        layout.addWidget(self.caution)
        self.show_layer(None)

    def show_layer(self, image: Image | None, organ: str = "") -> None:
        """Speak of another image from now on, or of none.

        Parameters
        ----------
        image : Image or None
        organ : str, optional
            What it shows, where that is known.
        """
        for name in ("data", "scale", "units", "axis_labels"):
            if self._image is not None:
                getattr(self._image.events, name).disconnect(self._say)
            if image is not None:
                getattr(image.events, name).connect(self._say)
        self._image, self._organ = image, organ
        self._say()

    def choices(self) -> list[tuple[str, Reading]]:
        """List in words how the image may be read."""
        if self._image is None:
            return []
        shape = shape_to_read(self._image)
        is_rgb = bool(self._image.rgb)
        found = []
        for axes in possible_axes(shape, is_rgb):
            name, is_choice = reading_name(axes, is_rgb), axes[0] == "c" or axes[:2] == "tz"
            if is_choice:
                place = self._shown() + 1
                name = tr("{name} ({place} of {several})", name=name, place=place, several=shape[0])
            found.append((name, Reading(axes, self._shown() if is_choice else None)))
        if is_rgb and len(shape) == 3:
            found += [
                (tr("Only {color}", color=COLOURS[n]), Reading("yxc", n))
                for n in range(min(3, shape[-1]))
            ]
        return found

    def choose(self, reading: Reading) -> None:
        """Read the image in another way."""
        if self._image is None or reading == reading_of(self._image):
            return
        set_reading(self._image, reading)
        self._say()
        self.reading_changed.emit(self._image)

    def _shown(self) -> int:
        """Find what the slider of the first axis that counts shows."""
        assert self._image is not None
        position = shown_position(self._viewer, self._image)
        dropped = self._image.ndim + bool(self._image.rgb) - len(shape_to_read(self._image))
        return int(position[dropped])

    def _say(self, event: object = None) -> None:
        self.setVisible(self._image is not None)
        if self._image is None:
            return
        caution = ""
        try:
            scan, reading = whole_scan(self._image), reading_of(self._image)
            said = describe(scan, reading)
            self.text.setText(said[0].upper() + unbroken(said[1:]))
            caution = " ".join(filter(None, (*scan.notes, heed(scan, reading, self._organ))))
        except MulticancerError as error:
            self.text.setText(str(error))
        self.caution.setText(caution)
        self.caution.setVisible(bool(caution))
        self.button.setVisible(len(self.choices()) > 1)

    def _fill_menu(self) -> None:
        self.menu.clear()
        now = None if self._image is None else reading_of(self._image)
        for name, reading in self.choices():
            action = self.menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(reading == now)
            action.triggered.connect(lambda _=False, reading=reading: self.choose(reading))

    def _open_menu(self) -> None:
        self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))
