"""Which reader napari takes for the medical formats, in napari's own settings."""

from __future__ import annotations

from napari.plugins import _npe2
from napari.settings import get_settings

from napari_multicancer.io.formats import formats
from napari_multicancer.widgets.common.settings import PLUGIN

OUR_MASKS = ("*_mask.tif", "*_mask.tiff")
"""Names that our masks have unless the user gives others."""


def is_of_medical_format(path: str | None) -> bool:
    """Whether a file's name is that of a format which our reader takes in napari."""
    rows = [row for row in formats() if row.in_napari]
    return path is not None and any(row.has_suffix(path) for row in rows)


def open_patterns() -> list[str]:
    """List the patterns of names for which napari would ask, each time, by which reader to open.

    Only those for which the user has named no reader, and that other readers take, too.
    """
    chosen = get_settings().plugins.extension2reader
    ours = [f"*{end}" for row in formats() if row.in_napari for end in row.suffixes]
    return [one for one in (*ours, *OUR_MASKS) if one not in chosen and _is_shared(one)]


def _is_shared(pattern: str) -> bool:
    return len(_npe2.get_readers(pattern.replace("*", "a"))) > 1


def become_default() -> list[str]:
    """Let our reader open what `open_patterns` lists, in capital letters too.

    Returns
    -------
    list of str
        The patterns, as napari's preferences show them.
    """
    plugins = get_settings().plugins
    patterns = [name for one in open_patterns() for name in dict.fromkeys((one, one.upper()))]
    new = dict.fromkeys(patterns, PLUGIN)
    plugins.extension2reader = {**new, **plugins.extension2reader}
    return patterns
