"""Terminal options made from the fields of a dataclass; see `core.options`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from functools import wraps
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from napari_multicancer.core.options import told_options

Command = Callable[..., None]


def with_options(options: type, **read: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Give a command an option for each told field of a dataclass.

    Parameters
    ----------
    options : type
        A dataclass; the command is called with one, as its argument ``options``.
    **read : callable
        By field: what makes its value of the texts that were given, for fields that are
        no plain value. Such an option can be repeated, as one of a set can.
    """
    hints = get_type_hints(options)
    parameters = []
    for field, told in told_options(options):
        flags = [told.name or f"--{field.name.replace('_', '-')}"]
        shown = typer.Option(
            *flags,
            help=told.help,
            metavar=told.metavar,
            min=told.minimum,
            max=told.maximum,
            callback=told.check and _refusing(told.check),
        )
        kind = list[str] | None if field.name in read else hints[field.name]
        default = None if field.default is MISSING else field.default
        if get_origin(kind) is frozenset:
            read.setdefault(field.name, _set_or(default))
            kind, default = list[get_args(kind)[0]] | None, None  # type: ignore[misc]
        parameters.append(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=Annotated[kind, shown],
            )
        )

    def decorate(command: Command) -> Command:
        own = get_type_hints(command, include_extras=True)
        mine = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=own[parameter.name])
            for parameter in inspect.signature(command).parameters.values()
            if parameter.name != "options"
        ]

        @wraps(command)
        def run(**given: Any) -> None:
            values = {parameter.name: given.pop(parameter.name) for parameter in parameters}
            values |= {name: make(values[name] or []) for name, make in read.items()}
            command(**given, options=options(**values))

        run.__signature__ = inspect.Signature([*mine, *parameters])  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in [*mine, *parameters]}
        return run

    return decorate


def _set_or(usual: Any) -> Callable[[Sequence[Any]], Any]:
    """Make what is repeated a set; where nothing was given, the usual one."""
    return lambda given: frozenset(given) or usual


def _refusing(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make what a check raises a wrong command."""

    def callback(value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return callback


def chosen_models(choices: Sequence[str]) -> Mapping[str, str]:
    """Read ``TASK=NAME``, any number of times, as task to model name."""
    chosen = {}
    for choice in choices:
        task, equals, name = choice.partition("=")
        if not (task and equals and name):
            raise typer.BadParameter(f"--model takes TASK=NAME, not {choice!r}")
        chosen[task] = name
    return chosen
