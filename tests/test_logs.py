from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
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


def test_no_name_forges_a_line(log_path: Path) -> None:
    logs.set_up_logging()
    forged = "a\n2026-01-01 00:00:00,000 ERROR 1 root: forged\r\x1b[2J\u2028.png"
    try:
        raise ValueError(forged)
    except ValueError:
        logging.getLogger("napari_multicancer.test").exception("%s failed", forged)
    text = log_path.read_text("utf-8")
    begun = [line for line in text.splitlines() if not line.startswith(" ")]
    assert len(begun) == 1
    assert all(letter.isprintable() for letter in text.replace("\n", ""))


NAME = "DOE^JANE"


def test_no_value_of_a_header_reaches_the_log(log_path: Path) -> None:
    logs.set_up_logging()
    logging.getLogger("pydicom").warning("Invalid value for VR PN: 'DOE^JANE'")
    doubt = "/lib/nibabel/spatialimages.py:12: UserWarning: odd value DOE^JANE\n  warn(x)\n"
    logging.getLogger("py.warnings").warning("%s", doubt)
    try:
        pydicom.valuerep.DSfloat(NAME)
    except ValueError as error:
        logging.getLogger("napari_multicancer.test").warning("%s", error, exc_info=True)
    text = log_path.read_text("utf-8")
    assert NAME not in text
    assert "spatialimages.py:12" in text
    assert "ValueError" in text


def test_a_log_that_cannot_be_written_stops_nothing(log_path: Path) -> None:
    log_path.parent.write_text("a file in the way")
    logs.set_up_logging()
    logging.getLogger("napari_multicancer.test").error("it failed")
    assert isinstance(_handlers()[0], logging.NullHandler)
