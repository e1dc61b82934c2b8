"""What is known of one scan of the list, in full, and what it is treated as."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from napari_multicancer.core.models.organs import organ_card, organs
from napari_multicancer.core.words import breakable, class_name
from napari_multicancer.project.records import ListedScan
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import Choice, VerticalScrollArea
from napari_multicancer.widgets.scans.table.words import details

LEAST_HEIGHT, HEIGHT = 52, 78
NONE_CHOSEN = tr("Click a row, or press Enter, to open its scan with its mask.")


class Detail(QWidget):
    """Words that wrap, a choice of organ and one of its findings.

    Attributes
    ----------
    organ_chosen : Signal(str)
        What the scan is to be treated as; "" for what the models say.
    finding_chosen : Signal(str)
        What the scan shows; "" for what the models say.
    """

    organ_chosen = Signal(str)
    finding_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel(NONE_CHOSEN)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.organ = Choice()
        self.organ.setAccessibleName(tr("Treat as"))
        self.organ.addItem(tr("As recognized"), "")
        for organ in organs():
            self.organ.addItem(class_name(organ), organ)
        self.organ.activated.connect(lambda _: self.organ_chosen.emit(self.organ.currentData()))
        self.finding = Choice()
        self.finding.setAccessibleName(tr("Finding"))
        self.finding.setToolTip(tr("What you say the scan shows, in place of the models' finding"))
        self.finding.addItem(tr("As proposed"), "")
        self.finding.activated.connect(
            lambda _: self.finding_chosen.emit(self.finding.currentData())
        )
        self._finding_of: str | None = None
        self.treat = QWidget()
        rows = QFormLayout(self.treat)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setVerticalSpacing(4)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        rows.addRow(tr("&Treat as"), self.organ)
        rows.addRow(tr("Finding"), self.finding)
        area = VerticalScrollArea(self.words)
        area.setMinimumHeight(LEAST_HEIGHT)
        area.setMaximumHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(area)
        column.addWidget(self.treat)
        self.show_scan(None, changeable=False)

    def show_scan(self, scan: ListedScan | None, said: str = "", *, changeable: bool) -> None:
        """Say all that is known of a scan.

        Parameters
        ----------
        scan : ListedScan or None
        said : str
            What is to be heeded first.
        changeable : bool
            Whether a person may say what it shows.
        """
        words = NONE_CHOSEN if scan is None else f"{scan.name}: {details(scan)}"
        self.words.setText(breakable("\n".join(filter(None, (said, words)))))
        self.treat.setEnabled(scan is not None and changeable)
        chosen = "" if scan is None else scan.treated_as
        self.organ.setCurrentIndex(max(0, self.organ.findData(chosen)))
        self._offer_findings("" if scan is None else scan.shown_organ)
        said = "" if scan is None else scan.said_finding
        self.finding.setCurrentIndex(max(0, self.finding.findData(said)))

    def _offer_findings(self, organ: str) -> None:
        """Offer what a scan of an organ can show."""
        if organ == self._finding_of:
            return
        self._finding_of = organ
        card = organ_card(organ)
        while self.finding.count() > 1:
            self.finding.removeItem(1)
        for name in card.classes if card is not None else ():
            self.finding.addItem(class_name(name, organ), name)
        self.finding.setEnabled(card is not None)
