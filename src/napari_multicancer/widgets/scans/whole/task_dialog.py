"""Which scans are given to whom: to be worked on, or to be outlined a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLineEdit, QWidget

from napari_multicancer.project.tasks import TaskOptions
from napari_multicancer.widgets.common.options import OptionsForm
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog, complete
from napari_multicancer.widgets.scans.whole.work import ListOrder, task_order

if TYPE_CHECKING:
    from napari_multicancer.project import Project

USUAL_SHARE = 0.05
FIELDS = {False: ("number", "states", "text", "again"), True: ("share", "number", "shown")}
TITLES = {False: "Give out scans", True: "Second outlines"}
WORDS = {
    False: 'They are listed by "My tasks"; without a name they are nobody\'s again.',
    True: "Drawn by lot of what is done or reviewed, always the same ones. Whoever works under "
    'that name, which may be your own, has them listed by "To outline again".',
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
        super().__init__(TITLES[second], "Give out", parent)
        share = USUAL_SHARE if second else 1.0
        self._second = second
        self.to = QLineEdit()
        self.to.setAccessibleName("Name")
        self.options = OptionsForm(TaskOptions(second=second, share=share), FIELDS[second])
        self.add_row("&To", self.to)
        self.options.add_to(self.form)
        complete(self.to, project.people(), "a name" if second else "nobody")
        self.sentence.setText(WORDS[second])

    def what_is_ordered(self) -> ListOrder | None:
        """Give what is given out; None for second outlines by nobody."""
        to = self.to.text().strip()
        if self._second and not to:
            self.sentence.setText("Write a name: who is to outline them?")
            return None
        return task_order(to, self.options.value)
