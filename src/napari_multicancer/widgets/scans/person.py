"""Who works on the list, and how."""

from __future__ import annotations

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QInputDialog, QMenu, QToolButton

from napari_multicancer.project.project import user_name
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.elide import CUT
from napari_multicancer.widgets.common.settings import keep_own_name, own_name
from napari_multicancer.widgets.scans.session import Session

LONGEST_NAME = 14
"""So many letters of a name have room beside the list's title."""


class PersonMenu(QObject):
    """A button with the name under which somebody works, and a menu.

    Parameters
    ----------
    session : Session
    button : QToolButton
    menu : QMenu
        Gets its entries here.
    """

    def __init__(
        self, session: Session, button: QToolButton, menu: QMenu, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._button = session, button
        self.rename = menu.addAction(tr("Work under another &name..."), self._ask_name)
        self.blind = menu.addAction(tr("Outline a second time, &blind"))
        self.blind.setCheckable(True)
        self.blind.setToolTip(tr("Masks that are there are left out; yours is kept beside them"))
        menu.setToolTipsVisible(True)
        self.blind.toggled.connect(session.set_blind)
        session.listed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Show the name, and offer what can be done."""
        project = self._session.project
        name = project.who if project is not None else own_name() or user_name()
        short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}{CUT}"
        # The space keeps the arrow of the menu off the name.
        self._button.setText(f"{short or tr('You')} ")
        self._button.setToolTip(tr("Under whose name you work: {name}", name=name or tr("You")))
        self.blind.setEnabled(self._session.can_change)

    def work_as(self, name: str) -> None:
        """Keep a name in the settings, and work under it from now on."""
        if name.strip():
            keep_own_name(name)
            self._session.set_name(name)
            self.show()

    def _ask_name(self) -> None:
        known = own_name() or user_name()
        name, is_given = QInputDialog.getText(
            self._button,
            tr("Your name"),
            tr("States, masks and reviews are noted under:"),
            text=known,
        )
        if is_given:
            self.work_as(name)
