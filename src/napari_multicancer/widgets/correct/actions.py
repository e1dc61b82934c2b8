"""What the correction panel can do to a Labels layer, as functions of the viewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.correct.box import find_box
from napari_multicancer.widgets.correct.functions import ToolInput, ToolOptions
from napari_multicancer.widgets.correct.network import (
    BoxOutline,
    FoundMap,
    known_organ,
    picture_of,
    probability_map,
    scan_under,
)
from napari_multicancer.widgets.correct.part import Mask, normal_axis, part_of
from napari_multicancer.widgets.correct.runner import CorrectionRunner
from napari_multicancer.widgets.correct.threshold import cut_part
from napari_multicancer.widgets.correct.tools import (
    KEEP_CLICKED,
    REMOVE_CLICKED,
    SEGMENT_BOX,
    THRESHOLD,
    Action,
    Tool,
)

ROLLED = tr(
    "The model outlines the planes in which the scan was taken: roll the axes on until you see "
    "those, with the button below the layer list, then draw the box."
)
MAP_TITLE = tr("Probability map")


class CorrectionActions(QObject):
    """Runs tools, clicks, boxes and thresholds on Labels layers.

    Its methods raise `MaskError` or `UnsupportedScanError` where nothing can be
    done; what goes wrong later, in a thread, is told to the user.

    Parameters
    ----------
    viewer : ViewerModel
    models : callable, optional
        Gives the models to ask, task to name, where not the default ones.

    Attributes
    ----------
    working : Signal(bool)
        A thread has begun, or ended.
    progressed : Signal(int, int)
        Steps done and in all.
    corrected : Signal(object, object, int)
        The `Labels`, the `Action`, and how many pixels it changed.
    map_found : Signal(object)
        The `Labels` whose probability map is known now.
    begun : Signal(str)
        The title of what a thread has begun.
    said : Signal(str)
        What the user was told.
    """

    begun = Signal(str)
    said = Signal(str)
    working = Signal(bool)
    progressed = Signal(int, int)
    corrected = Signal(object, object, int)
    map_found = Signal(object)

    def __init__(
        self,
        viewer: ViewerModel,
        parent: QObject | None = None,
        *,
        models: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._models = models
        self._runner = CorrectionRunner(viewer, self)
        self._runner.working.connect(self.working)
        self._runner.progressed.connect(self.progressed)
        self._runner.begun.connect(self.begun)
        self._runner.said.connect(self.said)
        self._runner.corrected.connect(self._on_corrected)
        self._mapped: Labels | None = None
        self._map_job = BackgroundJob(self)
        self._map_job.progressed.connect(self.progressed)
        self._map_job.returned.connect(self._on_map)
        self._map_job.failed.connect(self._on_map_failed)
        viewer.layers.events.removed.connect(self._on_layer_removed)

    @property
    def is_working(self) -> bool:
        """Whether a thread is at work."""
        return self._runner.is_working or self._map_job.is_running

    def cancel(self) -> None:
        """Stop all work; nothing that was there changes."""
        self._runner.cancel()
        if self._map_job.is_running:
            self._map_job.cancel()
            self._end_map()

    def use(self, tool: Tool, labels: Labels, options: ToolOptions) -> None:
        """Use a tool on the selected label of a layer."""
        part = part_of(self._viewer, labels, whole_stack=options.whole_stack or tool.needs_stack)
        if tool.needs_stack and not part.is_stack:
            raise MaskError(
                tr("{title} needs a stack of planes, and this mask is a picture.", title=tool.title)
            )
        picture = picture_of(part) if tool.needs_picture else None

        def correct(mask: Mask, *watched: Any) -> Mask:
            pixels = None if picture is None else np.asarray(picture)
            given = ToolInput(mask, part.label, part.plane, part.spacing, options, pixels)
            return tool.run(given, *watched)

        self._runner.run(part, tool, correct, slow=tool.is_slow)

    def choose_region(
        self, labels: Labels, point: tuple[float, ...], *, keep: bool, whole_stack: bool
    ) -> None:
        """Keep the region at a point of the layer, or remove it."""
        part = part_of(self._viewer, labels, whole_stack=whole_stack)
        place = part.place(point)

        def correct(mask: Mask, progress: Progress, cancelled: Cancelled) -> Mask:
            from napari_multicancer.core.masks.regions import keep_region_at, remove_region_at

            choose = keep_region_at if keep else remove_region_at
            return choose(mask, place, whole_stack=True, progress=progress, cancelled=cancelled)

        self._runner.run(part, KEEP_CLICKED if keep else REMOVE_CLICKED, correct)

    def segment_in_box(
        self, labels: Labels, *, whole_stack: bool, corners: NDArray[np.float64] | None = None
    ) -> bool:
        """Let the network redraw the label in a box; say whether there is one.

        Parameters
        ----------
        labels : Labels
        whole_stack : bool
        corners : ndarray, shape (n, 2), optional
            In the layer's pixels; of a visible Shapes layer's rectangle unless given.
        """
        from napari_multicancer.core.masks.regions import box_slices

        part = part_of(self._viewer, labels, whole_stack=whole_stack)
        if part.normal:
            raise MaskError(ROLLED)
        scan = scan_under(labels)
        plane = None if part.is_stack else part.plane
        if corners is None:
            corners = find_box(self._viewer, labels, plane)
        if corners is None:
            return False
        rows, columns = part.mask.shape[-2:]
        box = box_slices(corners, (rows, columns))
        outline = BoxOutline(scan, box, known_organ(labels), part, self._models())
        self._runner.run(part, SEGMENT_BOX, outline, slow=True, written=outline.keep)
        return True

    def recut_stack(self, labels: Labels, threshold: float) -> None:
        """Cut the label anew on all planes of a stack."""
        part = part_of(self._viewer, labels, whole_stack=True)
        probability = record_of(labels).probability
        if probability is None:
            raise MaskError(tr("The probability map of this mask is not known: get it first."))

        def cut(mask: NDArray[np.integer], *_: object) -> NDArray[np.integer]:
            return cut_part(mask, np.asarray(part.of(probability)), threshold, part.label)

        self._runner.run(part, THRESHOLD, cut, cut=threshold)

    def find_map(self, labels: Labels) -> None:
        """Ask the models for the probability map of the scan under a mask."""
        scan = scan_under(labels)
        self.cancel()
        self._mapped = labels
        self._map_job.start(partial(probability_map, scan, known_organ(labels), self._models()))
        self.working.emit(True)
        self.begun.emit(MAP_TITLE)

    def _on_map(self, found: FoundMap) -> None:
        labels = self._mapped
        self._end_map()
        if labels is not None and found.probability.size == labels.data.size:
            record_of(labels).complete_probability(found.probability, found.model)
            self.map_found.emit(labels)

    def _on_map_failed(self, error: Exception) -> None:
        self._end_map()
        self.said.emit(tell(error, tr("mapping the lesion's probability")))

    def _end_map(self) -> None:
        self._mapped = None
        self.working.emit(False)

    def _on_layer_removed(self, event: Any) -> None:
        if self._mapped is not None and event.value is self._mapped:
            self.cancel()

    def _on_corrected(self, labels: Labels, action: Action, pixels: int) -> None:
        if isinstance(action, Tool) and action.goes_on:
            _go_on(self._viewer, labels)
        self.corrected.emit(labels, action, pixels)


def _go_on(viewer: ViewerModel, labels: Labels) -> None:
    """Show the plane after the one in view."""
    normal = normal_axis(viewer, labels)
    if normal is None:
        return
    axis = normal - 3
    here = labels.world_to_data(np.asarray(viewer.dims.point)[-labels.ndim :])
    here[axis] = np.floor(here[axis] + 0.5) + 1
    viewer.dims.set_point(viewer.dims.ndim + axis, labels.data_to_world(here)[axis])
