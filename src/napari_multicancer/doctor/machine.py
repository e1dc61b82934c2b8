"""The computer: its system, cores and memory."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points, version

import psutil

from napari_multicancer.core.models.runtime import THREADS_VARIABLE, n_threads
from napari_multicancer.doctor.finding import Finding
from napari_multicancer.logs import NAME, log_file

_GIB = 2**30


def look_at_machine() -> Iterator[Finding]:
    """Say what runs the program, and on what."""
    yield Finding(NAME, version(NAME))
    yield Finding("Python", f"{platform.python_version()} ({platform.python_implementation()})")
    yield Finding("Operating system", _system())
    yield Finding("Cores", f"{os.cpu_count()}; a model uses {_threads()}")
    yield Finding("Memory", f"{psutil.virtual_memory().total / _GIB:.1f} GiB")
    yield Finding("Log", str(log_file()) if log_file().exists() else "nothing was logged yet")
    yield _known_to_napari()


def _system() -> str:
    return f"{_release()}, {platform.machine()}"


def _release() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    named = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {named}"
    except (OSError, KeyError):  # no Linux, or one that does not say
        return named


def _threads() -> str:
    chosen = os.environ.get(THREADS_VARIABLE)
    count = n_threads()
    threads = "1 thread" if count == 1 else f"{count} threads"
    return f"{threads} ({THREADS_VARIABLE} is {chosen!r})" if chosen else threads


def _known_to_napari() -> Finding:
    if entry_points(group="napari.manifest", name=NAME):
        return Finding("Plugin", "is announced to napari")
    return Finding("Plugin", "napari does not see it", "fault", "reinstall the package")
