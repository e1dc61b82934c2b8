"""A form made from a dataclass of options: one truth for defaults, ranges, words and values."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

from magicgui.widgets import create_widget
from magicgui.widgets.bases import ValueWidget
from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


class OptionsForm(Generic[Options]):
    """Widgets for the fields of a dataclass, as their annotations say.

    A field is annotated as magicgui wants it: ``Annotated[float, {"label": "&Distance",
    "min": 0.1, "max": 100.0}]``.

    Parameters
    ----------
    options : dataclass instance
        What is shown first.
    """

    def __init__(self, options: Options) -> None:
        self._kind = type(options)
        hints = get_type_hints(self._kind, include_extras=True)
        self._widgets: dict[str, ValueWidget[Any]] = {
            field.name: _widget(field.name, hints[field.name], getattr(options, field.name))
            for field in fields(options)
        }

    @property
    def value(self) -> Options:
        """The options as the user has set them."""
        return self._kind(**{name: widget.value for name, widget in self._widgets.items()})

    def label(self, name: str) -> str:
        """Give what is written beside a field, with a mnemonic."""
        return str(self._widgets[name].label)

    def widget(self, name: str) -> QWidget:
        """Give the Qt widget of a field."""
        return self._widgets[name].native


def _widget(name: str, annotation: Any, value: Any) -> ValueWidget[Any]:
    made = create_widget(name=name, annotation=annotation, value=value)
    if not isinstance(made, ValueWidget):
        raise TypeError(f"the option {name} has no widget: annotate it as magicgui wants it")
    made.native.setAccessibleName(str(made.label).replace("&", ""))
    return made
