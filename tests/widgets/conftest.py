"""A real viewer with the panel docked, and an ear for what napari tells the user."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from napari._qt.widgets.qt_welcome import QtWelcomeWidget
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.settings._napari_settings import NapariSettings
from napari.utils.notifications import Notification, notification_manager
from napari.viewer import Viewer
from npe2 import PluginManager, PluginManifest
from npe2.manifest.schema import DiscoverResults
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QApplication

from napari_multicancer.io import load_scan
from napari_multicancer.io.snapshots.folder import VARIABLE
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.analyse.panel import MultiCancerPanel
from napari_multicancer.widgets.common.layers import layer_data
from napari_multicancer.widgets.common.thread import threads

ANSWER_MS = 180_000
"""Only what hangs takes longer, on the busiest machine."""


@pytest.fixture(scope="session", autouse=True)
def plugins_are_sought_once() -> Iterator[None]:
    """Let each new viewer find the plugins again without a search through all that is installed."""
    found = cache(lambda paths: list(discover(paths)))
    discover = PluginManifest.discover

    def discovered(paths: Sequence[str | Path] = ()) -> list[DiscoverResults]:
        return found(tuple(paths))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PluginManifest, "discover", discovered)
        yield


@pytest.fixture(scope="session", autouse=True)
def settings_that_are_as_at_first_are_not_reset() -> Iterator[None]:
    """Spare each viewer, before and after it, a new copy of each of napari's settings."""
    reset = NapariSettings.reset
    usual: dict[str, Any] = {}

    def reset_where_changed(settings: NapariSettings) -> None:
        if settings.model_dump() != usual:
            reset(settings)
            usual.update(settings.model_dump())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NapariSettings, "reset", reset_where_changed)
        yield


@pytest.fixture(scope="session", autouse=True)
def a_welcome_that_is_hidden_is_not_written_anew() -> Iterator[None]:
    """Spare each new viewer two hundred writings, as many as shortcuts are bound."""
    write = QtWelcomeWidget.refresh

    def written(welcome: QtWelcomeWidget, event: object = None) -> None:
        if not welcome.isHidden():
            write(welcome, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QtWelcomeWidget, "refresh", written)
        yield


@pytest.fixture(scope="module", autouse=True)
def garbage_is_sought_among_what_is_new() -> None:
    """Spare each viewer's end the search through all that was imported before it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def what_earlier_viewers_left_is_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave set aside what is left of other tests' viewers: a list that closes asks for all of it.

    Parts of it stand for Qt's objects that are long gone, and looking at them ends the process.
    """
    monkeypatch.setattr(gc, "unfreeze", lambda: None)


class PatientBot(QtBot):
    """Waits as long as a busy machine needs."""

    def waitSignal(self, signal: Any, *, timeout: int = ANSWER_MS, **options: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitUntil(self, callback: Any, *, timeout: int = ANSWER_MS) -> None:  # noqa: N802
        super().waitUntil(callback, timeout=timeout)

    def let_threads_end(self) -> None:
        """Wait until no thread works any more, and all that they sent has arrived."""
        threads().wait()
        QApplication.processEvents()


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    return PatientBot(request)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """All that napari tells the user from now on, but for its own news."""
    heard: list[str] = []

    def listen(notification: Notification) -> None:
        if "PyQt5" not in notification.message:
            heard.append(notification.message)

    notification_manager.notification_ready.connect(listen)
    yield heard
    notification_manager.notification_ready.disconnect(listen)


@pytest.fixture(autouse=True)
def own_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what one test paints from being offered to the next one."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "snapshots"))


@pytest.fixture
def viewer(make_napari_viewer: Callable[..., Viewer]) -> Viewer:
    return make_napari_viewer()


@pytest.fixture
def windowless(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> ViewerModel:
    """The current viewer, without a window, where layers and files alone are asked for."""
    PluginManager.instance().discover(include_npe1=True)
    viewer = ViewerModel()
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    return viewer


@pytest.fixture
def panel(viewer: Viewer) -> MultiCancerPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")[1]


@pytest.fixture
def breast(viewer: Viewer) -> Image:
    """A shipped breast ultrasound with a lesion, as the active layer."""
    return add_sample(viewer, "breast_malignant.png")


@pytest.fixture
def analyse(qtbot, panel: MultiCancerPanel) -> Callable[..., Labels | None]:
    """Press the button, wait for the end, and give the active layer if it is a mask."""

    def press(image: Image, organ: str = "breast") -> Labels | None:
        panel.organ.setCurrentIndex(panel.organ.findData(organ))
        with qtbot.waitSignal(panel.finished):
            panel.run(image)
        active = panel._viewer.layers.selection.active
        return active if isinstance(active, Labels) else None

    return press


def add_sample(viewer: Viewer, file: str) -> Image:
    path = next(sample.path for sample in SAMPLES if sample.file == file)
    layer = Image.create(*layer_data(load_scan(path)))
    viewer.add_layer(layer)
    return layer


def speckle(*shape: int, dtype: str = "uint8") -> np.ndarray:
    """Make a noisy picture with a dark spot in the middle."""
    rows, columns = np.indices(shape[:2] if shape[-1] in (3, 4) else shape[-2:])
    spot = np.hypot(rows - rows.mean(), columns - columns.mean()) < rows.shape[0] / 5
    picture = np.random.default_rng(0).gamma(2.0, 40.0, rows.shape).clip(0, 255)
    picture[spot] *= 0.3
    if shape[-1] in (3, 4):
        picture = np.repeat(picture[..., None], shape[-1], axis=-1)
        picture[..., 0] *= 0.9
    if np.dtype(dtype).kind == "f":
        picture /= 255
    elif dtype == "uint16":
        picture *= 200
    return np.broadcast_to(picture, shape).astype(dtype)


def weights_copy(folder: Path) -> Path:
    """Copy the models in use to a folder of their own."""
    from napari_multicancer.core.models.cards import weights_folder

    folder.mkdir()
    for file in weights_folder().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
