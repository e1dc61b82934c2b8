"""Where everything in the panel sits."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.core.analysis import AUTOMATIC, ORGANS
from napari_multicancer.widgets.findings import Findings
from napari_multicancer.widgets.layer_choice import LayerChoice
from napari_multicancer.widgets.model_choice import ModelChoice
from napari_multicancer.widgets.words import RESEARCH_USE, class_name

ANALYZE = "Classify and segment"
CANCEL = "Cancel"
BUTTON_HEIGHT = 38
SMALLEST_WIDTH = 220


class PanelLayout:
    """The parts of the panel, from top to bottom, inside a scroll area.

    Parameters
    ----------
    viewer : ViewerModel
    panel : QWidget
        Gets the parts laid out in it.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self.layer = LayerChoice(viewer)
        self.organ = _organ_choice()
        self.models = ModelChoice()
        self.button = QPushButton(ANALYZE)
        self.progress = QProgressBar()
        self.findings = Findings()
        self.save = QPushButton("&Save mask...")
        self._style()
        self._arrange(panel)
        self.show_working(False)

    def _style(self) -> None:
        self.button.setMinimumHeight(BUTTON_HEIGHT)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.progress.setTextVisible(True)
        self.progress.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress.setAccessibleName("Planes analysed")
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.save.setToolTip("Save the mask as a TIFF that keeps the voxel size")
        self.save.setEnabled(False)

    def _arrange(self, panel: QWidget) -> None:
        form = QFormLayout()
        form.setSpacing(6)
        form.addRow("&Image", self.layer)
        form.addRow("&Organ", self.organ)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addLayout(form)
        for widget in (self.models, self.button, self.progress, self.findings):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        outer.addLayout(self._foot())
        panel.setMinimumWidth(SMALLEST_WIDTH)

    def _foot(self) -> QVBoxLayout:
        footer = QLabel(RESEARCH_USE)
        footer.setWordWrap(True)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 0, 10, 8)
        foot.addWidget(self.save)
        foot.addWidget(footer)
        return foot

    def show_working(self, working: bool) -> None:
        """Turn the button into Cancel and show the progress bar, or back."""
        self.button.setText(CANCEL if working else ANALYZE)
        self.progress.setRange(0, 0)
        self.progress.setFormat("")
        self.progress.setVisible(working)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many planes are done."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setFormat(f"{done} of {total}")


def _organ_choice() -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName("Organ")
    combo.addItem("Automatic", AUTOMATIC)
    for organ in ORGANS[:2]:
        combo.addItem(class_name(organ), organ)
    return combo
