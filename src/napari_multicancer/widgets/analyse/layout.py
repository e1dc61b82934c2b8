"""Where everything in the panel sits."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.models.organs import organs
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.core.words import class_name
from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.axes_line import AxesLine
from napari_multicancer.widgets.analyse.findings import Findings
from napari_multicancer.widgets.analyse.folding import Folding
from napari_multicancer.widgets.analyse.reader_offer import ReaderOffer
from napari_multicancer.widgets.analyse.size_line import PixelSizeLine
from napari_multicancer.widgets.common.choices import ImageChoice
from napari_multicancer.widgets.common.colors import ACCENT
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.model_choice import ModelChoice
from napari_multicancer.widgets.common.parts import (
    BUTTON_HEIGHT,
    Choice,
    VerticalScrollArea,
    slim_progress_bar,
)
from napari_multicancer.widgets.common.sentence import SentenceLine
from napari_multicancer.widgets.common.settings import default_organ
from napari_multicancer.widgets.common.tabs import FOLD, FOLD_KEY, LazyTabs
from napari_multicancer.widgets.files.foreign.notice import ReadingNotice
from napari_multicancer.widgets.files.mask_notice import LikelyMaskNotice

ANALYZE = tr("&Classify and segment")
CANCEL = tr("&Cancel")
ORGAN_HOLDS = tr("For this and all other scans, until you choose Automatic again.")
IN_PLACE = tr(
    "The panel stands in place of the layer list: {fold} or {fold_key} folds it.",
    fold=FOLD,
    fold_key=FOLD_KEY,
)
SAVE = tr("Save the mask as TIFF, NIfTI or DICOM Segmentation; it keeps the voxel size")
REPORT = tr("Save a page to hand on: picture, answers, measurements, corrections, models")
ANALYSE = tr("Say what the scan shows, and outline it")
NO_MASK_YET = tr("There is no mask on this scan yet: segment it, open a mask or add a Labels layer")


class PanelLayout:
    """The parts of the panel: tabs, of which the first holds the analysis, and a foot below.

    Parameters
    ----------
    viewer : ViewerModel
    panel : QWidget
        Gets the parts laid out in it.
    """

    def __init__(self, viewer: ViewerModel, panel: QWidget) -> None:
        self.layer = ImageChoice(viewer)
        self.open = _open_button()
        self.reading = ReadingNotice()
        self.likely_mask = LikelyMaskNotice(viewer)
        self.reader_offer = ReaderOffer()
        self.axes = AxesLine(viewer)
        self.size = PixelSizeLine(viewer)
        self.organ = _organ_choice()
        self.choose_default_organ()
        self.organ_holds = QLabel(ORGAN_HOLDS)
        self.organ_holds.setWordWrap(True)
        self.models = ModelChoice()
        self.button = QPushButton(ANALYZE)
        self.progress = slim_progress_bar(tr("Planes analyzed"))
        self.findings = Findings()
        self.save = QPushButton(tr("&Save mask..."))
        self.report = QPushButton(tr("&Report..."))
        self.tabs = LazyTabs()
        self.sentence = SentenceLine()
        self.in_place = Hint("narrow", IN_PLACE)
        self.foot = self._foot()
        self._style()
        self._arrange(panel)
        self.show_working(False)

    def _style(self) -> None:
        self.button.setMinimumHeight(BUTTON_HEIGHT)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.progress.setStyleSheet(f"QProgressBar::chunk {{ background: {ACCENT.name()}; }}")
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.allow_saving(False)

    def _arrange(self, panel: QWidget) -> None:
        form = QFormLayout()
        form.setSpacing(6)
        form.addRow(self._image_label(), self._image_row())
        form.addRow(self.axes)
        form.addRow(self.size)
        form.addRow(self.reading)
        form.addRow(self.likely_mask)
        form.addRow(self.reader_offer)
        form.addRow(tr("Or&gan"), self.organ)
        form.addRow(self.organ_holds)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addLayout(form)
        for widget in (self.button, self.progress, self.findings):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.models)
        outer = QVBoxLayout(panel)
        outer.setContentsMargins(0, 6, 0, 0)
        self.tabs.add_page(tr("Analyze"), ANALYSE, VerticalScrollArea(content))
        outer.addWidget(self.tabs)
        outer.addWidget(self.foot)
        Folding(panel, self.tabs, self.foot, self.in_place)

    def _image_label(self) -> QLabel:
        label = QLabel(tr("&Image"))
        label.setBuddy(self.layer)
        return label

    def _image_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.layer, 1)
        row.addWidget(self.open)
        return row

    def _foot(self) -> QWidget:
        footer = QLabel(RESEARCH_USE)
        footer.setWordWrap(True)
        whole = QWidget()
        foot = QVBoxLayout(whole)
        foot.setContentsMargins(10, 0, 10, 8)
        foot.addWidget(self.in_place)
        foot.addWidget(self.sentence)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.report)
        foot.addLayout(buttons)
        foot.addWidget(footer)
        return whole

    def choose_default_organ(self) -> None:
        """Choose the organ of the preferences; Automatic where there is none such."""
        self.organ.setCurrentIndex(max(0, self.organ.findData(default_organ())))

    def show_working(self, working: bool) -> None:
        """Turn the button into Cancel and show the progress bar, or back."""
        self.button.setText(CANCEL if working else ANALYZE)
        self.progress.setRange(0, 0)
        self.progress.setVisible(working)

    def allow_saving(self, has_mask: bool) -> None:
        """Enable Save and Report where there is a mask; else say what they wait for."""
        for button, tip in ((self.save, SAVE), (self.report, REPORT)):
            button.setEnabled(has_mask)
            button.setToolTip(tip if has_mask else NO_MASK_YET)

    def show_organ_holds(self, holds: bool) -> None:
        """Say, or no longer, that the organ is fixed for all scans to come."""
        self.organ_holds.setVisible(holds)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many planes are done."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.button.setText(f"{CANCEL} ({done} of {total})")


def _open_button() -> QPushButton:
    button = QPushButton(tr("&Open scan..."))
    button.setToolTip(tr("Open files or a folder with this program's readers; or drop them here"))
    return button


def _organ_choice() -> QComboBox:
    combo = Choice()
    combo.setAccessibleName(tr("Organ"))
    combo.addItem(tr("Automatic"), AUTOMATIC)
    for organ in organs():
        combo.addItem(class_name(organ), organ)
    return combo
