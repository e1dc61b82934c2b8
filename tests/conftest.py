"""What all tests share: no trace in the user's own folders, one Qt binding, the training folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import qtpy

REPOSITORY = Path(__file__).resolve().parents[1]

# All this must stand before the tests' own imports: napari and pytest-qt look at it only once.
_home = tempfile.TemporaryDirectory(prefix="napari-multicancer-tests-")
for _variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = _home.name
os.environ["NAPARI_CONFIG"] = ""
os.environ["PYTEST_QT_API"] = qtpy.API
os.environ.pop("NAPARI_MULTICANCER_WEIGHTS", None)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Find the training folder: the variable NAPARI_MULTICANCER_DATA, or beside the checkout."""
    folder = Path(os.environ.get("NAPARI_MULTICANCER_DATA") or REPOSITORY.parent / "shared/data")
    if not (folder / "manifest.csv").is_file():
        pytest.skip("there is no training folder; name one with NAPARI_MULTICANCER_DATA")
    return folder
