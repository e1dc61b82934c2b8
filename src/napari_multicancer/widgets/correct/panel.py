"""The correction panel: tools beside napari's own brushes, each one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from napari.layers import Labels
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, Signal
from qtpy.QtWidgets import QPushButton, QWidget

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.autosave.offer import RESTORE
from napari_multicancer.widgets.common.focus import FocusRing
from napari_multicancer.widgets.common.layers import bare, voxel_size
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.settings import PLUGIN
from napari_multicancer.widgets.correct.actions import CorrectionActions
from napari_multicancer.widgets.correct.box import DRAW_A_BOX, BoxGesture
from napari_multicancer.widgets.correct.canvas import ClickMode, Shortcuts
from napari_multicancer.widgets.correct.clicks.tool import ClickTool
from napari_multicancer.widgets.correct.empty import add_empty
from napari_multicancer.widgets.correct.following import MaskFollower
from napari_multicancer.widgets.correct.functions import ToolOptions
from napari_multicancer.widgets.correct.layout import CorrectionLayout
from napari_multicancer.widgets.correct.slider_cuts import SliderCuts
from napari_multicancer.widgets.correct.threshold import Recut
from napari_multicancer.widgets.correct.tools import (
    CLICK,
    KEEP_CLICKED,
    NEXT_DOUBTFUL,
    OUTLINE_TOOLS,
    PLANE_TOOLS,
    PROPAGATE,
    REMOVE_CLICKED,
    SEGMENT_BOX,
    SETTLE,
    THRESHOLD,
    Action,
    Tool,
)

TOOLS = OUTLINE_TOOLS + PLANE_TOOLS
CANCELLED = tr("Cancelled: nothing has changed.")
NO_MASK = tr("There is no mask to correct: segment a scan or add a Labels layer first.")
CLICK_A_REGION = tr("Click a region of the mask on the canvas; Escape leaves.")


class CorrectionPanel(QWidget):
    """Corrects the chosen Labels layer, on the plane in view or the whole stack.

    The layer that becomes active is chosen; it stays so while, say, a Shapes layer
    is active. Closing the panel stops what is under way and frees its keys.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    corrected : Signal(object, object, int)
        The `Labels`, the `Action`, and how many pixels it changed.
    """

    corrected = Signal(object, object, int)

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__()
        self._viewer: Viewer = bare(napari_viewer)
        watch_viewer(self._viewer)
        self.ui = CorrectionLayout(self._viewer, self)
        self._actions = CorrectionActions(self._viewer, self, models=partial(chosen_models, self))
        self._click = ClickMode(self._viewer, self)
        self._clicks = ClickTool(self._viewer, self, models=partial(chosen_models, self))
        self._box = BoxGesture(self._viewer, self)
        self._recut = Recut(self._viewer, self)
        self._shortcuts = Shortcuts(self._viewer, self._keys())
        self._is_click_asked_for = False
        self._doing = ""
        self._follower = MaskFollower(self)
        self._cuts = SliderCuts(
            self.ui, self._recut, self._actions, self._follower, self._attempt, self
        )
        FocusRing(self._viewer, self)
        self._connect()
        self._shortcuts.bind()
        self._refresh()
        if parent is not None:
            self.setParent(parent)

    def _keys(self) -> dict[str, Callable[[], None]]:
        keys: dict[str, Callable[[], None]] = {tool.key: partial(self.use, tool) for tool in TOOLS}
        keys[KEEP_CLICKED.key] = self.ui.keep_clicked.click
        keys[REMOVE_CLICKED.key] = self.ui.remove_clicked.click
        keys[SEGMENT_BOX.key] = self.ui.box.click
        keys[CLICK.key] = self.ui.click.click
        keys[PROPAGATE.key] = self.propagate
        keys[NEXT_DOUBTFUL.key] = self.go_to_next_doubtful
        keys[SETTLE.key] = self.settle
        return keys

    def _connect(self) -> None:
        ui = self.ui
        for tool in TOOLS:
            ui.buttons[tool.name].wanted.connect(self.use)
        ui.keep_clicked.clicked.connect(self._on_keep_clicked)
        ui.remove_clicked.clicked.connect(self._on_remove_clicked)
        ui.box.clicked.connect(self._on_box_button)
        ui.click.clicked.connect(self._on_clicks_button)
        ui.propagate.clicked.connect(self.propagate)
        ui.settle.clicked.connect(self.settle)
        ui.next_doubtful.clicked.connect(self.go_to_next_doubtful)
        ui.cancel.clicked.connect(self.cancel)
        ui.restore.clicked.connect(self._on_restore)
        ui.labels.layer_changed.connect(self._refresh)
        self._cuts.cut.connect(partial(self._say_changed, THRESHOLD))
        self._click.ended.connect(self._on_click_over)
        self._connect_canvas_tools()
        self._actions.working.connect(ui.show_working)
        self._actions.progressed.connect(self._on_progressed)
        self._actions.begun.connect(self._on_begun)
        self._actions.said.connect(ui.say)
        self._follower.mapped.connect(self._show_map)
        self._follower.stepped.connect(self._on_stepped)
        self._actions.corrected.connect(self._on_corrected)

    def _connect_canvas_tools(self) -> None:
        clicks, box = self._clicks, self._box
        clicks.said.connect(self.ui.say)
        clicks.working.connect(self.ui.show_working)
        clicks.progressed.connect(self.ui.show_progress)
        clicks.corrected.connect(self.corrected)
        clicks.ended.connect(self._on_clicks_over)
        box.boxed.connect(self._on_boxed)
        box.missed.connect(self.ui.say)
        box.ended.connect(self._on_box_over)

    @property
    def labels(self) -> Labels | None:
        """The layer that the tools work on."""
        return self.ui.labels.layer

    @property
    def is_working(self) -> bool:
        """Whether a thread is at work."""
        return self._actions.is_working or self._clicks.is_working

    @property
    def clicks(self) -> ClickTool:
        """The tool of clicks."""
        return self._clicks

    @property
    def options(self) -> ToolOptions:
        """What is set for all tools."""
        return self.ui.options.value

    def use(self, tool: Tool) -> None:
        """Use a tool as the panel is set."""
        self._attempt(lambda labels: self._actions.use(tool, labels, self.options))

    def segment_in_box(self) -> None:
        """Let the network redraw the label in a box that the user draws, or has drawn."""
        self._attempt(self._segment_in_box, or_new=True)

    def _segment_in_box(self, labels: Labels) -> None:
        whole = self.options.whole_stack
        if not self._actions.segment_in_box(labels, whole_stack=whole):
            self._box.start(labels)
            self.ui.box.setChecked(True)
            self.ui.say(DRAW_A_BOX)

    def propagate(self) -> None:
        """Carry the outline from the planes that are settled to the others."""
        self._attempt(self._clicks.propagate)

    def settle(self) -> None:
        """Count the plane in view as right."""
        self._attempt(lambda labels: self.ui.say(self._clicks.settle(labels)))

    def go_to_next_doubtful(self) -> None:
        """Show the next plane whose outline is doubtful."""
        self._attempt(lambda labels: self.ui.say(self._clicks.go_to_next(labels)))

    def cancel(self) -> None:
        """Stop what is under way; nothing that was there changes."""
        for canvas_tool in (self._click, self._clicks, self._box):
            canvas_tool.leave()
        if self.is_working:
            self._actions.cancel()
            self._clicks.cancel()
            self.ui.say(CANCELLED)

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working and frees its keys."""
        if event.type() == QEvent.Type.ParentChange:
            self._shortcuts.unbind()
            if self.parent() is None:
                self.cancel()
            else:
                self._shortcuts.bind()
        return bool(super().event(event))

    def _attempt(self, action: Callable[[Labels], object], *, or_new: bool = False) -> bool:
        """Do something to the chosen layer, or a new one; say in one sentence why not."""
        labels = self.labels
        self.ui.say("")
        try:
            if labels is None and or_new:
                labels = add_empty(self._viewer)
            if labels is None:
                raise MaskError(NO_MASK)
            action(labels)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            name = tr("the mask") if labels is None else labels.name
            self.ui.say(tell(error, f"correcting {name}"))
            return False
        return True

    def _on_keep_clicked(self, checked: bool) -> None:
        self._on_click_button(self.ui.keep_clicked, checked)

    def _on_remove_clicked(self, checked: bool) -> None:
        self._on_click_button(self.ui.remove_clicked, checked)

    def _on_click_button(self, pressed: QPushButton, checked: bool) -> None:
        self._click.leave()
        if checked and self._attempt(partial(self._wait_for_click, pressed)):
            pressed.setChecked(True)
            self.ui.say(CLICK_A_REGION)
            self._is_click_asked_for = True
        else:
            self._on_click_over()

    def _wait_for_click(self, pressed: QPushButton, labels: Labels) -> None:
        self._click.start(labels, partial(self._on_clicked, pressed is self.ui.keep_clicked))

    def _on_clicked(self, keep: bool, labels: Labels, point: tuple[float, ...]) -> None:
        self._attempt(
            lambda _: self._actions.choose_region(
                labels, point, keep=keep, whole_stack=self.options.whole_stack
            )
        )

    def _on_click_over(self) -> None:
        self.ui.keep_clicked.setChecked(False)
        self.ui.remove_clicked.setChecked(False)
        if self._is_click_asked_for:
            self._is_click_asked_for = False
            self.ui.say("")

    def _on_clicks_button(self, checked: bool) -> None:
        self._box.leave()
        rests = not checked and self._clicks.is_resting
        if (checked or rests) and self._attempt(self._clicks.start, or_new=True):
            self.ui.click.setChecked(True)
        else:
            self._clicks.leave()
            self._on_clicks_over()

    def _on_clicks_over(self) -> None:
        self.ui.click.setChecked(False)

    def _on_box_button(self, checked: bool) -> None:
        self._box.leave()
        self.ui.box.setChecked(False)
        if checked:
            self.segment_in_box()

    def _on_boxed(self, labels: Labels, corners: NDArray[np.float64]) -> None:
        whole = self.options.whole_stack
        self._attempt(
            lambda _: self._actions.segment_in_box(labels, whole_stack=whole, corners=corners)
        )

    def _on_box_over(self) -> None:
        self.ui.box.setChecked(False)

    def _on_restore(self) -> None:
        dock, _ = self._viewer.window.add_plugin_dock_widget(PLUGIN, RESTORE, tabify=True)
        dock.show()
        dock.raise_()

    def _on_corrected(self, labels: Labels, action: Action, pixels: int) -> None:
        if action is THRESHOLD:
            self._follower.note_cut(self.ui.threshold.threshold, pixels)
        self._say_changed(action, pixels)
        self.corrected.emit(labels, action, pixels)

    def _say_changed(self, action: Action, pixels: int) -> None:
        changed = tr_n("{n} pixel changed", "{n} pixels changed", pixels)
        done = changed if pixels else tr("nothing to change")
        self.ui.say(f"{action.title}: {done}.")

    def _on_begun(self, title: str) -> None:
        self._doing = title
        self.ui.say(tr("{title}: working...", title=title))

    def _on_progressed(self, done: int, total: int) -> None:
        self.ui.show_progress(done, total)
        self.ui.say(tr("{title}: {done} of {total}", title=self._doing, done=done, total=total))

    def _on_stepped(self, sentence: str) -> None:
        """Let the slider and the panel's line follow what was undone or done again."""
        self.ui.threshold.show_threshold(self._follower.threshold)
        self.ui.say(sentence)

    def _show_map(self) -> None:
        self.ui.threshold.show_threshold(self._follower.threshold)
        self.ui.threshold.show_map(self._follower.is_mapped)

    def _refresh(self, event: Any = None) -> None:
        """Offer what the chosen layer allows."""
        labels = self.labels
        self._recut.end()
        if labels is None:
            self.ui.allow(mask=False, stack=False, in_mm=False)
        else:
            stack = max(labels.data.shape[:-2], default=1) > 1
            self.ui.allow(mask=True, stack=stack, in_mm=voxel_size(labels) is not None)
        self._follower.follow(labels)
        self._show_map()
