"""Opens scans by our own readers: from dialogs, from the menu and from what is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from napari.components import ViewerModel
from napari.layers import Image, Layer
from napari.layers._source import layer_source
from napari.utils.history import get_open_history, update_open_history
from napari.viewer import Viewer
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_multicancer.io.formats import formats
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.layers import METADATA_KEY, bare
from napari_multicancer.widgets.common.notify import say, tell
from napari_multicancer.widgets.common.settings import PLUGIN
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.files.readers import LayerData, read_layers

TITLE = tr("Open scans")


@dataclass(eq=False)
class _Read:
    """What was read, and why something was not."""

    layers: list[LayerData] = field(default_factory=list)
    errors: list[tuple[BaseException, str]] = field(default_factory=list)

    @classmethod
    def of(cls, paths: Sequence[Path]) -> _Read:
        """Read files and folders."""
        read = cls()
        read.layers = read_layers(paths, lambda *why: read.errors.append(why))
        return read


class ScanOpener(QObject):
    """Reads scans in a thread and adds them to a viewer; `opener_of` gives it.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    opened : Signal(object)
        The image layers that came, once all is read.
    """

    opened = Signal(object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._layers = viewer.layers
        self._waiting: list[Path] = []
        self._job = BackgroundJob(self)
        self._job.returned.connect(self._on_read)
        self._job.failed.connect(partial(tell, doing=tr("opening scans")))

    @property
    def is_opening(self) -> bool:
        """Whether files are being read."""
        return self._job.is_running

    def open(self, paths: Sequence[Path]) -> None:
        """Open files and folders; what is asked for meanwhile comes after them."""
        self._waiting += paths
        if self._waiting and not self._job.is_running:
            paths, self._waiting = self._waiting, []
            self._job.start(partial(_read_all, paths))

    def _on_read(self, read: _Read) -> None:
        try:
            self.opened.emit(_add(self._layers, read))
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, tr("opening scans"))
        self.open([])


def _read_all(paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> _Read:
    """Read in a thread; pandas, too, which napari needs for the first Labels layer."""
    import pandas  # noqa: F401

    return _Read.of(paths)


_openers: WeakKeyDictionary[ViewerModel, ScanOpener] = WeakKeyDictionary()


def opener_of(viewer: ViewerModel) -> ScanOpener:
    """Give the opener of a viewer, the same for the same viewer."""
    viewer = bare(viewer)
    if viewer not in _openers:
        _openers[viewer] = ScanOpener(viewer)
    return _openers[viewer]


def add_scans(viewer: ViewerModel, paths: Sequence[Path]) -> list[Image]:
    """Load scans and masks at once, and give the images; those that fail are told and left out.

    Only the last image is visible, and active.
    """
    return _add(viewer.layers, _Read.of(paths))


def _add(layers: Any, read: _Read) -> list[Image]:
    """Tell what failed, and add the layers, images below masks.

    The last image is added first, as napari fits its view to a viewer's first layer.
    """
    for error, doing in read.errors:
        tell(error, doing)
    made = [made_layer(data) for data in read.layers]
    images = [layer for layer in made if isinstance(layer, Image)]
    masks = [layer for layer in made if not isinstance(layer, Image)]
    if images:
        *others, shown = images
        layers.append(shown)
        for image in others:
            image.visible = False
            layers.insert(len(layers) - 1, image)
    layers.extend(masks)
    if images:
        layers.selection.active = images[-1]
    return images


def made_layer(data: LayerData) -> Layer:
    """Make a layer that says, as napari's own do, which file it came from and by which reader."""
    known = data[1].get("metadata", {}).get(METADATA_KEY, {})
    with layer_source(path=known.get("source"), reader_plugin=PLUGIN):
        return Layer.create(*data)


def choose_files(viewer: Viewer, parent: QWidget | None = None) -> None:
    """Ask which files to open, and open them; the command in napari's File menu."""
    chosen, _ = QFileDialog.getOpenFileNames(
        parent or _window(viewer), TITLE, get_open_history()[0], ";;".join(file_filters())
    )
    _open_chosen(viewer, [Path(one) for one in chosen])


def choose_folder(viewer: Viewer, parent: QWidget | None = None) -> None:
    """Ask which folder to open the scans of, and open them; the command in napari's File menu."""
    chosen = QFileDialog.getExistingDirectory(
        parent or _window(viewer), tr("Open a folder of scans"), get_open_history()[0]
    )
    _open_chosen(viewer, [Path(chosen)] if chosen else [])


def _open_chosen(viewer: Viewer, paths: Sequence[Path]) -> None:
    if not paths:
        return
    update_open_history(str(paths[0]))
    if len(paths) > 1:
        say(tr_n("Opening {n} file", "Opening {n} files", len(paths)))
    opener_of(viewer).open(paths)


def file_filters() -> list[str]:
    """List a dialog's filters: all formats, each of them, and all files.

    Many DICOM files have no suffix, so those of the first filter are not all that open.
    """
    rows = [row for row in formats() if row.read]
    known = dict.fromkeys(end for row in rows for end in (*row.suffixes, *row.partners))
    one_each = [f"{row.title} ({_patterns(row.suffixes)})" for row in rows]
    return [
        tr("Scans and masks ({patterns})", patterns=_patterns(known)),
        *one_each,
        tr("All files (*)"),
    ]


def _patterns(suffixes: Any) -> str:
    return " ".join(f"*{suffix}" for suffix in suffixes)


def _window(viewer: Viewer) -> QWidget | None:
    """Find the window that a dialog belongs to."""
    window = getattr(bare(viewer), "window", None)
    return None if window is None else window._qt_window
