"""What an analysis says, for the eye: the organ, the finding, the note, the lesion's size."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.core.models.organs import a_scan_of
from napari_multicancer.core.words import area, class_name, diameter, volume
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.analyse.belief import belief
from napari_multicancer.widgets.analyse.plane_curve import PlaneCurve
from napari_multicancer.widgets.analyse.treat_as import TreatAs
from napari_multicancer.widgets.common.bars import ProbabilityBars
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.measuring import Measured

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.core.masks.measurements import LesionSize

NO_SCAN = tr("Open a scan, or one of ours: File > Open Sample > napari-multicancer.")
NOTHING_YET = tr("Not analyzed yet: press the button above.")
NO_LESION = tr("No lesion outlined.")
NOT_OUTLINED = tr(
    "The class is judged by the whole scan, and nowhere is the model sure enough of an outline: "
    "look closely, and draw it by hand or lower the threshold in Correct."
)
OUTLINED_ALL_THE_SAME = tr("Outlined although the finding says that there is none: check both")
FIRST_MASK = tr(
    "The brush is ready: paint what is missing; 1 erases, 2 paints, Ctrl+Z takes a stroke back. "
    "Correct has more tools."
)
NO_VOXEL_SIZE = tr("In pixels: the file names no pixel size.")
NO_PLANE_DISTANCE = tr("Volume in voxels: the file names no distance between planes.")
CURVE_CAPTION = tr("Probability of a lesion, plane by plane")


class CaptionedAnswer(QWidget):
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

    def show_prediction(self, prediction: Prediction | None, organ: str = "") -> None:
        """Show a prediction; None hides the whole section."""
        self.setVisible(prediction is not None)
        if prediction is not None:
            winner = class_name(prediction.label, organ)
            self.say(winner if prediction.confident else tr("Not sure"))
            self.bars.show_prediction(prediction, organ)
            self.bars.show()


class Findings(QFrame):
    """All that is said about one image layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.organ = CaptionedAnswer(tr("Recognized as"))
        self.finding = CaptionedAnswer(tr("Finding"))
        self.belief = _text("belief")
        self.curve_caption = QLabel(CURVE_CAPTION)
        self.curve = PlaneCurve()
        self.planes = _text("planes")
        self.note = _text("note")
        self.treat = TreatAs()
        self._analysis: Analysis | None = None
        self.size = _text("size")
        self.largest = QPushButton(tr("Go to the largest cross-sec&tion"))
        self.largest.setToolTip(tr("Show the plane on which the outline has the largest area"))
        self.hint = _text("hint")
        self.first_mask = Hint("mask", FIRST_MASK)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (
            *(self.organ, self.finding, self.belief),
            *(self.curve_caption, self.curve, self.planes),
            *(self.note, self.treat, self.size, self.largest, self.hint, self.first_mask),
        ):
            layout.addWidget(widget)
        self.show_analysis(None)

    def insert(self, widget: QWidget) -> None:
        """Put a widget between the lesion's size and the hint at its units."""
        self.layout().insertWidget(self.layout().indexOf(self.hint), widget)

    def show_analysis(self, analysis: Analysis | None, instead: str = NOTHING_YET) -> None:
        """Show an analysis but for the lesion's size; where there is none, say `instead`."""
        self.organ.show_prediction(analysis.organ if analysis else None)
        if analysis is not None and analysis.organ_chosen:
            self.organ.say(tr("{organ} (your choice)", organ=class_name(analysis.organ.label)))
            self.organ.bars.hide()
        if analysis is None:
            self.finding.show_prediction(None)
        else:
            self.finding.show_prediction(analysis.diagnosis, analysis.organ.label)
        words, figures = _belief(analysis)
        _set(self.belief, words.replace(" %", "\N{NO-BREAK SPACE}%"))
        self.belief.setToolTip(figures)
        has_planes = analysis is not None and len(analysis.planes) > 1
        self.curve_caption.setVisible(has_planes)
        self.curve.setVisible(has_planes)
        _set(self.planes, planes_text(analysis) if analysis and has_planes else "")
        _set(self.note, analysis.note if analysis else instead)
        self.treat.offer(_doubted_organ(analysis))
        self._analysis = analysis
        self.show_size(None)

    def show_size(
        self, measured: Measured | None, in_space: tuple[float, str] | None = None
    ) -> None:
        """Show how large the lesion is; None, where there is no mask, says nothing.

        Parameters
        ----------
        measured : Measured or None
        in_space : (float, str), optional
            Its volume and the unit, "ml" or "px"; None for anything but volumes.
        """
        size = None if measured is None else measured.size
        _set(self.hint, "" if size is None else _why_no_unit(size, in_space))
        self.first_mask.offer(size is not None)
        self.largest.setVisible(measured is not None and size is not None and measured.planes > 1)
        if measured is None or size is None:
            _set(self.size, "" if measured is None else no_lesion(self._analysis))
            return
        lines = [
            tr("Area: {area}", area=area(size)),
            tr("Largest diameter: {diameter}", diameter=diameter(size)),
        ]
        if in_space is not None:
            lines.insert(0, tr("Volume: {volume}", volume=volume(*in_space)))
        if measured.planes > 1:
            lines.append(
                tr(
                    "Area and diameter on plane {plane} of {planes} (slider at {position}), "
                    "where it is largest",
                    plane=size.plane + 1,
                    planes=measured.planes,
                    position=size.plane,
                )
            )
        if not measured.edited and _is_sure(self._analysis, negative=True):
            lines.append(OUTLINED_ALL_THE_SAME)
        _set(self.size, "<br>".join([f"<b>{_caption(measured)}</b>", *lines]))


def _belief(analysis: Analysis | None) -> tuple[str, str]:
    """Say whose diagnosis it is, and how far that model can be believed: in short, and in full."""
    if analysis is None or analysis.diagnosis is None or not analysis.models:
        return "", ""
    return belief(analysis.models[-1])


def _caption(measured: Measured) -> str:
    if measured.edited:
        return tr("Lesion, corrected by you")
    return (
        tr("Lesion, made consistent between planes") if measured.made_consistent else tr("Lesion")
    )


def no_lesion(analysis: Analysis | None) -> str:
    """Say that nothing is outlined, and what that means beside a finding of a lesion."""
    return f"{NO_LESION} {NOT_OUTLINED}" if _is_sure(analysis, negative=False) else NO_LESION


def _is_sure(analysis: Analysis | None, *, negative: bool) -> bool:
    """Say whether an answer is sure that there is no lesion, or that there is one."""
    diagnosis = None if analysis is None else analysis.diagnosis
    return diagnosis is not None and diagnosis.confident and diagnosis.is_negative == negative


def _doubted_organ(analysis: Analysis | None) -> str | None:
    """Give the organ that a doubtful answer holds the scan for, "" for none; None without doubt."""
    if analysis is None or not (analysis.refused or (analysis.organ_chosen and analysis.note)):
        return None
    return analysis.organ.label if analysis.organ_chosen else ""


def lesion_curve(analysis: Analysis | None) -> list[float | None]:
    """List how probable a lesion is on each plane, 0..1; None for planes that were skipped."""
    planes = () if analysis is None else analysis.planes
    return [
        None
        if plane.diagnosis is None
        else 1.0 - plane.diagnosis.probabilities.get(plane.diagnosis.negative, 0.0)
        for plane in planes
    ]


def planes_text(analysis: Analysis) -> str:
    """Say how many planes a stack has, and how many were skipped and why.

    Returns
    -------
    str
        Such as "24 planes, 3 empty and 2 unlike a brain MRI skipped".
    """
    reasons = []
    if analysis.empty_planes:
        reasons.append(tr("{empty} empty", empty=analysis.empty_planes))
    if analysis.unlike_planes:
        scan = a_scan_of(analysis.organ.label)
        reasons.append(tr("{unlike} unlike {scan}", unlike=analysis.unlike_planes, scan=scan))
    n = len(analysis.planes)
    if not reasons:
        return tr_n("{n} plane, none skipped", "{n} planes, none skipped", n)
    skipped = (
        reasons[0]
        if len(reasons) == 1
        else tr("{one} and {other}", one=reasons[0], other=reasons[1])
    )
    return tr_n("{n} plane, {skipped} skipped", "{n} planes, {skipped} skipped", n, skipped=skipped)


def _why_no_unit(size: LesionSize, in_space: tuple[float, str] | None) -> str:
    if size.length_unit == "px":
        return NO_VOXEL_SIZE
    return NO_PLANE_DISTANCE if in_space is not None and in_space[1] == "px" else ""


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
