"""What all tests share: no trace in the user's own folders, one Qt binding, the training folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import qtpy

# pytest-qt would choose a binding of its own, and napari reads its settings, before any fixture.
os.environ["PYTEST_QT_API"] = qtpy.API
os.environ["NAPARI_CONFIG"] = ""

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True, scope="session")
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep settings, caches and logs out of the user's folders, and the user's choices out."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(variable, str(home / variable))
        patch.delenv("NAPARI_MULTICANCER_WEIGHTS", raising=False)
        yield


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Find the training folder: the variable NAPARI_MULTICANCER_DATA, or beside the checkout."""
    folder = Path(os.environ.get("NAPARI_MULTICANCER_DATA") or REPOSITORY.parent / "shared/data")
    if not (folder / "manifest.csv").is_file():
        pytest.skip("there is no training folder; name one with NAPARI_MULTICANCER_DATA")
    return folder
