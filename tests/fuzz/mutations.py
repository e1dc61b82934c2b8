"""Ways to damage a file: its bytes, or a field of its header while the structure stays sound."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress

import nibabel
import numpy as np
import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from tifffile import TiffFile

from .seeds import Files

Mutation = Callable[[bytes, random.Random], bytes]

NUMBERS = (0, 1, -1, 2, 3, 4, 7, 8, 16, 127, 255, 256, 4095, 10_000, 32_767, 65_535, 2**31 - 1)
TEXTS = (
    "",
    "0",
    "-1",
    "1e308",
    "nan",
    "inf",
    "1e-30",
    "x",
    "1\\2",
    "0\\0\\0",
    "99999999",
    "É" * 80,
)
PIXEL_ELEMENTS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "PixelRepresentation",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "FrameTime",
    "SpacingBetweenSlices",
    "SliceThickness",
    "Modality",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "InstanceNumber",
    "SeriesNumber",
    "PixelData",
    "FloatPixelData",
    "ReferencedFileID",
    "SequenceOfUltrasoundRegions",
)
PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "PALETTE COLOR")
SYNTAXES = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.5",
    "1.2.3",
)


def mutated(files: Files, others: list[Files], rng: random.Random) -> Files:
    """Damage one case once to four times.

    Parameters
    ----------
    files : dict of str to bytes
        Sound files; left as they are.
    others : list of dict
        Cases of the same reader, from which pieces are taken.
    rng : random.Random
        Decides everything.
    """
    damaged = dict(files)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        if not damaged:
            break
        name = rng.choice(sorted(damaged))
        if len(files) > 1 and rng.random() < 0.1:
            _rearrange(damaged, name, rng)
        elif rng.random() < 0.1:
            other = rng.choice(list(rng.choice(others).values()))
            damaged[name] = splice(damaged[name], other, rng)
        else:
            damaged[name] = _mutate(name, damaged[name], rng)
    return damaged


def _rearrange(files: Files, name: str, rng: random.Random) -> None:
    """Take away a file of a folder, or double it."""
    if rng.random() < 0.5:
        files[name + "_2"] = files[name]
    else:
        del files[name]


def _mutate(name: str, content: bytes, rng: random.Random) -> bytes:
    by_structure = _structure(name)
    if rng.random() < 0.6:
        with suppress(Exception):  # where the structure is damaged already, the bytes are left
            return by_structure(content, rng)
    return rng.choice((flip, flip, truncate, overwrite, remove))(content, rng)


def flip(content: bytes, rng: random.Random) -> bytes:
    """Change single bits; the head is hit as often as the rest."""
    damaged = bytearray(content)
    reach = rng.choice((64, 512, len(damaged)))
    for _ in range(rng.choice((1, 2, 8, 32)) if damaged else 0):
        damaged[rng.randrange(min(reach, len(damaged)))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def truncate(content: bytes, rng: random.Random) -> bytes:
    """Cut off the end."""
    return content[: rng.randrange(len(content) + 1)]


def overwrite(content: bytes, rng: random.Random) -> bytes:
    """Put an extreme number of 1 to 8 bytes somewhere."""
    width = rng.choice((1, 2, 4, 8))
    value = rng.choice((0, 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), rng.getrandbits(16)))
    number = (value % 2 ** (8 * width)).to_bytes(width, rng.choice(("little", "big")))
    at = rng.randrange(min(rng.choice((64, 512, len(content))), len(content)) + 1)
    return content[:at] + number + content[at + width :]


def remove(content: bytes, rng: random.Random) -> bytes:
    """Take out a piece, or put it in twice."""
    start = rng.randrange(len(content) + 1)
    stop = min(len(content), start + rng.choice((1, 4, 100, 5_000)))
    return content[:start] + content[start:stop] * rng.choice((0, 2)) + content[stop:]


def splice(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Go on with another file from somewhere on."""
    return content[: rng.randrange(len(content) + 1)] + other[rng.randrange(len(other) + 1) :]


def dicom_element(content: bytes, rng: random.Random) -> bytes:
    """Take an element of a DICOM file away, or give it another value."""
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    if rng.random() < 0.1:
        dataset.file_meta.TransferSyntaxUID = rng.choice(SYNTAXES)
    else:
        _change_element(dataset, rng)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def _change_element(dataset: Dataset, rng: random.Random) -> None:
    sequences = [item for element in dataset if element.VR == "SQ" for item in element.value]
    if sequences and rng.random() < 0.4:
        return _change_element(rng.choice(sequences), rng)
    wanted = rng.choice(PIXEL_ELEMENTS)
    tags = list(dataset.keys())
    tag = wanted if wanted in dataset or rng.random() < 0.2 or not tags else rng.choice(tags)
    if tag in dataset and rng.random() < 0.2:
        del dataset[tag]
        return None
    if tag not in dataset:
        dataset.add_new(tag, pydicom.datadict.dictionary_VR(tag), None)
    element = dataset[tag]
    element._value = _other_value(element, rng)
    return None


def _other_value(element: DataElement, rng: random.Random) -> object:
    if element.keyword == "PhotometricInterpretation":
        return rng.choice((*PHOTOMETRIC, "NONSENSE"))
    if element.VR in ("US", "SS", "UL", "SL"):
        return rng.choice(NUMBERS) % (65_536 if element.VR == "US" else 2**15)
    if element.VR in ("FL", "FD"):
        return rng.choice((0.0, -1.0, float("nan"), float("inf"), 1e-30))
    if element.VR in ("OB", "OW", "UN"):
        return (element.value or b"")[: rng.randrange(2_000) * 2]
    if element.VR == "SQ":
        return pydicom.Sequence([Dataset()] * rng.randrange(3))
    return rng.choice(TEXTS)


def nifti_field(content: bytes, rng: random.Random) -> bytes:
    """Set a field of a NIfTI header."""
    packed = content[:2] == b"\x1f\x8b"
    content = gzip.decompress(content) if packed else content
    kind = nibabel.Nifti2Header if content[:4] in (b"\x1c\x02\0\0",) else nibabel.Nifti1Header
    size = kind.template_dtype.itemsize
    fields = np.frombuffer(content[:size], kind.template_dtype).copy()
    name = rng.choice((*fields.dtype.names, "dim", "dim", "pixdim", "datatype", "bitpix"))
    field = fields[name].reshape(-1)
    value = rng.choice(NUMBERS)
    if field.dtype.kind == "f":
        value = rng.choice((value, np.nan, np.inf, 1e30, 1e-30))
    if field.dtype.kind == "S":
        value = rng.choice((b"", b"\xff" * 4, b"n+1", b"ni1"))
    elif field.dtype.kind in "iu":
        value = np.array(value).astype(field.dtype)
    field[rng.randrange(len(field))] = value
    fields[name] = field.reshape(fields[name].shape)
    content = fields.tobytes() + content[size:]
    return gzip.compress(content) if packed else content


def tiff_tag(content: bytes, rng: random.Random) -> bytes:
    """Change the code, type, count or value of a TIFF tag."""
    with TiffFile(io.BytesIO(content)) as tiff:
        kind = tiff.tiff
        tags = list(rng.choice(list(tiff.pages)).tags)
    tag = rng.choice(tags)
    wide = kind.tagsize == 20
    parts = (2, 2, 8, 8) if wide else (2, 2, 4, 4)
    part = rng.choice((0, 1, 2, 3, 3, 3))
    at = tag.offset + sum(parts[:part])
    letter = {2: "H", 4: "I", 8: "Q"}[parts[part]]
    if part == 3 and tag.dtype == 3 and rng.random() < 0.7:
        letter = "H"
    value = rng.choice((*NUMBERS, len(content), rng.getrandbits(15))) % 2**15
    number = struct.pack(kind.byteorder + letter, value)
    return content[:at] + number + content[at + len(number) :]


def png_chunk(content: bytes, rng: random.Random) -> bytes:
    """Change a byte within a chunk of a PNG, and its checksum with it."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        chunks.append((at, length))
        at += length + 12
    at, length = rng.choice(chunks)
    body = overwrite(content[at + 8 : at + 8 + length], rng)[:length]
    checked = content[at + 4 : at + 8] + body
    checksum = struct.pack(">I", zlib.crc32(checked))
    return content[: at + 4] + checked + checksum + content[at + 12 + length :]


def _structure(name: str) -> Mutation:
    suffixes: dict[tuple[str, ...], Mutation] = {
        (".nii", ".nii.gz"): nifti_field,
        (".tif",): tiff_tag,
        (".png",): png_chunk,
        (".jpg", ".bmp", ".webp", ".gif", ".jpeg"): overwrite,
    }
    return next((one for ends, one in suffixes.items() if name.endswith(ends)), dicom_element)
