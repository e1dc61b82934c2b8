"""Asking a shipped network under another card than its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from napari_multicancer.core.models.cards import (
    WEIGHTS_VARIABLE,
    find_model,
    forget_models,
    weights_folder,
)
from napari_multicancer.core.models.record import ModelCard
from napari_multicancer.training.export.cards import write_card


@contextmanager
def other_card(task: str, **fields: Any) -> Iterator[ModelCard]:
    """Give the card of a task's default model with some fields changed, as long as it lasts."""
    with tempfile.TemporaryDirectory() as folder:
        for file in weights_folder().iterdir():
            shutil.copy(file, folder)
        path = Path(folder) / f"{find_model(task).name}.toml"
        write_card(tomllib.loads(path.read_text("utf-8")) | fields, path)
        before = os.environ.get(WEIGHTS_VARIABLE)
        os.environ[WEIGHTS_VARIABLE] = folder
        forget_models()
        try:
            yield find_model(task)
        finally:
            os.environ.pop(WEIGHTS_VARIABLE)
            if before is not None:
                os.environ[WEIGHTS_VARIABLE] = before
            forget_models()
