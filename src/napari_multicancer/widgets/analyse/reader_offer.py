"""Offers, until it is answered, to make our reader that of the medical formats in napari."""

from __future__ import annotations

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notice import Notice
from napari_multicancer.widgets.common.notify import say
from napari_multicancer.widgets.common.settings import offer_no_reader_again, preferences
from napari_multicancer.widgets.files.default_reader import become_default, open_patterns

QUESTION = tr(
    "For DICOM and NIfTI files napari asks each time by which reader to open them. "
    "Shall this plugin open them from now on?"
)

UNSEEN = ("offscreen", "minimal")
"""Qt's platforms without a screen."""


class ReaderOffer(Notice):
    """Asks in the panel, never in a dialog; an answer counts once and for all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("&Yes, always"), tr("&No, never ask again"), parent)
        self._is_silent = QGuiApplication.platformName() in UNSEEN
        self.yes.setToolTip(tr("Can be changed in napari's preferences, under Plugins"))
        self.no.setToolTip(tr("Can be changed in napari's preferences, under napari-multicancer"))
        self.yes.clicked.connect(self._accept)
        self.no.clicked.connect(self._decline)

    def silence(self) -> None:
        """Ask nothing from now on: nobody sits before the window."""
        self._is_silent = True

    def ask(self) -> None:
        """Ask, where napari would ask the user and nobody has answered yet."""
        may_ask = not self._is_silent and preferences().offer_reader
        is_open = may_ask and bool(open_patterns())
        self.say(QUESTION if is_open else "")

    def _accept(self) -> None:
        become_default()
        self.say("")
        say(tr("From now on this plugin opens DICOM and NIfTI files in napari."))

    def _decline(self) -> None:
        offer_no_reader_again()
        self.say("")
