"""Signals that end a batch as Ctrl-C does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Sent by schedulers and service managers, by a terminal that closes, by Ctrl-Break on Windows."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Make signals that would end the process raise KeyboardInterrupt.

    A signal that is ignored, as by nohup, or handled already stays so.
    """
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []  # only the main thread may set handlers
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
