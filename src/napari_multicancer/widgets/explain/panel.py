"""See why: maps of what spoke for the answer and of where the outline is unsure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari.layers import Image
from napari.viewer import Viewer
from qtpy.QtCore import QEvent, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.words import class_name
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.choices import ImageChoice
from napari_multicancer.widgets.common.layers import bare, finest_level, scan_from_layer
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.parts import slim_progress_bar
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.explain.layers import KINDS, MapKind, add_map
from napari_multicancer.widgets.explain.legend import Legend

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.explanation import Explanation
    from napari_multicancer.core.scan.scan import Scan

HINT = tr("Press a button to see its map over the scan, again to take it away.")
WORKING = tr("Looking again at every plane:")


@dataclass(frozen=True)
class _Question:
    """What the maps of an image depend on, besides its pixels."""

    organ: str
    models: tuple[tuple[str, str], ...]


@dataclass(eq=False)
class _Request:
    """The image that is being explained, as it was at the start, and the maps to show then."""

    image: Image
    pixels: Any
    question: _Question
    kinds: list[MapKind] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Explained:
    """The maps of an image, and what they were made of."""

    pixels: Any
    question: _Question
    explanation: Explanation

    def fits(self, image: Image, question: _Question) -> bool:
        return self.pixels is finest_level(image) and self.question == question


class MapButton(QPushButton):
    """Asks for its map, or for it to go.

    Attributes
    ----------
    wanted : Signal(object, bool)
        The `MapKind`, and whether it is to be shown.
    """

    wanted = Signal(object, bool)

    def __init__(self, kind: MapKind, parent: QWidget | None = None) -> None:
        super().__init__(kind.title, parent)
        self._kind = kind
        self.setCheckable(True)
        self.setToolTip(kind.tip)
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self, checked: bool) -> None:
        self.wanted.emit(self._kind, checked)


class ExplainPanel(QWidget):
    """Shows and hides maps over the chosen image layer, each by a button of its own.

    The maps of an image are made when the first of them is asked for, in a
    thread, and kept until its pixels change.

    Parameters
    ----------
    napari_viewer : Viewer
    organ : callable, optional
        From an image to its organ or "automatic", which it is unless given.
    """

    def __init__(
        self,
        napari_viewer: Viewer,
        parent: QWidget | None = None,
        *,
        organ: Callable[[Image], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = bare(napari_viewer)
        self._organ = organ or _automatic
        self._known: WeakKeyDictionary[Image, _Explained] = WeakKeyDictionary()
        self._layers: WeakKeyDictionary[Image, dict[MapKind, Image]] = WeakKeyDictionary()
        self._request: _Request | None = None
        self._job = BackgroundJob(self)
        self.layer = ImageChoice(self._viewer)
        self.buttons = {kind: MapButton(kind) for kind in KINDS}
        self.legends = {kind: Legend(kind) for kind in KINDS}
        self.progress = slim_progress_bar(tr("Planes looked at"))
        self.stop = QPushButton(tr("&Cancel"))
        self.text = QLabel(HINT)
        self._arrange()
        self._connect()
        self._show_state()

    def cancel(self) -> None:
        """Stop looking; maps that are shown stay."""
        self._stop()
        self._show_state()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    def _arrange(self) -> None:
        self.text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.layer)
        for kind in KINDS:
            column.addWidget(self.buttons[kind])
            column.addWidget(self.legends[kind])
        working = QHBoxLayout()
        working.addWidget(self.progress, 1)
        working.addWidget(self.stop)
        column.addLayout(working)
        column.addWidget(self.text)
        column.addStretch(1)

    def _connect(self) -> None:
        for button in self.buttons.values():
            button.wanted.connect(self._on_wanted)
        self.stop.clicked.connect(self.cancel)
        self.layer.layer_changed.connect(self._show_state)
        self._job.progressed.connect(self._show_progress)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)
        self._viewer.layers.events.removed.connect(self._on_removed)

    def _on_wanted(self, kind: MapKind, checked: bool) -> None:
        image = self.layer.layer
        if image is None:
            self._show_state()
        elif checked:
            self._show(image, kind)
        else:
            self._hide(image, kind)

    def _show(self, image: Image, kind: MapKind) -> None:
        question, known = self._question(image), self._known.get(image)
        if known is not None and known.fits(image, question):
            self._lay_over(image, kind, known.explanation)
            return
        request = self._request
        if request is None or request.image is not image or request.question != question:
            self._start(image, question)
        if self._request is not None:
            self._request.kinds.append(kind)
        self._show_state()

    def _question(self, image: Image) -> _Question:
        return _Question(self._organ(image), tuple(sorted(chosen_models(self).items())))

    def _start(self, image: Image, question: _Question) -> None:
        self._stop()
        try:
            scan = scan_from_layer(image)
            scan.check()
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, f"reading {image.name}")
            return
        self._request = _Request(image, finest_level(image), question)
        self._job.start(partial(_explain, scan, question.organ, dict(question.models)))

    def _stop(self) -> None:
        self._job.cancel()
        self._request = None

    def _hide(self, image: Image, kind: MapKind) -> None:
        request = self._request
        if request is not None and request.image is image and kind in request.kinds:
            request.kinds.remove(kind)
            if not request.kinds:
                self._stop()
        self._take_away(image, kind)
        self._show_state()

    def _on_returned(self, explanation: Explanation) -> None:
        request, self._request = self._request, None
        if request is not None and request.image in self._viewer.layers:
            self._known[request.image] = _Explained(request.pixels, request.question, explanation)
            for kind in {*request.kinds, *self._layers.get(request.image, {})}:
                self._lay_over(request.image, kind, explanation)
        self._show_state()

    def _on_failed(self, error: Exception) -> None:
        name = tr("the scan") if self._request is None else self._request.image.name
        self._request = None
        self._show_state()
        tell(error, tr("explaining {name}", name=name))

    def _take_away(self, image: Image, kind: MapKind) -> None:
        layer = self._layers.get(image, {}).pop(kind, None)
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def _lay_over(self, image: Image, kind: MapKind, explanation: Explanation) -> None:
        self._take_away(image, kind)
        self._layers.setdefault(image, {})[kind] = add_map(self._viewer, image, explanation, kind)
        self._show_state()

    def _on_removed(self, event: Any) -> None:
        for shown in self._layers.values():
            for kind in [kind for kind, layer in shown.items() if layer is event.value]:
                del shown[kind]
        if self._request is not None and event.value is self._request.image:
            self._stop()
        self._show_state()

    def _show_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.text.setText(
            tr("{working} {done} of {total}", working=WORKING, done=done, total=total)
        )

    def _show_state(self, image: object = None) -> None:
        """Let the buttons, the bar and the text say what is so for the chosen image."""
        chosen = self.layer.layer
        request = self._request
        awaited = request.kinds if request is not None and request.image is chosen else []
        shown = self._layers.get(chosen, {}) if chosen is not None else {}
        for kind, button in self.buttons.items():
            button.setEnabled(chosen is not None)
            button.setChecked(kind in shown or kind in awaited)
            self.legends[kind].setVisible(kind in shown)
        if not awaited:
            self.progress.setRange(0, 0)
        self.progress.setVisible(bool(awaited))
        self.stop.setVisible(bool(awaited))
        self.text.setText(WORKING if awaited else self._told(chosen))

    def _told(self, chosen: Image | None) -> str:
        known = self._known.get(chosen) if chosen is not None else None
        if known is None:
            return HINT
        label = class_name(known.explanation.label)
        return tr('{hint} The first one explains the answer "{label}".', hint=HINT, label=label)


def _automatic(image: Image) -> str:
    from napari_multicancer.core.analysis.analyze import AUTOMATIC

    return AUTOMATIC


def _explain(
    scan: Scan,
    organ: str,
    models: Mapping[str, str],
    progress: Progress,
    cancelled: Cancelled,
) -> Explanation:
    """Recognise and diagnose a scan, then map what spoke for the answer."""
    from napari_multicancer.core.analysis.analyze import CLASSIFY, analyze
    from napari_multicancer.core.analysis.explanation import explain

    analysis = analyze(scan, organ=organ, steps=(CLASSIFY,), models=models, cancelled=cancelled)
    if analysis.diagnosis is None:
        raise UnsupportedScanError(
            tr("{name} has no answer to explain. {note}", name=scan.name, note=analysis.note)
        )
    return explain(
        scan,
        analysis.organ.label,
        analysis.diagnosis.label,
        models=models,
        progress=progress,
        cancelled=cancelled,
    )
