"""DICOM files of one or many frames, through pydicom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan import Scan
from napari_multicancer.io.checks import check_plane_size
from napari_multicancer.io.dicom_geometry import frame_items, voxel_size
from napari_multicancer.io.load import stem

_PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def read_dicom(path: Path) -> Scan:
    """Read the pixels of one DICOM file, in the values that they stand for.

    Modality LUT or rescale slope and intercept are applied, also where each
    frame has its own; MONOCHROME1 is inverted, so that bright means more;
    YBR and palette colours become RGB. Burnt-in presentation (windows,
    overlays) is left alone.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Axes "yx" or "yxc" for one frame; for several "zyx", or "tyx" where the
        frames follow each other in time (ultrasound, or a FrameTime), with a
        "c" where they are in colour. Integers as stored where nothing was
        rescaled, else float32. Named after the file: the header's names and
        descriptions may hold patient data.

    Raises
    ------
    UnreadableFileError
        It holds no picture, or its compression cannot be undone.
    UnsupportedScanError
        A plane is too large.
    """
    dataset = pydicom.dcmread(path, force=True)
    if "Rows" not in dataset or not any(name in dataset for name in _PIXEL_ELEMENTS):
        raise UnreadableFileError(
            f"{path.name} holds no picture: choose a DICOM image, not a report, plan or signal."
        )
    _add_transfer_syntax(dataset)
    check_plane_size(path.name, int(dataset.Rows), int(dataset.Columns))
    pixels = _meant(_decode(dataset, path.name), dataset)
    axes = "yxc" if int(dataset.get("SamplesPerPixel", 1)) > 1 or _has_palette(dataset) else "yx"
    if pixels.ndim > len(axes):
        axes = ("t" if _is_cine(dataset) else "z") + axes
    size = voxel_size(dataset, axes.replace("c", ""))
    return Scan(pixels, axes, size, name=stem(path), source=str(path))


def _add_transfer_syntax(dataset: Dataset) -> None:
    """Say how the pixels are stored in a file without its meta header, as pydicom found it."""
    if "TransferSyntaxUID" in dataset.file_meta:
        return
    is_implicit, is_little_endian = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit


def _decode(dataset: Dataset, name: str) -> NDArray[Any]:
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        pixels = pixel_array(dataset)
    except (RuntimeError, NotImplementedError, AttributeError) as error:
        if not syntax.is_compressed:
            raise
        raise UnreadableFileError(
            f"{name} is damaged, or its compression ({syntax.name}) is not supported: "
            "export it again, uncompressed."
        ) from error
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _meant(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Turn stored values into what they stand for."""
    if _has_palette(dataset):
        colours = apply_color_lut(stored, dataset)
        return (colours >> 8).astype(np.uint8) if colours.dtype == np.uint16 else colours
    if int(dataset.get("SamplesPerPixel", 1)) > 1:
        return stored
    values = _rescale(stored, dataset)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        values = (values.max() - values) + values.min()
    return values


def _rescale(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    if "ModalityLUTSequence" in dataset:
        return apply_modality_lut(stored, dataset)
    rules = frame_items(dataset, "PixelValueTransformationSequence")
    if not rules:
        return _linear(stored, dataset)
    planes = stored.reshape(len(rules), *stored.shape[-2:])
    values = [_linear(plane, rule) for plane, rule in zip(planes, rules, strict=True)]
    return np.stack(values).reshape(stored.shape)


def _linear(stored: NDArray[Any], rule: Dataset) -> NDArray[Any]:
    slope = float(rule.get("RescaleSlope", 1) or 1)
    intercept = float(rule.get("RescaleIntercept", 0) or 0)
    if (slope, intercept) == (1.0, 0.0):
        return stored
    return (stored * slope + intercept).astype(np.float32)


def _has_palette(dataset: Dataset) -> bool:
    return dataset.get("PhotometricInterpretation") == "PALETTE COLOR"


def _is_cine(dataset: Dataset) -> bool:
    return dataset.get("Modality") == "US" or "FrameTime" in dataset or "FrameTimeVector" in dataset
