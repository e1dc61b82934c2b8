"""Planes and masks written as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WHITE = 255


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a grey picture, or one in color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(picture)).save(path)


def write_mask_picture(path: Path, labels: NDArray[Any]) -> None:
    """Write a mask as a picture: white on what is outlined."""
    write_picture(path, np.where(labels != 0, WHITE, 0).astype(np.uint8))
