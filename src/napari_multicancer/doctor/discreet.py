"""Text without what tells whose machine it comes from: folders, names of user and host."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

USER, HOST, PYTHON = "(user)", "(host)", "(python)"

_NOBODY = {"home", "localhost", "root", "user", "users"}
"""Names that identify nobody."""
_USER_VARIABLES = ("LOGNAME", "USER", "USERNAME", "SUDO_USER")
_OUR_VARIABLES = "NAPARI_MULTICANCER_"
_HOME_VARIABLES = ("HOME", "USERPROFILE")
_SEPARATOR = r"[\\/]+"
_HOMES_OF_OTHERS = re.compile(
    rf"(?:{_SEPARATOR}home|{_SEPARATOR}Users|\b[A-Z]:{_SEPARATOR}Users){_SEPARATOR}"
    r"""(?:[^\\/:'"\n]+(?=[\\/])|[^\\/:'"\s]+)""",
    re.IGNORECASE,
)


def discreet(text: str) -> str:
    """Write ``~`` for home folders, and stand-ins for other folders and for user and machine.

    The other folders are those that our variables name, and that of Python.

    Parameters
    ----------
    text : str
        Such as an error's message, with paths anywhere in it.

    Returns
    -------
    str
    """
    for folder, stands_in in (*_folders(), *((home, "~") for home in _homes())):
        parts = _SEPARATOR.join(map(re.escape, re.split(r"[\\/]+", str(folder))))
        text = re.sub(rf"{parts}(?![\w-])", stands_in, text, flags=re.IGNORECASE)
    text = _HOMES_OF_OTHERS.sub("~", text)
    for stands_in, names in ((USER, _users()), (HOST, _hosts())):
        for name in sorted(names, key=len, reverse=True):
            # Also in "anna_models" and "anna-laptop", but not in "annals".
            alone = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
            text = re.sub(alone, stands_in, text, flags=re.IGNORECASE)
    return text


def _folders() -> Iterator[tuple[Path, str]]:
    """Go through folders that may be called after somebody, with what stands in for each."""
    for name, value in os.environ.items():
        if name.startswith(_OUR_VARIABLES) and len((folder := Path(value.strip())).parts) > 1:
            yield folder, f"${name}"
    yield Path(sys.prefix), PYTHON


def _homes() -> list[Path]:
    """List the ways to write the home folder, the longest first; a bare root is none."""
    named = [Path(value) for name in _HOME_VARIABLES if (value := os.environ.get(name))]
    with suppress(RuntimeError):
        named.append(Path.home())
    both = {path for home in named for path in (home, Path(os.path.realpath(home)))}
    return sorted((path for path in both if path.name), key=lambda path: -len(str(path)))


def _users() -> set[str]:
    names = {os.environ.get(name, "") for name in _USER_VARIABLES}
    names |= {home.name for home in _homes()}
    with suppress(OSError, KeyError, ImportError):
        names.add(getpass.getuser())
    return set(_identifying(names))


def _hosts() -> set[str]:
    full = platform.node()
    return set(_identifying({full, full.partition(".")[0]}))


def _identifying(names: set[str]) -> Iterator[str]:
    return (name for name in names if len(name) > 1 and name.lower() not in _NOBODY)
