"""The panel: choose a scan, press one button, read the answer, correct it, save it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Image, Labels
from napari.viewer import Viewer
from qtpy.QtCore import QEvent, Signal
from qtpy.QtWidgets import QComboBox, QWidget

from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.findings import NO_SCAN, NOTHING_YET, lesion_curve
from napari_multicancer.widgets.analyse.job import ReadyAnalysis
from napari_multicancer.widgets.analyse.layout import PanelLayout
from napari_multicancer.widgets.analyse.opening import Opening
from napari_multicancer.widgets.analyse.plane_slider import PlaneLink, show_position
from napari_multicancer.widgets.analyse.runs import AnalysisRuns
from napari_multicancer.widgets.analyse.volume_row import VolumeRow
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.answers import (
    answer_of,
    forget_answer,
    keep_answer,
    treat_as,
    treated_as,
)
from napari_multicancer.widgets.common.focus import FocusRing
from napari_multicancer.widgets.common.layers import bare, is_scan, volume_on
from napari_multicancer.widgets.common.lesions import selected_scans
from napari_multicancer.widgets.common.measuring import LesionWatch, Measured
from napari_multicancer.widgets.common.notify import warn
from napari_multicancer.widgets.common.settings import heed_threads, when_set
from napari_multicancer.widgets.files.save_mask import ask_and_save
from napari_multicancer.widgets.files.save_report import ask_and_report

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

ALL_STEPS = ("classify", "segment")


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
        self.ui = PanelLayout(self._viewer, self)
        opening = Opening(self._viewer, self.ui, self)
        self._opening = opening
        self._runs = AnalysisRuns(
            self._viewer, opening, self.organ_of, self._models, self._show_result, self
        )
        self._watch = LesionWatch(self)
        self._measured: Measured | None = None
        self._link = PlaneLink(self._viewer, self.ui.findings.curve, self)
        self.volumes = VolumeRow(self._viewer, self._lesion)
        self.ui.findings.insert(self.volumes)
        self._add_tabs()
        FocusRing(self._viewer, self)
        self._connect()
        self._show_answer()

    def _add_tabs(self) -> None:
        viewer, tabs = self._viewer, self.ui.tabs
        tabs.add(
            tr("Correct"), tr("Tools that correct the outline of a mask"), partial(_correct, viewer)
        )
        tabs.add(tr("Measure"), tr("Sizes of what is outlined"), partial(_measure, viewer))
        tabs.add(
            tr("Why"),
            tr("What spoke for the answer, and where it is unsure"),
            partial(_explain, viewer, self.organ_of),
        )
        tabs.add(
            tr("Compare"),
            tr("Two masks, or the first outline and yours"),
            partial(_compare, viewer),
        )
        tabs.add(
            tr("Scans"), tr("A list of scans, gone through one by one"), partial(_scans, viewer)
        )
        tabs.add(tr("Prepare"), tr("Less noise, edges, the head alone"), self._make_prepare)

    def _connect(self) -> None:
        self.ui.button.clicked.connect(self._on_button)
        self.ui.save.clicked.connect(self._on_save)
        self.ui.report.clicked.connect(self._on_report)
        self.ui.layer.layer_changed.connect(self._show_answer)
        self.organ.activated.connect(self._on_organ_chosen)
        when_set("organ", self.ui.choose_default_organ)
        self.organ.currentIndexChanged.connect(self._show_answer)
        self.ui.findings.largest.clicked.connect(self.go_to_largest)
        self.ui.findings.treat.wanted.connect(self._on_treat)
        self._runs.begun.connect(self._on_begun)
        self._runs.progressed.connect(self.ui.show_progress)
        self._runs.ended.connect(self._on_ended)
        self._watch.measured.connect(self._show_size)
        self.ui.axes.reading_changed.connect(self._on_reading_changed)
        self.ui.size.entered.connect(self._show_answer)
        layers = self._viewer.layers
        layers.events.inserted.connect(self._watch_lesion)
        layers.events.removed.connect(self._watch_lesion)
        layers.selection.events.active.connect(self._on_active)

    @property
    def is_working(self) -> bool:
        """Whether an analysis is under way, or waits until its image is compared with its file."""
        return self._runs.is_working

    @property
    def organ(self) -> QComboBox:
        """The choice of organ, for all scans."""
        return self.ui.organ

    def organ_of(self, image: Image) -> str:
        """Say as what a scan is analyzed: as the user said of it alone, else as of all scans."""
        return treated_as(image) or str(self.organ.currentData())

    def run(self, image: Image, steps: Sequence[str] = ALL_STEPS) -> None:
        """Analyze an image layer of the viewer; a run under way is stopped.

        One that another reader has opened is compared with its file before. Where ours reads
        that differently, the panel says so and the user decides; nothing is analyzed.
        """
        self.run_all([image], steps)

    def run_all(self, images: Sequence[Image], steps: Sequence[str] = ALL_STEPS) -> None:
        """Analyze image layers one after the other; see `run`."""
        self._runs.start([bare(image) for image in images], steps)

    def go_to_largest(self) -> None:
        """Show the plane on which the chosen scan's mask has the largest area."""
        labels, measured = self._watch.labels, self._measured
        if labels is not None and measured is not None and measured.size is not None:
            position = np.unravel_index(measured.size.plane, labels.data.shape[:-2])
            show_position(self._viewer, labels, [int(index) for index in position])

    def cancel(self) -> None:
        """Stop the analysis; nothing that was there changes."""
        self._runs.cancel()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
            self.volumes.cancel()
            for page in self.ui.tabs.made():
                page.cancel()
        return bool(super().event(event))

    def _make_prepare(self) -> QWidget:
        from napari_multicancer.widgets.prepare.panel import PreparePanel

        page = PreparePanel(self._viewer)
        page.analysis_wanted.connect(self._on_analysis_wanted)
        return page

    def _on_analysis_wanted(self, image: Image) -> None:
        self.ui.tabs.setCurrentIndex(0)
        self.run(image)

    def _models(self) -> dict[str, str]:
        return self.ui.models.chosen

    def _on_button(self) -> None:
        chosen = self.ui.layer.layer
        if self.is_working:
            self.cancel()
        elif chosen is None:
            warn(tr("There is no image to analyze: open a scan first."))
        else:
            selected = selected_scans(self._viewer)
            self.run_all(selected if chosen in selected else [chosen])

    def _on_treat(self, organ: str) -> None:
        """Analyze the chosen scan as that of an organ, whatever is chosen for the others."""
        if (image := self.ui.layer.layer) is not None:
            treat_as(image, organ)
            self.run(image)

    def _on_organ_chosen(self) -> None:
        """What is chosen for all scans holds for the one that is shown, too."""
        if self.ui.layer.layer is not None:
            treat_as(self.ui.layer.layer, "")
            self._show_answer()

    def _on_begun(self, image: Image) -> None:
        self.ui.layer.choose(image)
        self.ui.show_working(True)
        self._show_answer()

    def _on_ended(self, answered: bool) -> None:
        self.ui.show_working(False)
        self._show_answer()
        self.finished.emit(answered)

    def _show_result(self, image: Image, answer: ReadyAnalysis) -> None:
        analysis = answer.analysis
        keep_answer(image, replace(analysis, mask=None, probability=None))
        if analysis.mask is not None:
            lesions.add_lesion(self._viewer, image, analysis, answer.known, answer.first)

    def _on_save(self) -> None:
        if (labels := self._lesion()) is not None:
            ask_and_save(self, labels)

    def _on_report(self) -> None:
        if (labels := self._lesion()) is not None:
            ask_and_report(self, labels)

    def _lesion(self) -> Labels | None:
        """Find the chosen image's mask: the active one, else the newest result, else the topmost.

        A mask counts that was made for the image or lies on its voxels, whoever made it.
        """
        found = lesions.masks_on(self._viewer, self.ui.layer.layer)
        active = self._viewer.layers.selection.active
        return next((labels for labels in found if labels is active), found[-1] if found else None)

    def _on_active(self, event: object = None) -> None:
        """Show the scan under the mask that became active, unless it lies on the one shown."""
        active = self._viewer.layers.selection.active
        shown = lesions.masks_on(self._viewer, self.ui.layer.layer)
        if isinstance(active, Labels) and not any(labels is active for labels in shown):
            under = lesions.image_under(active, self._viewer.layers)
            if under is not None and is_scan(under):
                self.ui.layer.choose(under)
        self._watch_lesion()

    def _show_answer(self, image: object = None) -> None:
        chosen = self.ui.layer.layer
        analysis = answer_of(chosen)
        self.ui.axes.show_layer(chosen, self._known_organ(chosen, analysis))
        self._opening.show_layer(chosen)
        self.volumes.show_layer(chosen)
        self.ui.findings.show_analysis(analysis, self._instead(chosen))
        self.ui.show_organ_holds(self.organ.currentData() != AUTOMATIC)
        self._link.show(chosen, lesion_curve(analysis))
        self._watch_lesion()

    def _instead(self, chosen: Image | None) -> str:
        """Say why there is no answer for the chosen image."""
        worked_on, runs = self._runs.image, self._runs
        if chosen is None:
            return NO_SCAN
        if worked_on is None:
            return NOTHING_YET
        if worked_on is not chosen:
            return tr("Not analyzed yet: {name} is being analyzed now.", name=worked_on.name)
        if runs.turns > 1:
            return tr(
                "Being analyzed (scan {turn} of {turns}): the answer comes here.",
                turn=runs.turn,
                turns=runs.turns,
            )
        return tr("Being analyzed: the answer comes here.")

    def _known_organ(self, image: Image | None, analysis: Analysis | None) -> str:
        """Say what the chosen image shows: as the user chose, else as was found."""
        chosen = AUTOMATIC if image is None else self.organ_of(image)
        if chosen != AUTOMATIC:
            return chosen
        return "" if analysis is None or analysis.refused else analysis.organ.label

    def _on_reading_changed(self, image: Image) -> None:
        """An answer for other planes counts no more; a mask that is there stays the user's."""
        if self._runs.image is image:
            self.cancel()
        forget_answer(image)
        self._show_answer()

    def _show_size(self, measured: Measured | None) -> None:
        self._measured = measured
        labels, image = self._watch.labels, self.ui.layer.layer
        in_space = None
        if measured is not None and measured.size is not None and labels is not None:
            voxels = measured.size.voxels
            in_space = None if image is None else volume_on(labels, image, voxels)
        self.ui.findings.show_size(measured, in_space)

    def _watch_lesion(self, event: object = None) -> None:
        labels = self._lesion()
        self.ui.allow_saving(labels is not None)
        self._watch.watch(labels)
        self._link.show_known_of(labels)
        self.volumes.show_mask(labels)


def _correct(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.correct.panel import CorrectionPanel

    return CorrectionPanel(viewer)


def _explain(viewer: Viewer, organ: Callable[[Image], str]) -> QWidget:
    from napari_multicancer.widgets.explain.panel import ExplainPanel

    return ExplainPanel(viewer, organ=organ)


def _measure(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.measure.panel import MeasurementsPanel

    return MeasurementsPanel(viewer)


def _compare(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.compare.panel import ComparisonPanel

    return ComparisonPanel(viewer)


def _scans(viewer: Viewer) -> QWidget:
    from napari_multicancer.widgets.scans.panel import ScansPanel

    return ScansPanel(viewer)
