"""Lossless and 12-bit JPEG in DICOM, which archives use most and pydicom alone cannot undo.

A decoding plugin as pydicom asks for it: libjpeg-turbo through imagecodecs. (GDCM
knows the same transfer syntaxes, but takes the whole process down on damaged data.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.pixels.decoders import (
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
)
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import UID

_LABEL = "napari-multicancer"
_DECODERS = (JPEGExtended12BitDecoder, JPEGLosslessDecoder, JPEGLosslessSV1Decoder)
DECODER_DEPENDENCIES = {decoder.UID: ("imagecodecs",) for decoder in _DECODERS}
"""By transfer syntax, as pydicom wants to know it."""


def register() -> None:
    """Make pydicom use this plugin, besides those that it has."""
    for decoder in _DECODERS:
        if _LABEL not in decoder.available_plugins:
            decoder.add_plugin(_LABEL, (__name__, "decode_frame"))


def is_available(uid: UID) -> bool:
    """Say whether a transfer syntax can be decoded."""
    return uid in DECODER_DEPENDENCIES


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Decode one frame.

    Parameters
    ----------
    source : bytes
        A JPEG stream.
    runner : DecodeRunner
        What the file says of its pixels.

    Returns
    -------
    bytes
        Row by row, the samples of a pixel together, in the runner's bits.

    Raises
    ------
    NotImplementedError
        Its colours are not RGB.
    ValueError
        The stream does not hold what the file says.
    """
    import imagecodecs

    if runner.samples_per_pixel > 1 and runner.photometric_interpretation != "RGB":
        raise NotImplementedError("colours other than RGB")
    samples = imagecodecs.jpeg8_decode(source)
    shape: tuple[int, ...] = (runner.rows, runner.columns)
    if runner.samples_per_pixel > 1:
        shape += (runner.samples_per_pixel,)
    if samples.shape != shape or samples.itemsize * 8 > runner.bits_allocated:
        raise ValueError(f"a frame of {samples.shape} {samples.dtype} where {shape} was promised")
    runner.set_option("planar_configuration", 0)
    return _in_bits(samples, runner).tobytes()


def _in_bits(samples: np.ndarray[Any, Any], runner: DecodeRunner) -> np.ndarray[Any, Any]:
    """Widen samples to the bits allocated; the sign stands in the highest bit stored."""
    if not runner.pixel_representation:
        return samples.astype(f"<u{runner.bits_allocated // 8}")
    unused = runner.bits_allocated - runner.bits_stored
    wide = samples.astype(f"<i{runner.bits_allocated // 8}")
    return (wide << unused) >> unused
