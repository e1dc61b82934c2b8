"""A form made from a dataclass of options: one truth for defaults, ranges, words and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from magicgui.widgets import create_widget
from magicgui.widgets.bases import ValueWidget
from qtpy.QtWidgets import QCheckBox, QFormLayout, QLabel, QWidget

from napari_multicancer.core.options import Told, told_options
from napari_multicancer.widgets.common.checks import Checks

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


@dataclass(frozen=True)
class FieldWords:
    """What a form says of a field.

    Attributes
    ----------
    label : str
        What is written beside it, with a mnemonic.
    tip : str
    choices : tuple of (str, str)
        What is offered, and the value that it stands for; anything where there are none.
    """

    label: str
    tip: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class FormField(Protocol):
    """What a form knows of a field."""

    label: str

    @property
    def native(self) -> Any:
        """Its Qt widget."""

    @property
    def value(self) -> Any:
        """What the user has set."""


class OptionsForm(Generic[Options]):
    """Widgets for the fields of a dataclass, with the ranges that are told of them.

    A field is annotated as magicgui wants it: ``Annotated[float, {"label": "&Distance",
    "min": 0.1, "max": 100.0}]``; or there are words for it. One that is a set of an
    enumeration's members has a box to check for each.

    Parameters
    ----------
    options : dataclass instance
        What is shown first.
    words : mapping of str to FieldWords
        By the name of each field that is shown; the others stay as they are. All fields are
        shown, as they are annotated, where there are none.
    """

    def __init__(self, options: Options, words: Mapping[str, FieldWords] | None = None) -> None:
        self._options = options
        kind = type(options)
        hints = get_type_hints(kind, include_extras=True)
        told = {field.name: one for field, one in told_options(kind)}
        self._widgets: dict[str, FormField] = {
            name: _field(
                name,
                hints[name],
                getattr(options, name),
                {} if words is None else _as_magicgui(words[name], told.get(name)),
            )
            for name in (field.name for field in fields(options))
            if words is None or name in words
        }

    @property
    def value(self) -> Options:
        """The options as the user has set them."""
        return replace(
            self._options, **{name: widget.value for name, widget in self._widgets.items()}
        )

    def label(self, name: str) -> str:
        """Give what is written beside a field, with a mnemonic."""
        return str(self._widgets[name].label)

    def widget(self, name: str) -> QWidget:
        """Give the Qt widget of a field."""
        return self._widgets[name].native

    def field(self, name: str) -> FormField:
        """Give a field itself."""
        return self._widgets[name]

    def add_to(self, form: QFormLayout) -> None:
        """Lay the fields out, each below the one before; a box to check says itself what it is."""
        for name in self._widgets:
            widget = self.widget(name)
            if isinstance(widget, QCheckBox):
                form.addRow("", widget)
                continue
            label = QLabel(self.label(name))
            label.setBuddy(widget)
            form.addRow(label, widget)


def _field(name: str, annotation: Any, value: Any, options: dict[str, Any]) -> FormField:
    if get_origin(annotation) is frozenset:
        return Checks(get_args(annotation)[0], options["label"], value)
    label = options.pop("label", None)
    made = create_widget(
        name=name, annotation=annotation, value=value, label=label, options=options
    )
    if not isinstance(made, ValueWidget):
        raise TypeError(f"the option {name} has no widget: annotate it as magicgui wants it")
    made.native.setAccessibleName(str(made.label).replace("&", ""))
    return made


def _as_magicgui(words: FieldWords, told: Told | None) -> dict[str, Any]:
    """Say of a field what magicgui can be told of it."""
    options: dict[str, Any] = {"label": words.label, "tooltip": words.tip}
    if words.choices:
        options["choices"] = list(words.choices)
    for name, limit in (("min", told and told.minimum), ("max", told and told.maximum)):
        if limit is not None:
            options[name] = limit
    return options
