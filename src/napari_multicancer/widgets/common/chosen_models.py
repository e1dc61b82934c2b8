"""The models chosen in the window's panel, for what else asks a model."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from napari_multicancer.widgets.common.model_choice import ModelChoice


def chosen_models(widget: QWidget) -> dict[str, str]:
    """Find what is chosen in the panel of a widget's window.

    Parameters
    ----------
    widget : QWidget
        Docked anywhere in the window, or floating over it.

    Returns
    -------
    dict of str to str
        Task to model name, as `analyze` takes it; empty, which means the default
        models, where there is no panel or no choice.
    """
    top = widget
    while (parent := top.parentWidget()) is not None:
        top = parent
    choice = top.findChild(ModelChoice)
    return {} if choice is None else choice.chosen
