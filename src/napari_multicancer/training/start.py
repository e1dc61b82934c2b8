"""What a training can start from: the weights of a shipped network, as training knows them.

A LiteRT file has lost what training needs (batch normalizations are folded into kernels), so
the weights lie beside it in half precision, ``NAME_start.npz``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import DataError
from napari_multicancer.core.models.cards import weights_folder
from napari_multicancer.io.files import replacing

ENDING = "_start.npz"


def write_start(weights: Sequence[NDArray[Any]], path: Path) -> None:
    """Write weights in half precision.

    Parameters
    ----------
    weights : sequence of ndarray
        As `keras.Model.get_weights` gives them.
    path : Path
    """
    arrays = {f"w{index:04}": np.asarray(w, np.float16) for index, w in enumerate(weights)}
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_start(path: Path) -> list[NDArray[np.float32]]:
    """Read what `write_start` has written.

    Raises
    ------
    DataError
        It is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [arrays[name].astype(np.float32) for name in sorted(arrays.files)]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} holds no weights to start from: copy it again.") from error


def find_start(name: str) -> Path:
    """Find what is to be started from: a checkpoint by its path, a shipped model by its name.

    Raises
    ------
    DataError
        There is neither. The message lists the shipped models that can be started from.
    """
    if (path := Path(name)).is_file():
        return path
    shipped = weights_folder() / f"{name}{ENDING}"
    if shipped.is_file():
        return shipped
    known = sorted(file.name.removesuffix(ENDING) for file in weights_folder().glob(f"*{ENDING}"))
    choice = f"; shipped models to start from: {', '.join(known)}" if known else ""
    raise DataError(f"There is no checkpoint {name}: check its name{choice}.")
