from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_multicancer import logs


@pytest.fixture(autouse=True)
def log_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Log into a folder of the test's own, and take the handler off again."""
    path = tmp_path / "deep" / "log.log"
    monkeypatch.setattr(logs, "log_file", lambda: path)
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers = [handler for handler in before if handler.name != logs.NAME]
    yield path
    for handler in root.handlers:
        if handler.name == logs.NAME:
            handler.close()
    root.handlers = before
    logging.captureWarnings(False)


def _handlers() -> list[logging.Handler]:
    return [handler for handler in logging.getLogger().handlers if handler.name == logs.NAME]


def test_tracebacks_and_warnings_go_to_the_file(log_path: Path) -> None:
    logs.set_up_logging()
    logs.set_up_logging()
    assert len(_handlers()) == 1
    try:
        raise ZeroDivisionError("deep inside")
    except ZeroDivisionError:
        logging.getLogger("napari_multicancer.test").exception("it failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.getLogger("py.warnings").warning("a library's doubt")
    text = log_path.read_text("utf-8")
    assert "it failed" in text
    assert "ZeroDivisionError: deep inside" in text
    assert "a library's doubt" in text


def test_a_log_that_cannot_be_written_stops_nothing(log_path: Path) -> None:
    log_path.parent.write_text("a file in the way")
    logs.set_up_logging()
    logging.getLogger("napari_multicancer.test").error("it failed")
    assert isinstance(_handlers()[0], logging.NullHandler)
