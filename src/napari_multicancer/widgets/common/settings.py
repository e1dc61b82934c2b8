"""What the user has set in napari's preferences, under the plugin's name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from napari.settings import get_plugin_settings
from napari.utils.color import ColorValue
from numpy.typing import NDArray

from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.io.snapshots.folder import VARIABLE as AUTOSAVE_VARIABLE
from napari_multicancer.widgets.common.notify import warn

PLUGIN = "napari-multicancer"
USUAL_COLOR = "#ff5c7a"


def default_organ() -> str:
    """Give "automatic", "brain" or "breast": what the panel opens with."""
    return str(get_plugin_settings(PLUGIN).analysis.organ)


def lesion_color() -> NDArray[np.float32]:
    """Give the colour of a new lesion as red, green, blue and alpha, 0..1."""
    named = get_plugin_settings(PLUGIN).masks.color
    try:
        return np.asarray(ColorValue(named), np.float32)
    except (ValueError, KeyError, TypeError, AttributeError):
        warn(f"{named!r} is no colour: choose another one in napari's preferences.")
        return np.asarray(ColorValue(USUAL_COLOR), np.float32)


def lesion_opacity() -> float:
    """Give the opacity of a new lesion, 0..1."""
    return float(get_plugin_settings(PLUGIN).masks.opacity)


def apply_settings() -> None:
    """Let threads and the folder for automatic copies be as set, unless the environment says so."""
    settings = get_plugin_settings(PLUGIN)
    if settings.analysis.threads:
        os.environ.setdefault(THREADS_VARIABLE, str(settings.analysis.threads))
    if settings.masks.autosave_folder:
        folder = Path(settings.masks.autosave_folder).expanduser()
        os.environ.setdefault(AUTOSAVE_VARIABLE, str(folder))
