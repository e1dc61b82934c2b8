"""The pixels of one DICOM file, in the values that they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import pixel_array
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSTransferSyntaxes,
)

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.dicom import codecs
from napari_multicancer.io.dicom.bits import is_packed, left_shift, padding_of, unpack, with_sign
from napari_multicancer.io.dicom.coded import bits_told, check_frame, was_rgb
from napari_multicancer.io.dicom.described import complete
from napari_multicancer.io.dicom.film import is_film
from napari_multicancer.io.dicom.geometry import frame_items, number
from napari_multicancer.io.dicom.header import is_a_picture_by_its_kind, read_file
from napari_multicancer.io.dicom.meaning import Meaning, Window, frame_scalings, is_colour
from napari_multicancer.io.files import check_decoded_size, check_plane_size

codecs.register()

_PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def open_picture(path: Path) -> Dataset:
    """Read a DICOM file and make sure that there is a picture in it.

    Parameters
    ----------
    path : Path
        With or without preamble and file meta header.

    Raises
    ------
    UnreadableFileError
        It holds no picture, or fewer or more pixels than it promises.
    UnsupportedScanError
        A plane is too large, or the compressed frames together; or frames are tiles of one picture.
    """
    dataset = read_file(path)
    if "Rows" not in dataset and is_a_picture_by_its_kind(dataset):
        raise UnreadableFileError(
            f"{path.name} should hold a picture, and its header cannot be read: export or copy it "
            "again."
        )
    if "Rows" not in dataset or not any(name in dataset for name in _PIXEL_ELEMENTS):
        raise UnreadableFileError(
            f"{path.name} holds no picture: choose a DICOM image, not a report, plan or signal."
        )
    add_transfer_syntax(dataset)
    complete(dataset, path.name)
    _check_tiles(dataset, path.name)
    check_plane_size(path.name, int(dataset.Rows), int(dataset.Columns))
    if not is_film(dataset):  # which is bounded while it is decoded
        check_decoded_size(path, decoded_bytes(dataset))
    return dataset


def meant_values(dataset: Dataset, name: str) -> NDArray[Any]:
    """Decode the pixels and apply modality LUT, rescaling and colour transforms.

    Parameters
    ----------
    dataset : Dataset
        From `open_picture`.
    name : str
        How the file is called in a message.

    Returns
    -------
    ndarray, shape ([frame,] row, column[, 3])
        Of native byte order; as stored where nothing was rescaled, else float32.
        MONOCHROME1 is not inverted yet, see `bright_is_more`. What lies outside of
        the scan (PixelPaddingValue) has the darkest value.

    Raises
    ------
    UnreadableFileError
        Its compression cannot be undone, or its scaling makes no sense.
    """
    stored = _decode(dataset, name)
    padding = None if is_colour(dataset) else padding_of(stored, dataset)
    return Meaning(dataset, name, padding, frame_scalings(dataset, name)).values(stored)


def window(dataset: Dataset) -> Window | None:
    """Find the first window that the file proposes, of many frames the first one's.

    As DICOM PS3.3 C.11.2.1.2 has it, from the lowest to the highest value that
    are not yet black and white.

    Returns
    -------
    (float, float) or None
        In rescaled values; None where there is none, or it makes no sense.
    """
    rule = (frame_items(dataset, "FrameVOILUTSequence") or [dataset])[0]
    try:
        centre, width = (
            float(np.atleast_1d(rule.get(keyword))[0])
            for keyword in ("WindowCenter", "WindowWidth")
        )
    except (TypeError, ValueError, IndexError):
        return None
    if rule.get("VOILUTFunction", "LINEAR") == "LINEAR":
        centre, width = centre - 0.5, width - 1
    low, high = centre - width / 2, centre + width / 2
    return (low, high) if np.isfinite([low, high]).all() and low < high else None


def decoded_bytes(dataset: Dataset) -> int:
    """Say how many bytes the pixels take once they are decoded."""
    samples = int(dataset.get("SamplesPerPixel") or 1) * int(dataset.get("NumberOfFrames") or 1)
    bits = max(8, int(dataset.get("BitsAllocated") or 8))
    return int(dataset.Rows) * int(dataset.Columns) * samples * bits // 8


def add_transfer_syntax(dataset: Dataset) -> None:
    """Say how the pixels are stored in a file without its meta header, as pydicom found it."""
    if "TransferSyntaxUID" in dataset.file_meta:
        return
    is_implicit, is_little_endian = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit


def _count_bits_of(frame: bytes, dataset: Dataset) -> None:
    """Believe a JPEG that its samples have more bits than BitsStored tells: others lose them."""
    bits = bits_told(frame)
    has_more = int(dataset.BitsStored) < bits <= int(dataset.BitsAllocated)
    if has_more and not dataset.PixelRepresentation:
        dataset.BitsStored, dataset.HighBit = bits, bits - 1


def _check_tiles(dataset: Dataset, name: str) -> None:
    """Make sure that frames are no tiles of one larger picture, as those of whole slides are."""
    tile = int(dataset.Rows), int(dataset.Columns)
    whole = tuple(
        int(number(dataset.get(keyword)) or 0)
        for keyword in ("TotalPixelMatrixRows", "TotalPixelMatrixColumns")
    )
    if whole[0] > tile[0] or whole[1] > tile[1]:
        raise UnsupportedScanError(
            f"{name} holds tiles of {tile[0]} x {tile[1]} pixels of a larger picture, as "
            "whole-slide microscopy does, and these are not put together here: export the picture "
            "as a whole, or the part of interest, as TIFF or PNG."
        )


def _decode(dataset: Dataset, name: str) -> NDArray[Any]:
    syntax = dataset.file_meta.TransferSyntaxUID
    shift = left_shift(dataset)
    if shift:
        dataset.BitsStored = dataset.HighBit + 1
    try:
        if syntax.is_compressed:
            n_frames = int(dataset.get("NumberOfFrames") or 1)
            for frame in generate_frames(dataset.PixelData, number_of_frames=n_frames):
                check_frame(frame, (int(dataset.Rows), int(dataset.Columns)), name, syntax)
                if int(dataset.SamplesPerPixel) > 1 and was_rgb(frame):
                    dataset.PhotometricInterpretation = "RGB"
                _count_bits_of(frame, dataset)
        is_plain = not syntax.is_compressed and syntax.is_little_endian
        if is_plain and is_packed(dataset):
            pixels = unpack(dataset)
        else:
            pixels = pixel_array(dataset, decoding_plugin=codecs.chosen_plugin(syntax))
            if syntax in JPEGLSTransferSyntaxes and dataset.PixelRepresentation:
                pixels = with_sign(pixels, int(dataset.BitsStored))
    except StopIteration as error:
        raise UnreadableFileError(
            f"{name} promises {dataset.NumberOfFrames} frames and holds fewer: export or copy it "
            "again."
        ) from error
    except (RuntimeError, NotImplementedError, AttributeError, ValueError) as error:
        if not syntax.is_compressed:
            raise UnreadableFileError(
                f"{name} is cut short or damaged: export or copy it again."
            ) from error
        raise UnreadableFileError(
            f"{name} is damaged, or its compression ({syntax.name}) is not supported: "
            "export it again, uncompressed."
        ) from error
    pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    is_left_aligned = shift and not (pixels & ((1 << shift) - 1)).any()
    return pixels >> shift if is_left_aligned else pixels
