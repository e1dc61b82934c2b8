"""A recipe from a TOML file: fields of `TaskConfig` by name, checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.recipe import CHOICES, TaskConfig

IN_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
AT_LEAST_ONE = ("size", "epochs", "repeats", "batch_size")
HALVED = 32
"""The networks halve a picture five times, and join what they double again to what they halved."""


def read_recipe(path: Path, recipe: TaskConfig) -> TaskConfig:
    """Override a recipe by a TOML file whose keys are the names of its fields.

    Parameters
    ----------
    path : Path
    recipe : TaskConfig
        Gives what the file does not.

    Returns
    -------
    TaskConfig

    Raises
    ------
    DataError
        The file is missing, no TOML or for another task, a key is unknown, or a
        value of the wrong type.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path} is no TOML: {error}") from error
    types = get_type_hints(type(recipe))
    names = [field.name for field in fields(recipe)]
    for key, value in content.items():
        if key not in names:
            raise DataError(f"{path}: there is no {key!r}; a recipe has {', '.join(names)}")
        if not _is_of(types[key], value):
            raise DataError(f"{path}: {key} must be {_in_words(types[key])}, not {value!r}")
        if key in AT_LEAST_ONE and value < 1:
            raise DataError(f"{path}: {key} must be at least 1, not {value!r}")
        if key == "size" and value % HALVED:
            raise DataError(f"{path}: size must be a multiple of {HALVED}, not {value!r}")
        if value not in CHOICES.get(key, (value,)):
            words = " or ".join(repr(word) for word in CHOICES[key])
            raise DataError(f"{path}: {key} must be {words}, not {value!r}")
        if key == "share" and not 0 < value <= 1:
            raise DataError(f"{path}: share must be above 0 and at most 1, not {value!r}")
    if content.get("task", recipe.task) != recipe.task:
        raise DataError(f"{path} is a recipe for {content['task']!r}, not for {recipe.task!r}")
    changes: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in content.items()
    }
    return replace(recipe, **changes)


def _is_of(hint: Any, value: object) -> bool:
    """Say whether a value of a TOML file can stand for a field's type."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return any(_is_of(one, value) for one in inner)
    if kind is tuple:
        return isinstance(value, list) and all(_is_of(inner[0], one) for one in value)
    if kind is Mapping:
        return isinstance(value, dict) and all(_is_of(inner[1], one) for one in value.values())
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _in_words(hint: Any) -> str:
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        return " or ".join(_in_words(one) for one in inner if one is not type(None))
    if kind is tuple:
        return f"a list, each entry {_in_words(inner[0])}"
    if kind is Mapping:
        return f"a table, each entry {_in_words(inner[1])}"
    return IN_WORDS.get(hint, str(hint))
