"""The menu of what is done with a list as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QFileDialog, QMenu, QToolButton

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.scans.session import Session
from napari_multicancer.widgets.scans.whole.agreement_dialog import AgreementDialog, AgreementView
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog
from napari_multicancer.widgets.scans.whole.export_dialog import ExportDialog
from napari_multicancer.widgets.scans.whole.import_dialog import ImportDialog
from napari_multicancer.widgets.scans.whole.list_work import ListWork
from napari_multicancer.widgets.scans.whole.task_dialog import TaskDialog
from napari_multicancer.widgets.scans.whole.work import Outcome, moved_order, page_order

PAGE = "project.html"


class ListMenu(QObject):
    """Exports, imports, numbers, agreement and tasks of the list that is open.

    Parameters
    ----------
    session : Session
    button : QToolButton
    menu : QMenu
        Gets its entries here.
    work : ListWork
        Does what is ordered.

    Attributes
    ----------
    dialog : QDialog or None
        The one that was opened last.
    """

    def __init__(
        self,
        session: Session,
        button: QToolButton,
        menu: QMenu,
        work: ListWork,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._button, self._work = session, button, work
        self.dialog: OrderDialog | AgreementView | None = None
        self.export = menu.addAction(tr("&Export..."), self._ask_export)
        self.take = menu.addAction(tr("&Import masks..."), self._ask_import)
        menu.addSeparator()
        self.page = menu.addAction(tr("&Page of the list..."), self._ask_page)
        self.agreement = menu.addAction(tr("&Agreement..."), self._ask_agreement)
        menu.addSeparator()
        self.tasks = menu.addAction(tr("&Give out scans..."), self._ask_tasks)
        self.second = menu.addAction(tr("&Second outlines..."), self._ask_second)
        menu.addSeparator()
        self.moved = menu.addAction(tr("Look for &moved scans..."), self._ask_where)
        self.close = menu.addAction(tr("&Close the list"), session.close)
        work.ended.connect(self._on_ended)
        session.listed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Offer what can be done with the list as it is open."""
        has_list, can_change = self._session.project is not None, self._session.can_change
        self._button.setVisible(has_list)
        for action in (self.export, self.page, self.agreement, self.close):
            action.setEnabled(has_list)
        for action in (self.take, self.tasks, self.second, self.moved):
            action.setEnabled(can_change)

    def _ask_export(self) -> None:
        if (project := self._session.project) is not None:
            self._open(lambda: ExportDialog(project, self._button.window()))

    def _ask_import(self) -> None:
        self._open(lambda: ImportDialog(self._button.window()))

    def _ask_agreement(self) -> None:
        if (project := self._session.project) is not None:
            self._open(lambda: AgreementDialog(project, self._button.window()))

    def _ask_tasks(self) -> None:
        self._ask_to_give_out(second=False)

    def _ask_second(self) -> None:
        self._ask_to_give_out(second=True)

    def _ask_to_give_out(self, *, second: bool) -> None:
        if (project := self._session.project) is not None:
            self._open(lambda: TaskDialog(project, second=second, parent=self._button.window()))

    def _open(self, make: Callable[[], OrderDialog]) -> None:
        try:
            dialog = make()
        except MulticancerError as error:
            tell(error, tr("reading the list"))
            return
        dialog.ordered.connect(self._work.start)
        self._show(dialog)

    def _show(self, dialog: OrderDialog | AgreementView) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.open()

    def _ask_page(self) -> None:
        project = self._session.project
        if project is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self._button,
            tr("Page of the list"),
            str(project.folder / PAGE),
            tr("Page (*.html)"),
        )
        if chosen:
            self._work.start(page_order(Path(chosen)))

    def _ask_where(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._button, tr("Look for moved scans in"))
        if chosen:
            self._work.start(moved_order(Path(chosen)))

    def _on_ended(self, outcome: Outcome | Exception) -> None:
        if isinstance(outcome, Outcome) and outcome.agreement is not None:
            self._show(AgreementView(outcome.agreement, self._button.window()))
