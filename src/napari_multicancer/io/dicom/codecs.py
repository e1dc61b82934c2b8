"""Compressions of DICOM that pydicom alone cannot undo, or undoes where data are missing.

Lossless and 12-bit JPEG, which archives use most, by libjpeg-turbo; JPEG 2000 that
Pillow does not read, and High-Throughput JPEG 2000, by OpenJPEG, both through imagecodecs. (GDCM
knows the same transfer syntaxes, but takes the whole process down on damaged data.) JPEG of 8 bits
by Pillow, as pydicom does it.

These are decoding plugins as pydicom asks for them; colors are left as they are stored,
for pydicom to convert by the file's PhotometricInterpretation.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from numpy.typing import NDArray
from pydicom.pixels.decoders import (
    HTJ2KDecoder,
    HTJ2KLosslessDecoder,
    HTJ2KLosslessRPCLDecoder,
    JPEG2000Decoder,
    JPEG2000LosslessDecoder,
    JPEGBaseline8BitDecoder,
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
)
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit

_LABEL = "napari-multicancer"
_JPEG = (
    JPEGBaseline8BitDecoder,
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
)
_JPEG_2000 = (
    JPEG2000Decoder,
    JPEG2000LosslessDecoder,
    HTJ2KDecoder,
    HTJ2KLosslessDecoder,
    HTJ2KLosslessRPCLDecoder,
)
_JPEG_UIDS = frozenset(decoder.UID for decoder in _JPEG)
_JPEG_2000_UIDS = frozenset(decoder.UID for decoder in _JPEG_2000)
DECODER_DEPENDENCIES = {decoder.UID: ("imagecodecs",) for decoder in (*_JPEG, *_JPEG_2000)}
"""By transfer syntax, as pydicom wants to know it."""


def register() -> None:
    """Make pydicom use this plugin, besides those that it has."""
    for decoder in (*_JPEG, *_JPEG_2000):
        if _LABEL not in decoder.available_plugins:
            decoder.add_plugin(_LABEL, (__name__, "decode_frame"))


def chosen_plugin(uid: UID) -> str:
    """Name the plugin by which pydicom is to decode; of JPEG, those that it has fill up data."""
    return _LABEL if uid in _JPEG_UIDS else ""


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
    if _is_for_pillow(runner):
        return _by_pillow(source, runner)
    is_jpeg_2000 = runner.transfer_syntax in _JPEG_2000_UIDS
    samples = _jpeg_2000(source) if is_jpeg_2000 else _jpeg(source, runner)
    shape: tuple[int, ...] = (runner.rows, runner.columns)
    if runner.samples_per_pixel > 1:
        shape += (runner.samples_per_pixel,)
    if samples.shape != shape or samples.itemsize * 8 > runner.bits_allocated:
        raise ValueError(f"a frame of {samples.shape} {samples.dtype} where {shape} was promised")
    runner.set_option("planar_configuration", 0)
    if is_jpeg_2000 and runner.samples_per_pixel > 1:
        runner.set_option("photometric_interpretation", "RGB")  # OpenJPEG has undone YBR_RCT, _ICT
    return _in_bits(samples, runner).tobytes()


def _is_for_pillow(runner: DecodeRunner) -> bool:
    """Say whether it is a JPEG of 8 bits, whose lossy colors all programs round as Pillow does."""
    syntax = runner.transfer_syntax
    is_extended = syntax == JPEGExtended12Bit and runner.bits_stored == 8
    return syntax == JPEGBaseline8Bit or is_extended


def _by_pillow(source: bytes, runner: DecodeRunner) -> bytes:
    """Decode a JPEG of 8 bits; colors are left as they are stored."""
    from PIL import Image

    with Image.open(BytesIO(source), formats=("JPEG",)) as image:
        if runner.samples_per_pixel != 1 and "adobe_transform" not in image.info:
            image.draft("YCbCr", image.size)
        return image.tobytes()


def _jpeg(source: bytes, runner: DecodeRunner) -> NDArray[Any]:
    import imagecodecs

    as_stored = "RGB" if runner.samples_per_pixel > 1 else None
    return imagecodecs.jpeg8_decode(source, colorspace=as_stored, outcolorspace=as_stored)


def _jpeg_2000(source: bytes) -> NDArray[Any]:
    import imagecodecs

    return imagecodecs.jpeg2k_decode(source)


def _in_bits(samples: NDArray[Any], runner: DecodeRunner) -> NDArray[Any]:
    """Widen samples to the bits allocated; the sign stands in the highest bit stored."""
    if not runner.pixel_representation:
        return samples.astype(f"<u{runner.bits_allocated // 8}")
    unused = runner.bits_allocated - runner.bits_stored
    wide = samples.astype(f"<i{runner.bits_allocated // 8}")
    return (wide << unused) >> unused
