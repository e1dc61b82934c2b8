"""The panel's ways to open a scan, and what it says of those that others have opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QMenu, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.layout import PanelLayout
from napari_multicancer.widgets.common.layers import source_of
from napari_multicancer.widgets.common.notify import warn
from napari_multicancer.widgets.files.alone import watch_opening
from napari_multicancer.widgets.files.default_reader import is_of_medical_format
from napari_multicancer.widgets.files.drops import DropTarget
from napari_multicancer.widgets.files.foreign.watch import watch_readings
from napari_multicancer.widgets.files.open_scans import choose_files, choose_folder, opener_of

DECIDE_FIRST = tr("say in the panel whether to read its file again or to keep the layer as it is")


class Opening(QObject):
    """Opens scans by button and drop; holds back the analysis of what is read differently.

    Parameters
    ----------
    viewer : ViewerModel
    ui : PanelLayout
    panel : QWidget
    """

    def __init__(self, viewer: ViewerModel, ui: PanelLayout, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._ui = panel, ui
        self._waiting: tuple[Image, Callable[[], None]] | None = None
        self._readings = watch_readings(viewer)
        watch_opening(viewer)
        self._readings.changed.connect(self._on_changed)
        self._readings.looked.connect(self._on_looked)
        menu = QMenu(panel)
        menu.addAction(tr("Files..."), partial(choose_files, viewer, panel))
        menu.addAction(tr("A folder..."), partial(choose_folder, viewer, panel))
        ui.open.setMenu(menu)
        DropTarget(panel).dropped.connect(opener_of(viewer).open)

    @property
    def is_waiting(self) -> bool:
        """Whether an analysis waits until its image is compared with its file."""
        return self._waiting is not None

    def show_layer(self, image: Image | None) -> None:
        """Say of an image what there is to say of its reading.

        At the first medical file that somebody looks at, the user is asked whether ours is to
        open such in napari.
        """
        self._show_reading(image)
        is_seen = image is not None and self._panel.isVisible()
        if is_seen and is_of_medical_format(source_of(image)):
            self._ui.reader_offer.ask()

    def waits_for(self, image: Image, go_on: Callable[[], None]) -> bool:
        """Let the analysis of an image go on once that is compared; False where it is already."""
        self._waiting = (image, go_on) if self._readings.is_looking_at(image) else None
        return self.is_waiting

    def holds_back(self, image: Image) -> bool:
        """Say whether the user has to decide first by whose reading an image is analyzed."""
        if self._readings.found(image) is None:
            return False
        warn(
            tr(
                "{name} is not analyzed yet: {decide_first}.",
                name=image.name,
                decide_first=DECIDE_FIRST,
            )
        )
        return True

    def forget(self) -> None:
        """Let nothing wait any more."""
        self._waiting = None

    def _show_reading(self, image: Image | None) -> None:
        """Say in what a reading differs; let a size be entered where no file may name another."""
        self._ui.reading.show_layer(image, self._readings)
        in_doubt = image is None or (
            self._readings.is_looking_at(image) or self._readings.found(image) is not None
        )
        self._ui.size.show_layer(None if in_doubt else image)
        self._ui.likely_mask.show_layer(None if in_doubt else image)

    def _on_looked(self, image: Image) -> None:
        self._on_changed(image)
        if self._waiting is not None and self._waiting[0] is image:
            _, go_on = self._waiting
            self._waiting = None
            go_on()

    def _on_changed(self, image: Image) -> None:
        if image is self._ui.layer.layer:
            self._show_reading(image)
