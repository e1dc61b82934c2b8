"""Says that another reader has opened the chosen image in another way, and offers to mend it."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtWidgets import QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import LabelsChoice
from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.common.notice import Notice
from napari_multicancer.widgets.files.foreign.comparison import (
    NAPARI,
    Kind,
    OpenedLayer,
    ReadingComparison,
)
from napari_multicancer.widgets.files.foreign.watch import ForeignReadings, watch_readings


class ReadingNotice(Notice):
    """Speaks of one image at a time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Read it &again"), tr("&Keep as it is"), parent)
        self.yes.setToolTip(
            tr("Open the file with this program's reader, in the place of this layer")
        )
        self.no.setToolTip(tr("Take the layer as it is shown now"))
        self._image: Image | None = None
        self._readings: ForeignReadings | None = None
        self.yes.clicked.connect(self._put_right)
        self.no.clicked.connect(self._leave)

    def show_layer(self, image: Image | None, readings: ForeignReadings) -> None:
        """Speak of another image from now on, or of none."""
        self._image, self._readings = image, readings
        found = readings.found(image)
        if image is None or found is None:
            self.say("")
            return
        self.yes.setVisible(bool(found[1].layers))
        self.say(sentence(*found))

    def _put_right(self) -> None:
        if self._image is not None and self._readings is not None:
            self._readings.put_right(self._image)

    def _leave(self) -> None:
        if self._image is not None and self._readings is not None:
            self._readings.leave(self._image)


class MaskReadingNotice(ReadingNotice):
    """Speaks of the image that the chosen mask lies on.

    Parameters
    ----------
    viewer : ViewerModel
    choice : LabelsChoice
        Of the mask.
    """

    def __init__(
        self, viewer: ViewerModel, choice: LabelsChoice, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer, self._choice = viewer, choice
        self._watched = watch_readings(viewer)
        self._watched.changed.connect(self._look)
        choice.layer_changed.connect(self._look)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed):
            event.connect(self._look)
        self._look()

    def _look(self, event: object = None) -> None:
        labels = self._choice.layer
        image = None if labels is None else image_under(labels, self._viewer.layers)
        self.show_layer(image, self._watched)


def sentence(opened: OpenedLayer, found: ReadingComparison) -> str:
    """Say in what another reader's layer differs from its file, and what to do.

    Parameters
    ----------
    opened, found
        As `ForeignReadings.found` gives them.
    """
    name = opened.path.name
    reader = (
        tr("napari's own reader")
        if opened.reader == NAPARI
        else tr("the reader of {reader}", reader=opened.reader)
    )
    if found.kind is Kind.REFUSED:
        said = tr(
            "{reader} opened {name}, but ours refuses it: {words}",
            reader=reader,
            name=name,
            words=found.words,
        )
        return said[0].upper() + said[1:]
    if found.layers:
        return tr(
            "{name} was opened by {reader} {words}.", name=name, reader=reader, words=found.words
        )
    return tr(
        "{name} was opened by {reader} {words}: open its files by “Open scan...” instead.",
        name=name,
        reader=reader,
        words=found.words,
    )
