"""Where the keyboard is: a ring around the control that has the focus, seen in every theme."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.utils.theme import get_theme
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget

KINDS = (
    "QPushButton",
    "QComboBox",
    "QAbstractSpinBox",
    "QLineEdit",
    "QSlider",
    "QAbstractItemView",
)
WIDTH = 2


class FocusRing(QObject):
    """Draws the ring around the controls of a panel in the color of the theme's text.

    Parameters
    ----------
    viewer : ViewerModel
        Whose theme counts.
    panel : QWidget
        Gets a style sheet.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        super().__init__(panel)
        self._viewer, self._panel = viewer, panel
        viewer.events.theme.connect(self._draw)
        self._draw()

    def _draw(self, event: object = None) -> None:
        color = get_theme(self._viewer.theme).text.as_hex()
        self._panel.setStyleSheet(focus_style(color))


def focus_style(color: str) -> str:
    """Write the style sheet of a ring; room for it is kept, so that nothing moves."""
    at_rest, focused = ", ".join(KINDS), ", ".join(f"{kind}:focus" for kind in KINDS)
    return (
        f"{at_rest} {{ border: {WIDTH}px solid transparent; }}\n"
        f"{focused} {{ border: {WIDTH}px solid {color}; }}\n"
        f"QTabBar:focus {{ border: {WIDTH}px solid {color}; }}\n"
    )
