"""What the user has set in napari's preferences, under the plugin's name; heeded at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from napari.settings import get_plugin_settings
from napari.utils.color import ColorValue
from numpy.typing import NDArray

from napari_multicancer.core.models.runtime import prefer_threads
from napari_multicancer.io.snapshots.folder import VARIABLE as AUTOSAVE_VARIABLE
from napari_multicancer.io.snapshots.folder import autosave_folder
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import warn

PLUGIN = "napari-multicancer"


@dataclass(frozen=True)
class Preferences:
    """All that can be set; the manifest says the same to napari, which makes the form.

    Parameters
    ----------
    organ : str
        What the panel is set to.
    models : str
        Those that are asked first, such as "brain=brain_deeplab"; empty for the best ones.
    threads : int
        How many a model may use; 0 lets the program decide.
    hints_seen : str
        The names of the hints that the user has put away, with commas between them.
    color : str
        Of a new lesion.
    opacity : float
        Of a new lesion, 0..1.
    autosave_folder : str
        Where automatic copies are kept; empty for the program's own folder.
    offer_reader : bool
        Whether it may be asked which reader shall open the medical formats.
    name : str
        Under which states, masks and reviews are noted in a list of scans; empty for that of the
        computer's user.
    last_list : str
        Folder of the list of scans that was open last.
    narrow_window : {"folded", "open"}
        How the panel is shown in a narrow window.
    """

    organ: str = "automatic"
    models: str = ""
    threads: int = 0
    hints_seen: str = ""
    color: str = "#ff5c7a"
    opacity: float = 0.5
    autosave_folder: str = ""
    offer_reader: bool = True
    name: str = ""
    last_list: str = ""
    narrow_window: str = "folded"


def preferences() -> Preferences:
    """Read what is set now; the defaults where napari does not know the plugin."""
    try:
        settings = get_plugin_settings(PLUGIN)
    except KeyError:
        return Preferences()
    sections = (settings.analysis, settings.masks, settings.files, settings.scans, settings.window)
    known = {name: value for one in sections for name, value in one.model_dump().items()}
    return Preferences(**{field.name: known[field.name] for field in fields(Preferences)})


def default_organ() -> str:
    """Give "automatic" or an organ: what the panel opens with."""
    return preferences().organ


def default_models() -> dict[str, str]:
    """Give which models are asked first, task to model name; empty for the best ones."""
    return models_in(preferences().models)


def models_in(words: str) -> dict[str, str]:
    """Read pairs of task and model; what is no pair is passed over.

    Examples
    --------
    >>> models_in(" brain=brain_deeplab, nonsense,=, breast = breast_sk_unet")
    {'brain': 'brain_deeplab', 'breast': 'breast_sk_unet'}
    """
    pairs = (tuple(part.strip() for part in pair.split("=")) for pair in words.split(","))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and all(pair)}


def keep_default_models(models: Mapping[str, str]) -> None:
    """Keep which models are asked first from now on, in all windows; none for the best ones."""
    words = ", ".join(f"{task}={name}" for task, name in models.items())
    get_plugin_settings(PLUGIN).analysis.models = words


def hints_seen() -> set[str]:
    """Give the names of the hints that the user has put away."""
    return {name.strip() for name in preferences().hints_seen.split(",")} - {""}


def keep_hint_seen(name: str) -> None:
    """Keep that the user does not want to see a hint again."""
    names = sorted({*hints_seen(), name})
    get_plugin_settings(PLUGIN).analysis.hints_seen = ", ".join(names)


def when_set(name: str, heard: Callable[[], None]) -> None:
    """Call a method, whose object may end, each time that one of the preferences is set.

    Parameters
    ----------
    name : str
        A field of `Preferences`, on the page "Analysis".
    heard : bound method without arguments
    """
    try:
        settings = get_plugin_settings(PLUGIN)
    except KeyError:
        return
    getattr(settings.analysis.events, name).connect(heard)


def lesion_color() -> NDArray[np.float32]:
    """Give the color of a new lesion as red, green, blue and alpha, 0..1."""
    named = preferences().color
    try:
        return np.asarray(ColorValue(named), np.float32)
    except (ValueError, KeyError, TypeError, AttributeError):
        warn(tr("{named!r} is no colour: choose another one in napari's preferences.", named=named))
        return np.asarray(ColorValue(Preferences.color), np.float32)


def lesion_opacity() -> float:
    """Give the opacity of a new lesion, 0..1."""
    return preferences().opacity


def copies_folder() -> Path:
    """Find the folder of automatic copies: as the environment says, else as is set."""
    chosen = preferences().autosave_folder
    if chosen and AUTOSAVE_VARIABLE not in os.environ:
        return Path(chosen).expanduser()
    return autosave_folder()


def offer_no_reader_again() -> None:
    """Keep that the user does not want to be asked which reader shall open the medical formats."""
    get_plugin_settings(PLUGIN).files.offer_reader = False


def own_name() -> str:
    """Give the name under which work on a list of scans is noted; empty where none is set."""
    return preferences().name.strip()


def keep_own_name(name: str) -> None:
    """Keep the name under which work on a list of scans is noted from now on."""
    get_plugin_settings(PLUGIN).scans.name = name.strip()


def last_list() -> Path | None:
    """Give the folder of the list of scans that was open last; None where none was."""
    folder = preferences().last_list
    return Path(folder) if folder else None


def keep_last_list(folder: Path) -> None:
    """Keep which list of scans was open last."""
    if str(folder) != preferences().last_list:
        with suppress(KeyError):  # napari does not know the plugin
            get_plugin_settings(PLUGIN).scans.last_list = str(folder)


def keep_narrow_window(shown: str) -> None:
    """Keep how the panel is shown in narrow windows from now on: "folded" or "open"."""
    if shown != preferences().narrow_window:
        get_plugin_settings(PLUGIN).window.narrow_window = shown


def heed_threads() -> None:
    """Let each model that is asked from now on use as many threads as are set then."""
    prefer_threads(lambda: preferences().threads)
