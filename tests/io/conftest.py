"""Real files of many kinds, where the machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Find the folder of real files beside the training folder."""
    data = Path(os.environ.get("NAPARI_MULTICANCER_DATA") or REPOSITORY.parent / "shared/data")
    folder = data.parent / "samples"
    if not folder.is_dir():
        pytest.skip("there is no folder of real files beside the training folder")
    return folder
