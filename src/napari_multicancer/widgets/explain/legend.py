"""What the colors of a map mean: a strip of them between the words for its ends."""

from __future__ import annotations

import numpy as np
from napari.utils.colormaps import Colormap
from qtpy.QtCore import QSize
from qtpy.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from napari_multicancer.translation import tr
from napari_multicancer.widgets.explain.layers import MapKind, fading

STOPS = 16
GROUND = QColor("#000000")
"""Where a map is low one sees the scan, which is mostly dark there."""


class ColorStrip(QWidget):
    """A colormap from its low end on the left to its high end on the right."""

    def __init__(self, colormap: Colormap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colormap = colormap
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: wide, as high as a line of small text."""
        return QSize(80, 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: the colors over black, as they lie over the scan."""
        gradient = QLinearGradient(0, 0, self.width(), 0)
        places = np.linspace(0, 1, STOPS)
        for place, color in zip(places, self._colormap.map(places), strict=True):
            gradient.setColorAt(float(place), QColor.fromRgbF(*map(float, color)))
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        painter.fillRect(self.rect(), gradient)
        painter.end()


class Legend(QWidget):
    """The colors of one kind of map, and what their ends mean.

    Parameters
    ----------
    kind : MapKind
    """

    def __init__(self, kind: MapKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(6)
        row.addWidget(QLabel(kind.low))
        row.addWidget(ColorStrip(fading(kind.colormap)), 1)
        row.addWidget(QLabel(kind.high))
        self.setAccessibleName(
            tr(
                "Colors of {map}: {low} to {high}",
                map=kind.title.lower(),
                low=kind.low,
                high=kind.high,
            )
        )
