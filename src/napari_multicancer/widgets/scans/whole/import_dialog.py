"""Which masks made elsewhere are to come into a list."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_multicancer.project.imports.options import ImportOptions
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.options import FieldWords, OptionsForm
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.scans.folders import FolderLine
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog, choice_of_forms, complete
from napari_multicancer.widgets.scans.whole.words import IMPORT_WORDS
from napari_multicancer.widgets.scans.whole.work import ListOrder, import_order

STARTING_POINTS = tr(
    "Each becomes a version of its scan's mask, as a starting point; what people drew stays, and "
    "counts. Of several for one scan none is taken."
)
FIELDS = {
    "by": FieldWords(
        tr("&Masks made by"),
        tr("Who or what made the masks; the name of their file or folder unless given"),
    )
}


class ImportDialog(OrderDialog):
    """Offers the forms of `project.imports`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        from napari_multicancer.project.imports.run import IMPORTS

        super().__init__(tr("Import"), tr("Import"), parent)
        self._forms = IMPORTS
        self.kind = choice_of_forms((name, form.title) for name, form in IMPORT_WORDS.items())
        self.what = plain_label("")
        self.path = FolderLine(tr("File or folder of masks"), tr("where the masks are"))
        self.options = OptionsForm(ImportOptions(), FIELDS)
        self.add_row(tr("&Format"), self.kind)
        self.form.addRow("", self.what)
        self.add_row(tr("F&rom"), self.path)
        self.options.add_to(self.form)
        complete(self.options.widget("by"), (), tr("named as their file or folder"))
        self.kind.currentIndexChanged.connect(lambda _: self._on_kind())
        self._on_kind()
        self.sentence.setText(STARTING_POINTS)

    def what_is_ordered(self) -> ListOrder | None:
        """Give the import; None without masks."""
        path = self.path.folder
        if path is None:
            self.sentence.setText(tr("Name the masks: where are they?"))
            return None
        return import_order(self.kind.currentData(), path.absolute(), self.options.value)

    def _on_kind(self) -> None:
        name = self.kind.currentData()
        self.what.setText(IMPORT_WORDS[name].what)
        self.path.files = tr("COCO (*.json)") if self._forms[name].is_file else ""
