"""The panel: choose a scan, press one button, read the answer, correct it, save it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari.layers import Image, Labels
from napari.viewer import Viewer
from qtpy.QtCore import QEvent, Signal
from qtpy.QtWidgets import QComboBox, QWidget

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.analyse.findings import NO_SCAN, lesion_curve
from napari_multicancer.widgets.analyse.job import analyze_scan
from napari_multicancer.widgets.analyse.layout import AUTOMATIC, PanelLayout
from napari_multicancer.widgets.analyse.opening import Opening
from napari_multicancer.widgets.analyse.plane_slider import PlaneLink
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.layers import (
    bare,
    finest_level,
    lay_over,
    scan_from_layer,
    volume_on,
)
from napari_multicancer.widgets.common.measuring import LesionWatch, Measured
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.settings import heed_threads
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.files.save_mask import ask_and_save
from napari_multicancer.widgets.files.save_report import ask_and_report

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.masks.record import MaskRecord

ALL_STEPS = ("classify", "segment")


@dataclass(frozen=True, eq=False)
class _Task:
    """The image that is being analysed, as it was at the start."""

    image: Image
    pixels: Any


class MultiCancerPanel(QWidget):
    """Classifies and segments the chosen image layer, and shows what comes out.

    What was found stays with each image layer: choosing another one shows that
    one's answer. Closing the panel or deleting the layer stops the work; only
    a finished analysis makes a layer.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    finished : Signal(bool)
        A run is over; True where it gave an answer.
    """

    finished = Signal(bool)

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer: Viewer = bare(napari_viewer)
        heed_threads()
        watch_viewer(self._viewer)
        self._answers: WeakKeyDictionary[Image, Analysis] = WeakKeyDictionary()
        self._task: _Task | None = None
        self.ui = PanelLayout(self._viewer, self)
        self._opening = Opening(self._viewer, self.ui, self)
        self._job = BackgroundJob(self)
        self._watch = LesionWatch(self)
        self._link = PlaneLink(self._viewer, self.ui.findings.curve, self)
        self._add_tabs()
        self._connect()
        self._show_answer()

    def _add_tabs(self) -> None:
        viewer, tabs = self._viewer, self.ui.tabs
        tabs.add("Correct", "Tools that correct the outline of a mask", partial(_correct, viewer))
        tabs.add("Measure", "Sizes of what is outlined", partial(_measure, viewer))
        tabs.add(
            "Why",
            "What spoke for the answer, and where it is unsure",
            partial(_explain, viewer, self.organ),
        )
        tabs.add("Compare", "Two masks, or the first outline and yours", partial(_compare, viewer))

    def _connect(self) -> None:
        self.ui.button.clicked.connect(self._on_button)
        self.ui.save.clicked.connect(self._on_save)
        self.ui.report.clicked.connect(self._on_report)
        self.ui.layer.layer_changed.connect(self._show_answer)
        self.organ.currentIndexChanged.connect(self._show_answer)
        self._job.progressed.connect(self.ui.show_progress)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)
        self._watch.measured.connect(self._show_size)
        self.ui.axes.reading_changed.connect(self._on_reading_changed)
        self.ui.size.entered.connect(self._show_answer)
        self._viewer.layers.events.removed.connect(self._on_layer_removed)
        self._viewer.layers.selection.events.active.connect(self._watch_lesion)

    @property
    def is_working(self) -> bool:
        """Whether an analysis is under way, or waits until its image is compared with its file."""
        return self._job.is_running or self._opening.is_waiting

    @property
    def organ(self) -> QComboBox:
        """The choice of organ."""
        return self.ui.organ

    def run(self, image: Image, steps: Sequence[str] = ALL_STEPS) -> None:
        """Analyze an image layer of the viewer; a run under way is stopped.

        One that another reader has opened is compared with its file before. Where ours reads
        that differently, the panel says so and the user decides; nothing is analyzed.
        """
        image = bare(image)
        self.ui.layer.choose(image)
        self._job.cancel()
        if self._opening.waits_for(image, partial(self.run, image, steps)):
            self._task = _Task(image, finest_level(image))
            self.ui.show_working(True)
        elif self._opening.holds_back(image):
            self._end(False)
        else:
            self._start(image, steps)

    def _start(self, image: Image, steps: Sequence[str]) -> None:
        try:
            scan = scan_from_layer(image)
            scan.check()
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            self._end(False)
            tell(error, f"reading {image.name}")
            return
        self._task = _Task(image, finest_level(image))
        self.ui.show_working(True)
        organ, models = self.organ.currentData(), self.ui.models.chosen
        self._job.start(partial(analyze_scan, scan, organ, steps, models))

    def cancel(self) -> None:
        """Stop the analysis; nothing that was there changes."""
        if self.is_working:
            self._job.cancel()
            self._opening.forget()
            self._end(False)

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
            for page in self.ui.tabs.made():
                page.cancel()
        return bool(super().event(event))

    def _on_button(self) -> None:
        if self.is_working:
            self.cancel()
        elif self.ui.layer.layer is None:
            warn("There is no image to analyse: open a scan first.")
        else:
            self.run(self.ui.layer.layer)

    def _on_layer_removed(self, event: Any) -> None:
        if self._task is not None and event.value is self._task.image:
            self.cancel()
        self._watch_lesion()

    def _on_failed(self, error: Exception) -> None:
        name = "the scan" if self._task is None else self._task.image.name
        self._end(False)
        tell(error, f"analysing {name}")

    def _on_returned(self, answer: tuple[Analysis, MaskRecord]) -> None:
        task = self._task
        if task is None:
            return
        answered = False
        try:
            self._show_result(task, *answer)
            answered = True
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, f"showing the result for {task.image.name}")
        self._show_answer()
        self._end(answered)

    def _show_result(self, task: _Task, analysis: Analysis, known: MaskRecord) -> None:
        if finest_level(task.image) is not task.pixels:
            raise UnsupportedScanError(
                f"{task.image.name} was changed while it was being analysed: run it again."
            )
        self._answers[task.image] = replace(analysis, mask=None, probability=None)
        on_layer = lay_over(analysis, task.image)
        if on_layer.mask is not None:
            if on_layer is not analysis:
                known = replace(known, made_digest=digest(on_layer.mask))
            lesions.add_lesion(self._viewer, task.image, on_layer, known)

    def _end(self, answered: bool) -> None:
        self._task = None
        self.ui.show_working(False)
        self.finished.emit(answered)

    def _on_save(self) -> None:
        if (labels := self._lesion()) is not None:
            ask_and_save(self, labels)

    def _on_report(self) -> None:
        if (labels := self._lesion()) is not None:
            ask_and_report(self, labels)

    def _lesion(self) -> Labels | None:
        """Find the chosen image's result: the active one, else the newest."""
        found = lesions.lesions_of(self._viewer, self.ui.layer.layer)
        active = self._viewer.layers.selection.active
        return next((labels for labels in found if labels is active), found[-1] if found else None)

    def _show_answer(self, image: object = None) -> None:
        chosen = self.ui.layer.layer
        analysis = None if chosen is None else self._answers.get(chosen)
        self.ui.axes.show_layer(chosen, self._known_organ(analysis))
        self._opening.show_layer(chosen)
        if chosen is None:
            self.ui.findings.show_analysis(None, NO_SCAN)
        else:
            self.ui.findings.show_analysis(analysis)
        self._link.show(chosen, lesion_curve(analysis))
        self._watch_lesion()

    def _known_organ(self, analysis: Analysis | None) -> str:
        """Say what the chosen image shows: as the user chose, else as was found."""
        if (chosen := self.organ.currentData()) != AUTOMATIC:
            return str(chosen)
        return "" if analysis is None or analysis.refused else analysis.organ.label

    def _on_reading_changed(self, image: Image) -> None:
        """An answer for other planes counts no more; a mask that is there stays the user's."""
        if self._task is not None and self._task.image is image:
            self.cancel()
        self._answers.pop(image, None)
        self._show_answer()

    def _show_size(self, measured: Measured | None) -> None:
        labels, image = self._watch.labels, self.ui.layer.layer
        in_space = None
        if measured is not None and measured.size is not None and labels is not None:
            voxels = measured.size.voxels
            in_space = None if image is None else volume_on(labels, image, voxels)
        self.ui.findings.show_size(measured, in_space)

    def _watch_lesion(self, event: object = None) -> None:
        labels = self._lesion()
        for button in (self.ui.save, self.ui.report):
            button.setEnabled(labels is not None)
        self._watch.watch(labels)


def _correct(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.correct.panel import CorrectionPanel

    return CorrectionPanel(viewer)


def _explain(viewer: Viewer, organ: QComboBox) -> QWidget:
    from napari_multicancer.widgets.explain.panel import ExplainPanel

    return ExplainPanel(viewer, organ=organ.currentData)


def _measure(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.measure.panel import MeasurementsPanel

    return MeasurementsPanel(viewer)


def _compare(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.compare.panel import ComparisonPanel

    return ComparisonPanel(viewer)
