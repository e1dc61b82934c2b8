"""What an analysis says, for the eye: the organ, the finding, the note, the lesion's size."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from napari_multicancer.widgets.bars import ProbabilityBars
from napari_multicancer.widgets.lesion_watch import Measured
from napari_multicancer.widgets.words import area, class_name, diameter, headline

if TYPE_CHECKING:
    from napari_multicancer.core.answer import Analysis, Prediction

NO_SCAN = "Open a scan, or one of ours: File > Open Sample > napari-multicancer."
NOTHING_YET = "Not analysed yet: press the button above."
NO_LESION = "No lesion outlined."
NO_VOXEL_SIZE = "In pixels, because the scan does not say how large a pixel is."


class Section(QWidget):
    """A caption, the answer in large type, and the bars behind it."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.RichText)
        self.bars = ProbabilityBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(4)
        for widget in (QLabel(caption), self.answer, self.bars):
            layout.addWidget(widget)

    def say(self, answer: str) -> None:
        """Put the answer in words."""
        self.answer.setText(f"<big><b>{escape(answer)}</b></big>")

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction; None hides the whole section."""
        self.setVisible(prediction is not None)
        if prediction is not None:
            self.say(headline(prediction))
            self.bars.show_prediction(prediction)
            self.bars.show()


class Findings(QFrame):
    """All that is said about one image layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.organ = Section("Recognized as")
        self.finding = Section("Finding")
        self.note = _text("note")
        self.size = _text("size")
        self.hint = _text("hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.organ, self.finding, self.note, self.size, self.hint):
            layout.addWidget(widget)
        self.show_analysis(None)

    def show_analysis(self, analysis: Analysis | None, instead: str = NOTHING_YET) -> None:
        """Show an analysis but for the lesion's size; where there is none, say `instead`."""
        self.organ.show_prediction(analysis.organ if analysis else None)
        if analysis is not None and analysis.organ_chosen:
            self.organ.say(f"{class_name(analysis.organ.label)} (your choice)")
            self.organ.bars.hide()
        self.finding.show_prediction(analysis.diagnosis if analysis else None)
        _set(self.note, analysis.note if analysis else instead)
        self.show_size(None)

    def show_size(self, measured: Measured | None) -> None:
        """Show how large the lesion is; None, where there is no mask, says nothing."""
        size = None if measured is None else measured.size
        _set(self.hint, NO_VOXEL_SIZE if size is not None and size.length_unit == "px" else "")
        if measured is None or size is None:
            _set(self.size, "" if measured is None else NO_LESION)
            return
        lines = [f"Area: {area(size)}", f"Largest diameter: {diameter(size)}"]
        if measured.planes > 1:
            at = f"plane {size.plane + 1} of {measured.planes} (slider at {size.plane})"
            lines.append(f"Measured on {at}, where it is largest")
        caption = "Lesion, corrected by you" if measured.edited else "Lesion"
        _set(self.size, "<br>".join([f"<b>{caption}</b>", *lines]))


def _text(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _set(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
