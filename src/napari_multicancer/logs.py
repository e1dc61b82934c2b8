"""Where the details go that users should not have to read: one log file of limited size."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

from napari_multicancer.log_format import DiscreetFormatter

NAME = "napari-multicancer"
LARGEST_FILE = 2**20
"""Bytes after which the log is turned over; one older file is kept."""


def log_file() -> Path:
    """Where the log lies on this machine."""
    return user_log_path(NAME, appauthor=False) / f"{NAME}.log"


def set_up_logging() -> None:
    """Send warnings and tracebacks of this process to the log file; calling again changes nothing.

    Where the log cannot be written, they are dropped: no analysis fails for its log.
    """
    root = logging.getLogger()
    if any(getattr(handler, "name", None) == NAME for handler in root.handlers):
        return
    handler: logging.Handler
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            log_file(), maxBytes=LARGEST_FILE, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.name = NAME
    handler.setLevel(logging.WARNING)
    handler.setFormatter(DiscreetFormatter())
    root.addHandler(handler)
    logging.captureWarnings(True)
