"""Which scans are given to whom: to be worked on, or to be outlined a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLineEdit, QWidget

from napari_multicancer.project.tasks import TaskOptions
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.checks import Checks
from napari_multicancer.widgets.common.options import FieldWords, OptionsForm
from napari_multicancer.widgets.scans.table.words import STATES
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog, complete
from napari_multicancer.widgets.scans.whole.work import ListOrder, task_order

if TYPE_CHECKING:
    from napari_multicancer.project import Project

USUAL_SHARE = 0.05
NUMBER = FieldWords(tr("&How many (0: all)"), tr("So many at most; 0 for all"))
TASKS = {
    "number": NUMBER,
    "states": FieldWords(tr("States")),
    "text": FieldWords(tr("&Named"), tr("Part of name, folder or comment")),
    "again": FieldWords(tr("&Also others' tasks"), tr("Also those that are somebody's already")),
}
SECOND_OUTLINES = {
    "share": FieldWords(
        tr("&Part of what is done (0.05: 5 %)"), tr("This part of them, such as 0.05")
    ),
    "number": NUMBER,
    "shown": FieldWords(
        tr("&With the first mask in sight"), tr("With the first mask, not blindly")
    ),
}
TITLES = {False: tr("Give out scans"), True: tr("Second outlines")}
WORDS = {
    False: tr('They are listed by "My tasks"; without a name they are nobody\'s again.'),
    True: tr(
        "Drawn by lot of what is done or reviewed, always the same ones. Whoever works under "
        'that name, which may be your own, has them listed by "To outline again".'
    ),
}


class TaskDialog(OrderDialog):
    """Asks for a name, and which scans.

    Parameters
    ----------
    project : Project
    second : bool
        To be outlined a second time, for comparison.
    """

    def __init__(self, project: Project, *, second: bool, parent: QWidget | None = None) -> None:
        super().__init__(TITLES[second], tr("Give out"), parent)
        share = USUAL_SHARE if second else 1.0
        self._second = second
        self.to = QLineEdit()
        self.to.setAccessibleName(tr("Name"))
        options = TaskOptions(second=second, share=share)
        self.options = OptionsForm(options, SECOND_OUTLINES if second else TASKS)
        self._name_states()
        self.add_row(tr("&To"), self.to)
        self.options.add_to(self.form)
        complete(self.to, project.people(), tr("a name") if second else tr("nobody"))
        self.sentence.setText(WORDS[second])

    def _name_states(self) -> None:
        if not self._second:
            states = self.options.field("states")
            assert isinstance(states, Checks)
            states.describe(STATES.__getitem__)

    def what_is_ordered(self) -> ListOrder | None:
        """Give what is given out; None for second outlines by nobody."""
        to = self.to.text().strip()
        if self._second and not to:
            self.sentence.setText(tr("Write a name: who is to outline them?"))
            return None
        return task_order(to, self.options.value)
