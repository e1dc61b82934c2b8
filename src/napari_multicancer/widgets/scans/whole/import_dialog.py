"""Which masks made elsewhere are to come into a list."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_multicancer.project.imports.options import ImportOptions
from napari_multicancer.widgets.common.options import OptionsForm
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.scans.folders import FolderLine
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog, choice_of_forms, complete
from napari_multicancer.widgets.scans.whole.work import ListOrder, import_order

STARTING_POINTS = (
    "Each becomes a version of its scan's mask, as a starting point; what people drew stays."
)


class ImportDialog(OrderDialog):
    """Offers the forms of `project.imports`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        from napari_multicancer.project.imports.run import IMPORTS

        super().__init__("Import", "Import", parent)
        self._forms = IMPORTS
        self.kind = choice_of_forms((name, form.title) for name, form in IMPORTS.items())
        self.what = plain_label("")
        self.path = FolderLine("File or folder of masks", "where the masks are")
        self.options = OptionsForm(ImportOptions())
        self.add_row("&Format", self.kind)
        self.form.addRow("", self.what)
        self.add_row("F&rom", self.path)
        self.options.add_to(self.form)
        complete(self.options.widget("by"), (), "named as their file or folder")
        self.kind.currentIndexChanged.connect(lambda _: self._on_kind())
        self._on_kind()
        self.sentence.setText(STARTING_POINTS)

    def what_is_ordered(self) -> ListOrder | None:
        """Give the import; None without masks."""
        path = self.path.folder
        if path is None:
            self.sentence.setText("Name the masks: where are they?")
            return None
        return import_order(self.kind.currentData(), path.absolute(), self.options.value)

    def _on_kind(self) -> None:
        form = self._forms[self.kind.currentData()]
        self.what.setText(form.what)
        self.path.files = "COCO (*.json)" if form.is_file else ""
