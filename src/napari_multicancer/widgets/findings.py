"""What an analysis says, for the eye: the organ, the finding, the note, the lesion's size."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from napari_multicancer.core.analysis import Analysis, Prediction
from napari_multicancer.core.measurements import LesionSize
from napari_multicancer.widgets.bars import ProbabilityBars
from napari_multicancer.widgets.words import area, class_name, diameter, headline

NOTHING_YET = "Nothing analysed yet."
NO_LESION = "No lesion outlined."
NO_VOXEL_SIZE = "In pixels, because the scan does not say how large a pixel is."


class Section(QWidget):
    """A caption, the answer in large type, and the bars behind it."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        font = self.answer.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.answer.setFont(font)
        self.bars = ProbabilityBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(3)
        for widget in (QLabel(caption), self.answer, self.bars):
            layout.addWidget(widget)

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction; None hides the whole section."""
        self.setVisible(prediction is not None)
        if prediction is not None:
            self.answer.setText(headline(prediction))
            self.bars.show_prediction(prediction)
            self.bars.show()


class Findings(QFrame):
    """All that is said about one image layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.organ = Section("Organ")
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

    def show_analysis(self, analysis: Analysis | None) -> None:
        """Show an analysis but for the lesion's size; None says that there is none."""
        self.organ.show_prediction(analysis.organ if analysis else None)
        if analysis is not None and analysis.organ_chosen:
            self.organ.answer.setText(f"{class_name(analysis.organ.label)} (your choice)")
            self.organ.bars.hide()
        self.finding.show_prediction(analysis.diagnosis if analysis else None)
        _set(self.note, analysis.note if analysis else NOTHING_YET)
        self.clear_size()

    def clear_size(self) -> None:
        """Say nothing about a lesion's size."""
        _set(self.size, "")
        _set(self.hint, "")

    def show_size(self, size: LesionSize | None, planes: int, edited: bool) -> None:
        """Show how large the lesion is.

        Parameters
        ----------
        size : LesionSize or None
            None where nothing is outlined.
        planes : int
            Of the scan; 1 for a picture.
        edited : bool
            Whether the user has painted on it.
        """
        if size is None:
            self.clear_size()
            _set(self.size, NO_LESION)
            return
        lines = [f"Area: {area(size)}", f"Largest diameter: {diameter(size)}"]
        if planes > 1:
            lines.append(f"On plane {size.plane + 1} of {planes}, where it is largest")
        caption = "Lesion, corrected by you" if edited else "Lesion"
        _set(self.size, "<br>".join([f"<b>{caption}</b>", *lines]))
        _set(self.hint, NO_VOXEL_SIZE if size.length_unit == "px" else "")


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
