"""Where everything in the comparison panel sits, and how its figures read."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import LabelsChoice
from napari_multicancer.widgets.common.parts import VerticalScrollArea, slim_progress_bar
from napari_multicancer.widgets.common.sentence import SentenceLine
from napari_multicancer.widgets.compare.difference import ADDED_COLOR, REMOVED_COLOR
from napari_multicancer.widgets.files.foreign.notice import MaskReadingNotice

if TYPE_CHECKING:
    from napari_multicancer.core.masks.comparison import Comparison

FIRST = tr("First prediction")
LARGEST_LABEL = 65_535
NOT_DEFINED = tr("not defined")
_UNITS = {"mm2": "mm²", "mm": "mm", "ml": "ml", "px": "px"}
ROWS = {
    "dice": (tr("Dice"), tr("Overlap, 0 to 1: twice what both have, over the sum of both")),
    "iou": (tr("IoU"), tr("Overlap, 0 to 1: what both have, over what either has")),
    "hausdorff": (tr("Hausdorff 95"), tr("95 % of the outlines lie no farther apart than this")),
    "before": (tr("Size before"), tr("Area of a picture's mask, volume of a stack's")),
    "after": (tr("Size after"), tr("Area of a picture's mask, volume of a stack's")),
    "change": (tr("Change"), tr("Of the size, against the size before")),
    "added": (tr("Added"), tr("Pixels of the second mask alone")),
    "removed": (tr("Removed"), tr("Pixels of the first mask alone")),
}
SWATCHES = {"added": ADDED_COLOR, "removed": REMOVED_COLOR}


class ComparisonLayout:
    """The parts of the comparison panel, from top to bottom, inside a scroll area.

    Parameters
    ----------
    viewer : ViewerModel
    panel : QWidget
        Gets the parts laid out in it.

    Attributes
    ----------
    values : dict of str to QLabel
        By the keys of `ROWS`.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self.before = LabelsChoice(viewer, extra=FIRST)
        self.after = LabelsChoice(viewer, follows=True)
        self.reading = MaskReadingNotice(viewer, self.after)
        self.label = _label_box()
        self.compare = QPushButton(tr("&Compare"))
        self.progress = slim_progress_bar(tr("Comparing"))
        self.progress.setRange(0, 0)
        self.values = {name: _value() for name in ROWS}
        self.difference = QPushButton(tr("Show &difference"))
        self.difference.setToolTip(tr("Lay added and removed pixels over the mask, in two colours"))
        self._arrange(panel)
        self.show_working(False)

    def _arrange(self, panel: QWidget) -> None:
        choices = QFormLayout()
        choices.setSpacing(6)
        choices.addRow(tr("&Before"), self.before)
        choices.addRow(tr("Af&ter"), self.after)
        choices.addRow(tr("Lab&el"), self.label)
        self.before.setAccessibleName(tr("Mask before"))
        self.after.setAccessibleName(tr("Mask after"))
        figures = QFormLayout()
        figures.setSpacing(6)
        for name, (title, tip) in ROWS.items():
            figures.addRow(_title(title, tip, SWATCHES.get(name)), self.values[name])
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addLayout(choices)
        column.addWidget(self.reading)
        column.addWidget(self.compare)
        column.addWidget(self.progress)
        column.addLayout(figures)
        column.addWidget(self.difference)
        column.addStretch(1)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalScrollArea(content), 1)
        outer.addWidget(SentenceLine())

    def show_working(self, working: bool) -> None:
        """Turn the button into Cancel and show the progress bar, or back."""
        self.compare.setText(tr("&Cancel") if working else tr("&Compare"))
        self.progress.setVisible(working)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the figures, or dashes where there are none."""
        said = dict.fromkeys(ROWS, "–") if comparison is None else figures(comparison)
        for name, value in self.values.items():
            value.setText(said[name])
        self.difference.setEnabled(comparison is not None)


def figures(comparison: Comparison) -> dict[str, str]:
    """Say a comparison in words, by the keys of `ROWS`."""
    size = _UNITS[comparison.size_unit]
    length = _UNITS[comparison.length_unit]
    return {
        "dice": f"{comparison.dice:.3f}",
        "iou": f"{comparison.iou:.3f}",
        "hausdorff": _or_not_defined("{:.1f} " + length, comparison.hausdorff_95),
        "before": _size(comparison.size_before, size),
        "after": _size(comparison.size_after, size),
        "change": _or_not_defined("{:+.1f} %", 100 * comparison.size_change),
        "added": f"{comparison.added:,} px",
        "removed": f"{comparison.removed:,} px",
    }


def _or_not_defined(form: str, value: float) -> str:
    return NOT_DEFINED if isnan(value) else form.format(value)


def _size(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if unit == "px" else f"{value:,.2f} {unit}"


def _title(title: str, tip: str, swatch: str | None) -> QLabel:
    made = QLabel(title)
    if swatch is not None:
        made.setTextFormat(Qt.TextFormat.RichText)
        made.setText(f'<span style="color:{swatch}">■</span> {title}')
    made.setToolTip(tip)
    return made


def _value() -> QLabel:
    made = QLabel()
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def _label_box() -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, LARGEST_LABEL)
    box.setSpecialValueText(tr("all"))
    box.setAccessibleName(tr("Label"))
    box.setToolTip(tr("Compare where both have this label; all: where they have any"))
    return box
