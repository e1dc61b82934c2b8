"""Says that the chosen image is like a mask, and offers to lay it over its scan."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.layers import Image
from qtpy.QtWidgets import QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notice import Notice
from napari_multicancer.widgets.files.likely_masks import watch_for_masks


class LikelyMaskNotice(Notice):
    """Speaks of one image at a time.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(tr("Open as la&bels"), tr("It is no &mask"), parent)
        self.yes.setToolTip(tr("Lay it over the scan of its size as a mask that can be corrected"))
        self.no.setToolTip(tr("Take it for a scan, and say no more of it"))
        self._image: Image | None = None
        self._masks = watch_for_masks(viewer)
        self._masks.changed.connect(self._show)
        self.yes.clicked.connect(self._lay_over)
        self.no.clicked.connect(self._leave)

    def show_layer(self, image: Image | None) -> None:
        """Speak of another image from now on, or of none."""
        self._image = image
        self._show()

    def _show(self) -> None:
        image = self._image
        words = self._masks.sentence(image)
        if image is not None and words:
            self.yes.setVisible(self._masks.scan_under(image) is not None)
        self.say(words)

    def _lay_over(self) -> None:
        if self._image is not None:
            self._masks.lay_over(self._image)

    def _leave(self) -> None:
        if self._image is not None:
            self._masks.leave(self._image)
