"""Where scans lie that are too many to ship: beside the checkout, or where a variable says."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "NAPARI_MULTICANCER_DATA"
BESIDE = Path(__file__).resolve().parents[2] / "shared/data"


def training_folder() -> Path:
    """Name the training folder, whether there is one or not."""
    return Path(os.environ.get(VARIABLE) or BESIDE)


def real_files_folder() -> Path:
    """Name the folder of real files of many kinds, beside the training folder."""
    return training_folder().with_name("samples")


def cases_folder() -> Path:
    """Name the folder of small files that were once read wrong, beside the training folder."""
    return training_folder().with_name("cases")


FOLDERS = {
    "data_folder": training_folder,
    "real_files": real_files_folder,
    "cases": cases_folder,
}
"""The fixtures that give a folder which not every machine has."""
