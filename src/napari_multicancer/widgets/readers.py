"""Readers: DICOM and NIfTI as image layers, our own label TIFFs as Labels layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from napari_multicancer.widgets.notify import tell

LayerData = tuple[Any, dict[str, Any], str]
Reader = Callable[[str | Sequence[str]], list[Any]]
NOTHING: list[Any] = [(None,)]
"""What npe2 takes for "read, but there is no layer in it"."""


def get_scan_reader(path: str | Sequence[str]) -> Reader | None:
    """Offer to read DICOM and NIfTI files; decline anything else with None."""
    from napari_multicancer.io.load import DICOM_SUFFIXES, NIFTI_SUFFIXES

    paths = _paths(path)
    if all(one.name.lower().endswith(DICOM_SUFFIXES + NIFTI_SUFFIXES) for one in paths):
        return read_scans
    return None


def read_scans(path: str | Sequence[str]) -> list[Any]:
    """Read scans as image layers, with their voxel size as scale in mm.

    A file that cannot be read gives a notification and no layer.
    """
    layers: list[Any] = [data for one in _paths(path) if (data := read_scan(one)) is not None]
    return layers or NOTHING


def read_scan(path: Path) -> LayerData | None:
    """Read one scan of any known format; None, and a notification, where that fails."""
    from napari_multicancer.io import load_scan
    from napari_multicancer.widgets.layers import layer_data

    try:
        return layer_data(load_scan(path))
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        tell(error, f"opening {path.name}")
        return None


def get_mask_reader(path: str | Sequence[str]) -> Reader | None:
    """Offer to read label TIFFs that carry our provenance; decline all others with None."""
    from napari_multicancer.io.label_tiff import read_label_tiff

    try:
        ours = all(read_label_tiff(one)[3] is not None for one in _paths(path))
    except Exception:  # noqa: BLE001  whatever ails the file, it is not ours
        return None
    return read_masks if ours else None


def read_masks(path: str | Sequence[str]) -> list[Any]:
    """Read label TIFFs as Labels layers that lie where they lay when they were saved."""
    from napari_multicancer.io.label_tiff import read_label_tiff
    from napari_multicancer.widgets.lesions import mask_layer_data

    return [mask_layer_data(one.stem, *read_label_tiff(one)) for one in _paths(path)]


def _paths(path: str | Sequence[str]) -> list[Path]:
    return [Path(path)] if isinstance(path, str) else [Path(one) for one in path]
