"""Where the keyboard is: a ring around the control that has the focus, seen in every theme."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.utils.theme import get_theme
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget

PADDING = {
    "QPushButton": "2px",
    "QComboBox": "1px 8px 1px 6px",
    "QAbstractSpinBox": "0px 8px",
    "QLineEdit": "0px",
    "QSlider": "0px",
    "QAbstractItemView": "0px",
}
"""By kind of control: that of napari's own style, less the ring, so that nothing grows."""
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
    kept = "".join(
        f"{kind} {{ border: {WIDTH}px solid transparent; padding: {padding}; }}\n"
        for kind, padding in PADDING.items()
    )
    focused = ", ".join(f"{kind}:focus" for kind in (*PADDING, "QTabBar"))
    return f"{kept}{focused} {{ border: {WIDTH}px solid {color}; }}\n"
