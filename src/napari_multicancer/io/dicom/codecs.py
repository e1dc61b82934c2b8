"""Compressions of DICOM that pydicom alone cannot undo, through imagecodecs.

Lossless and 12-bit JPEG, which archives use most, by libjpeg-turbo; JPEG 2000 that
Pillow does not read, and High-Throughput JPEG 2000, by OpenJPEG. (GDCM knows the
same transfer syntaxes, but takes the whole process down on damaged data.)

These are decoding plugins as pydicom asks for them; colors are left as they are stored,
for pydicom to convert by the file's PhotometricInterpretation.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from pydicom.pixels.decoders import (
    HTJ2KDecoder,
    HTJ2KLosslessDecoder,
    HTJ2KLosslessRPCLDecoder,
    JPEG2000Decoder,
    JPEG2000LosslessDecoder,
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
)
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import UID

_LABEL = "napari-multicancer"
_JPEG = (JPEGExtended12BitDecoder, JPEGLosslessDecoder, JPEGLosslessSV1Decoder)
_JPEG_2000 = (
    JPEG2000Decoder,
    JPEG2000LosslessDecoder,
    HTJ2KDecoder,
    HTJ2KLosslessDecoder,
    HTJ2KLosslessRPCLDecoder,
)
_JPEG_2000_UIDS = frozenset(decoder.UID for decoder in _JPEG_2000)
DECODER_DEPENDENCIES = {decoder.UID: ("imagecodecs",) for decoder in (*_JPEG, *_JPEG_2000)}
"""By transfer syntax, as pydicom wants to know it."""


def register() -> None:
    """Make pydicom use this plugin, besides those that it has."""
    for decoder in (*_JPEG, *_JPEG_2000):
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
        A JPEG or JPEG 2000 stream.
    runner : DecodeRunner
        What the file says of its pixels.

    Returns
    -------
    bytes
        Row by row, the samples of a pixel together, in the runner's bits.

    Raises
    ------
    ValueError
        The stream does not hold what the file says.
    """
    import imagecodecs

    is_jpeg_2000 = runner.transfer_syntax in _JPEG_2000_UIDS
    if is_jpeg_2000:
        samples = imagecodecs.jpeg2k_decode(source)
    else:
        as_stored = "RGB" if runner.samples_per_pixel > 1 else None
        samples = imagecodecs.jpeg8_decode(source, colorspace=as_stored, outcolorspace=as_stored)
    shape: tuple[int, ...] = (runner.rows, runner.columns)
    if runner.samples_per_pixel > 1:
        shape += (runner.samples_per_pixel,)
    if samples.shape != shape or samples.itemsize * 8 > runner.bits_allocated:
        raise ValueError(f"a frame of {samples.shape} {samples.dtype} where {shape} was promised")
    runner.set_option("planar_configuration", 0)
    if is_jpeg_2000 and runner.samples_per_pixel > 1:
        runner.set_option("photometric_interpretation", "RGB")  # OpenJPEG has undone YBR_RCT, _ICT
    return _in_bits(samples, runner).tobytes()


def _in_bits(samples: NDArray[Any], runner: DecodeRunner) -> NDArray[Any]:
    """Widen samples to the bits allocated; the sign stands in the highest bit stored."""
    if not runner.pixel_representation:
        return samples.astype(f"<u{runner.bits_allocated // 8}")
    unused = runner.bits_allocated - runner.bits_stored
    wide = samples.astype(f"<i{runner.bits_allocated // 8}")
    return (wide << unused) >> unused
