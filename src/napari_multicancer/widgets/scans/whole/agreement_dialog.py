"""What is to be compared of a list, and how far it agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QByteArray, QRectF, QSize, Qt
from qtpy.QtGui import QPainter, QPaintEvent
from qtpy.QtSvg import QSvgRenderer
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.project.agreement.options import AgreementOptions
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.elide import shortened
from napari_multicancer.widgets.common.options import FieldWords, OptionsForm
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.scans.folders import FolderLine
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog
from napari_multicancer.widgets.scans.whole.work import ListOrder, agreement_order

if TYPE_CHECKING:
    from napari_multicancer.project import Project
    from napari_multicancer.project.agreement.consensus_of_list import Prospect
    from napari_multicancer.project.agreement.pairs import Pair, PairKind
    from napari_multicancer.project.agreement.run import Agreement

USUAL_SIZE = QSize(860, 650)
LONGEST_NAME = 40
TITLE = tr("Agreement")
HEADINGS = (
    tr("Compared"),
    tr("Scans"),
    tr("Dice\nmedian (quartiles)"),
    tr("HD95\nmedian"),
    tr("Difference of size\nmean (limits of agreement)"),
    tr("Kappa\nof finding"),
    tr("Masks begun\nfrom a proposal"),
)
_DIFFERENCE, _BEGUN = 4, 6
LIMITS_HELP = tr(
    "Limits of agreement: the mean less and plus 1.96 standard deviations. About 95 % of the "
    "differences lie between them, where they are normally distributed."
)
FIELDS = {
    "consensus": FieldWords(
        tr("&One mask of several raters'"),
        tr("Also make one mask of several, which counts from then on"),
        ((tr("None"), ""), (tr("By majority"), "majority"), (tr("By STAPLE"), "staple")),
    )
}
BEGUN_HELP = tr(
    "Raters' masks that were a model's proposal, accepted as they were or corrected. They are not "
    "independent of it. A range stands where of some it is not known."
)


class AgreementDialog(OrderDialog):
    """Asks where tables and pictures go, and for one mask of several.

    Parameters
    ----------
    project : Project
    """

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(TITLE, tr("Compare"), parent)
        self._project = project
        self.out = FolderLine(tr("Folder for tables and pictures"), tr("of the comparison"))
        self.out.set_folder(project.folder)
        self.options = OptionsForm(AgreementOptions(), FIELDS)
        self.add_row(tr("Fol&der"), self.out)
        self.options.add_to(self.form)
        self.sentence.setText(
            tr(
                "Compares the newest masks of raters with each other's, with their own second ones "
                "and with the models'."
            )
        )

    def what_is_ordered(self) -> ListOrder | None:
        """Give the comparison; None without a folder, or scans for a consensus."""
        out, prospect = self.out.folder, self._prospect()
        if out is None:
            self.sentence.setText(tr("Name a folder for tables and pictures."))
            return None
        if prospect is not None and not prospect.scans:
            self.sentence.setText(prospect.sentence)
            return None
        return agreement_order(out.absolute(), self.options.value)

    def what_is_asked(self) -> str:
        """Give what a consensus comes to; empty without one."""
        prospect = self._prospect()
        return "" if prospect is None else prospect.sentence

    def _prospect(self) -> Prospect | None:
        from napari_multicancer.project.agreement.consensus_of_list import prospect

        method = self.options.value.consensus
        return prospect(self._project, method) if method else None


class AgreementView(QDialog):
    """The table of what was compared, and the Bland-Altman pictures.

    Parameters
    ----------
    agreement : Agreement
    """

    def __init__(self, agreement: Agreement, parent: QWidget | None = None) -> None:
        from napari_multicancer.project.agreement.files import picture
        from napari_multicancer.project.agreement.summary import largest_differences

        super().__init__(parent)
        self.setWindowTitle(TITLE)
        kinds = _kinds()
        self.table = _table(agreement, kinds)
        self.pictures = QTabWidget()
        for summary in agreement.summaries:
            drawn = _Plot(picture(agreement.pairs, summary))
            page = _with_names(drawn, largest_differences(agreement.pairs, summary.kind))
            self.pictures.addTab(page, kinds[summary.kind])
        buttons = QDialogButtonBox()
        self.close_it = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.table)
        column.addWidget(plain_label(agreement.sentence))
        column.addWidget(self.pictures, 1)
        column.addWidget(buttons)
        self.resize(USUAL_SIZE)


class _Plot(QWidget):
    """A plot that keeps its proportions, its words in the color of the window's.

    Parameters
    ----------
    svg : str
    """

    def __init__(self, svg: str) -> None:
        super().__init__()
        self._svg = svg

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: drawn in the color that words have by now."""
        color = self.palette().color(self.foregroundRole()).name()
        renderer = QSvgRenderer(QByteArray(self._svg.replace("currentColor", color).encode()))
        renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
        painter = QPainter(self)
        renderer.render(painter, QRectF(self.rect()))
        painter.end()


def _with_names(plot: _Plot, largest: Sequence[Pair]) -> QWidget:
    """Put below a plot whose sizes differ most."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(plot, 1)
    if largest:
        names = shortened(
            [one.scan.name for one in largest], lambda text: len(text) <= LONGEST_NAME
        )
        words = "; ".join(map(_in_words, names, largest))
        label = plain_label(tr("Largest differences: {scans}.", scans=words))
        column.addWidget(label)
    return page


def _in_words(name: str, pair: Pair) -> str:
    share = 100 * pair.compared.relative_difference
    return f"{name} ({', '.join(pair.raters)}) {share:+.0f} %"


def _kinds() -> dict[PairKind, str]:
    from napari_multicancer.project.agreement.pairs import PairKind

    return {
        PairKind.RATERS: tr("Two raters"),
        PairKind.REPEAT: tr("One rater twice"),
        PairKind.MODEL: tr("Model and rater"),
    }


def _table(agreement: Agreement, kinds: Mapping[PairKind, str]) -> QTableWidget:
    table = QTableWidget(len(agreement.summaries), len(HEADINGS))
    table.setAccessibleName(TITLE)
    table.setHorizontalHeaderLabels(HEADINGS)
    table.horizontalHeaderItem(_DIFFERENCE).setToolTip(LIMITS_HELP)
    table.horizontalHeaderItem(_BEGUN).setToolTip(BEGUN_HELP)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for row, summary in enumerate(agreement.summaries):
        for column, words in enumerate((kinds[summary.kind], *summary.cells[1:])):
            table.setItem(row, column, QTableWidgetItem(words))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setSizeAdjustPolicy(QTableWidget.SizeAdjustPolicy.AdjustToContents)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return table
