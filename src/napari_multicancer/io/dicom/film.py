"""MPEG within DICOM: one stream for all frames, as cines of ultrasound and endoscopy are kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments, parse_basic_offsets
from pydicom.uid import EnhancedUSVolumeStorage

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.geometry import lie_apart, number
from napari_multicancer.io.dicom.header import read_file
from napari_multicancer.io.streams.decode import (
    EncodedFilm,
    Film,
    decode_film,
    missing_pictures,
)
from napari_multicancer.io.streams.sniff import HEAD, stream_of

_FILMS = frozenset(f"1.2.840.10008.1.2.4.{syntax}" for syntax in range(100, 109))
"""Transfer syntaxes of MPEG-2, MPEG-4 (H.264) and HEVC (H.265)."""
_FRAGMENTABLE = ".1"
"""Ends the UID of each where the stream may be cut into fragments."""
_IN_TIME = (
    *("FrameTime", "FrameTimeVector", "FrameIncrementPointer"),
    *("CineRate", "RecommendedDisplayFrameRate", "ActualFrameDuration"),
)
"""Elements of which one tells that the frames of an ultrasound file follow each other in time."""
_RATES = ("CineRate", "RecommendedDisplayFrameRate")


def is_film(dataset: Dataset) -> bool:
    """Say whether the pixels of a DICOM file are a film."""
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
    return syntax in _FILMS or syntax.removesuffix(_FRAGMENTABLE) in _FILMS


def is_cine(dataset: Dataset) -> bool:
    """Say whether the frames of a DICOM file follow each other in time."""
    if dataset.get("SOPClassUID") == EnhancedUSVolumeStorage:
        return False
    if is_film(dataset):
        return True
    if dataset.get("Modality") == "US":
        return not lie_apart(dataset) or any(keyword in dataset for keyword in _IN_TIME)
    return "FrameTime" in dataset or "FrameTimeVector" in dataset


def read_film(dataset: Dataset, path: Path) -> tuple[Film, tuple[str, ...]]:
    """Decode the film of a DICOM file.

    Parameters
    ----------
    dataset : Dataset
        From `pixels.open_picture`.
    path : Path
        Of the file, in which pictures of a long film are looked up again.

    Returns
    -------
    film : Film
    notes : tuple of str
        That pictures are missing, or are read in fewer bits.

    Raises
    ------
    UnreadableFileError
        It is damaged, its pictures are not as large as the header says, or PyAV is not installed.
    UnsupportedScanError
        Its pictures are too large or too many.
    """
    container = stream_of(_stream(dataset).read(HEAD))
    film = decode_film(EncodedFilm(path.name, partial(_stream_in, path), container))
    promised, found = (int(dataset.Rows), int(dataset.Columns)), film.pictures.shape[1:3]
    if promised != found:
        raise UnreadableFileError(
            f"The header of {path.name} promises pictures of {promised[0]} x {promised[1]} pixels, "
            f"and its film has {found[0]} x {found[1]}: export it again."
        )
    n_frames = int(dataset.get("NumberOfFrames") or film.promised)
    return film, (*film.notes, *missing_pictures(len(film.pictures), n_frames))


@disable_value_validation()  # its warnings quote what stands in the header
def _stream_in(path: Path) -> BytesIO:
    """Read the film of a file."""
    return _stream(read_file(path))


def _stream(dataset: Dataset) -> BytesIO:
    """Join the fragments of a film."""
    stored = BytesIO(dataset.PixelData)
    parse_basic_offsets(stored)
    return BytesIO(b"".join(generate_fragments(stored)))


def seconds_a_frame(dataset: Dataset) -> float | None:
    """Find the time from frame to frame of a cine; None where the header does not say."""
    vector = dataset.get("FrameTimeVector") or ()
    listed = vector if isinstance(vector, Sequence) and not isinstance(vector, str) else ()
    steps = [step for step in map(number, listed) if step and step > 0]  # the first one is 0
    said = number(dataset.get("FrameTime")) or (float(np.median(steps)) if steps else 0.0)
    if said > 0:
        return said / 1000
    rates = (number(dataset.get(keyword)) for keyword in _RATES)
    return next((1 / rate for rate in rates if rate and rate > 0), None)
