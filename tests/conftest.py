"""What all tests share: no trace in the user's own folders, one Qt binding, the training folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import qtpy

from tests.shared_folder import FOLDERS, VARIABLE, real_files_folder, training_folder

# All this must stand before the tests' own imports: napari and pytest-qt look at it only once.
_home = tempfile.TemporaryDirectory(prefix="napari-multicancer-tests-")
for _variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = _home.name
os.environ["NAPARI_CONFIG"] = ""
os.environ["PYTEST_QT_API"] = qtpy.API
os.environ.pop("NAPARI_MULTICANCER_WEIGHTS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs scans that do not ship; without them it is skipped before any fixture."""
    for item in items:
        for fixture in FOLDERS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker("shared")
            if not FOLDERS[fixture]().is_dir():
                reason = f"there is no {FOLDERS[fixture]()}; {VARIABLE} names a training folder"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Give the training folder."""
    return training_folder()


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Give the folder of real files of many kinds."""
    return real_files_folder()
