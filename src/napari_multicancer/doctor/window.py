"""Whether napari's window can open: asked in a process of its own, which Qt may end."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Iterator

from napari_multicancer.doctor.finding import Finding
from napari_multicancer.logs import NAME

PROBE = "napari_multicancer.widgets.common.qt_probe"
BINDINGS = ("PyQt5", "PyQt6", "PySide2", "PySide6")
LONGEST_S = 120
INSTALL = f'pip install "{NAME}[pyqt6]"'
_NO_PLUGIN = "no Qt platform plugin could be initialized"


def look_at_window() -> Iterator[Finding]:
    """Say which Qt binding is there, and whether it opens a window here."""
    installed = list(_installed())
    if not installed:
        yield Finding("Qt", "no binding is installed, so no window opens", "fault", INSTALL)
        return
    yield Finding("Qt bindings", ", ".join(installed))
    try:
        asked = subprocess.run(
            [sys.executable, "-m", PROBE],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        advice = "restart the computer, then run doctor once more"
        yield Finding("Window", f"did not open in {LONGEST_S} s", "fault", advice)
        return
    yield from _told(asked.stdout.splitlines(), asked.stderr)


def _installed() -> Iterator[str]:
    for name in BINDINGS:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue


def _told(lines: list[str], complaint: str) -> Iterator[Finding]:
    """Put into words what the probe printed: a line on loading Qt, then one on opening a window."""
    if not lines:
        yield Finding("Qt", f"cannot be loaded ({_reason(complaint)})", "fault", INSTALL)
        return
    loaded = json.loads(lines[0])
    yield Finding("Qt", f"{loaded['qt']}, through {loaded['binding']}")
    if len(lines) > 1:
        yield Finding("Window", f"opens ({json.loads(lines[1])['platform']})")
    elif _has_no_display():
        advice = "without one, work in a terminal or Python"
        yield Finding("Window", "cannot open here, as there is no display", "note", advice)
    else:
        advice = "install the system's libraries that the guide names under Troubleshooting"
        yield Finding("Window", f"cannot open ({_reason(complaint)})", "fault", advice)


def _reason(complaint: str) -> str:
    """Choose what matters of an error's output: the last line, or Qt's own about its plugins."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    spoken = [line for line in lines if line.startswith("qt.qpa") or _NO_PLUGIN in line]
    return (spoken or lines[-1:] or ["no reason was given"])[0]


def _has_no_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return False
    return not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))
