"""One field of a header changed, and nothing else: by text, by place, or by the format's blocks."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import nibabel
import pydicom
from pydicom.datadict import DicomDictionary, dictionary_VR, keyword_for_tag
from pydicom.dataelem import RawDataElement
from tifffile import TiffFile

from .mutations import NUMBERS, PHOTOMETRIC, TEXTS, nifti_field
from .seeds import Files

WORDS = ("", "0", "-1", "1", "2", "3", "99999999", "nan", "inf", "1e308", "x", "(1,0,0)", "É" * 80)
Changed = tuple[bytes, str]
"""A file's new content, and the name of the field that was changed."""


@dataclass(frozen=True)
class Field:
    """A number of a binary header."""

    name: str
    at: int
    kind: str
    """As `struct` has it, with its byte order."""


def changed(files: Files, rng: random.Random) -> tuple[Files, str]:
    """Change one field of the first file of a case; of a folder, of any.

    Parameters
    ----------
    files : dict of str to bytes
        Sound files; left as they are.
    rng : random.Random
        Decides everything.
    """
    first = next(iter(files))
    name = first if first.startswith("scan") else rng.choice(sorted(files))
    change = next((one for ends, one in CHANGES.items() if name.endswith(ends)), dicom_field)
    content, field = change(files[name], rng)
    return {**files, name: content}, field


def text_field(content: bytes, rng: random.Random, separator: bytes, end: bytes) -> Changed:
    """Give a line of a text header another value, or take it out, or put it in twice."""
    header, mark, rest = content.partition(end)
    lines = header.split(b"\n")
    index = rng.choice([n for n, line in enumerate(lines) if separator in line])
    key, _, value = lines[index].partition(separator)
    how = rng.random()
    if how < 0.1:
        lines[index : index + 1] = []
    elif how < 0.2:
        lines[index : index + 1] = [lines[index]] * 2
    else:
        lines[index] = key + separator + b" " + _other_words(value, lines, separator, rng)
    return b"\n".join(lines) + mark + rest, key.strip().decode()


def _other_words(value: bytes, lines: list[bytes], separator: bytes, rng: random.Random) -> bytes:
    words = value.split()
    if not words or rng.random() < 0.2:
        return rng.choice([line.partition(separator)[2].strip() for line in lines])
    index = rng.randrange(len(words))
    words[index] = rng.choice((*WORDS, str(rng.choice(NUMBERS)))).encode()
    return b" ".join(words)


def number_field(content: bytes, fields: list[Field], rng: random.Random) -> Changed:
    """Set a number of a binary header."""
    field = rng.choice(fields)
    letter = field.kind[-1]
    if letter in "fd":
        value: float = rng.choice((0.0, -1.0, 2.5, 1e30, 1e-30, float("nan"), float("inf")))
        number = struct.pack(field.kind, value)
    else:
        size = struct.calcsize(field.kind)
        value = rng.choice((*NUMBERS, rng.getrandbits(8 * size))) % 2 ** (8 * size)
        number = value.to_bytes(size, "big" if field.kind[0] == ">" else "little")
    return content[: field.at] + number + content[field.at + len(number) :], field.name


def nrrd_field(content: bytes, rng: random.Random) -> Changed:
    return text_field(content, rng, b":", b"\n\n")


def metaimage_field(content: bytes, rng: random.Random) -> Changed:
    return text_field(content, rng, b"=", b"LOCAL\n")


def nifti_header_field(content: bytes, rng: random.Random) -> Changed:
    """Change a field as `nifti_field` does, and see which it was."""
    new = nifti_field(content, rng)
    before, after = (
        gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one for one in (content, new)
    )
    kind = nibabel.Nifti2Header if before[:1] == b"\x1c" else nibabel.Nifti1Header
    template = kind.template_dtype
    for name in template.names:
        place = slice(template.fields[name][1], template.fields[name][1] + template[name].itemsize)
        if before[place] != after[place]:
            return new, name
    return new, "none"


_MGH = [
    *(Field(name, 4 * n, ">i") for n, name in enumerate(("version", *["dims"] * 4, "type", "dof"))),
    Field("goodRASFlag", 28, ">h"),
    *(Field("delta", 30 + 4 * n, ">f") for n in range(3)),
    *(Field("Mdc", 42 + 4 * n, ">f") for n in range(9)),
    *(Field("Pxyz_c", 78 + 4 * n, ">f") for n in range(3)),
]


def mgh_field(content: bytes, rng: random.Random) -> Changed:
    packed = content[:2] == b"\x1f\x8b"
    new, name = number_field(gzip.decompress(content) if packed else content, _MGH, rng)
    return gzip.compress(new) if packed else new, name


def word_field(content: bytes, rng: random.Random) -> Changed:
    """Set one of the first words of four bytes: of netCDF, HDF5, and boxes of films."""
    words = min(len(content) // 4, rng.choice((64, 400)))
    order = rng.choice("<>")
    at = 4 * rng.randrange(words)
    return number_field(content, [Field(f"byte {at // 256 * 256} and after", at, f"{order}I")], rng)


_ZIP = {
    b"PK\3\4": "version:H flags:H method:H time:H date:H crc:I packed:I size:I name:H extra:H",
    b"PK\1\2": "made:H version:H flags:H method:H time:H date:H crc:I packed:I size:I name:H "
    "extra:H comment:H disk:H inside:H outside:I offset:I",
    b"PK\5\6": "disk:H start:H here:H total:H length:I offset:I comment:H",
}


def zip_field(content: bytes, rng: random.Random) -> Changed:
    return number_field(content, list(_zip_fields(content)), rng)


def _zip_fields(content: bytes) -> Iterator[Field]:
    for mark, layout in _ZIP.items():
        start = content.find(mark)
        while start >= 0:
            at = start + len(mark)
            for name, _, letter in (one.partition(":") for one in layout.split()):
                yield Field(name, at, f"<{letter}")
                at += struct.calcsize(letter)
            start = content.find(mark, start + 1)


_AVI = (b"RIFF", b"LIST", b"avih", b"strh", b"strf", b"movi", b"idx1", b"00dc")


def avi_field(content: bytes, rng: random.Random) -> Changed:
    """Set a word of a chunk of AVI."""
    fields = []
    for mark in _AVI:
        start = content.find(mark)
        length = 15 if mark in (b"avih", b"strh", b"strf") else 2
        fields += [
            Field(f"{mark.decode()} {n}", start + 4 * n, "<I")
            for n in range(1, length)
            if start >= 0
        ]
    return number_field(content, fields, rng)


def gif_field(content: bytes, rng: random.Random) -> Changed:
    """Set a field of the screen, of a picture's control or of its place."""
    fields = [Field("width", 6, "<H"), Field("height", 8, "<H"), Field("flags", 10, "<B")]
    at = content.find(b"\x21\xf9\x04")
    while at >= 0:
        fields += [Field("control", at + 3, "<B"), Field("delay", at + 4, "<H")]
        fields += [Field("transparent", at + 6, "<B")]
        place = at + 8
        if content[place : place + 1] == b",":
            names = ("left", "top", "picture width", "picture height")
            fields += [Field(name, place + 1 + 2 * n, "<H") for n, name in enumerate(names)]
            fields += [Field("picture flags", place + 9, "<B"), Field("bits", place + 10, "<B")]
        at = content.find(b"\x21\xf9\x04", at + 1)
    return number_field(content, fields, rng)


PIXEL_DATA = 0x7FE00010
_VRS = ("US", "SS", "UL", "FL", "FD", "DS", "IS", "CS", "LO", "UI", "SQ", "OB", "OW", "UN", "ZZ")


def dicom_field(content: bytes, rng: random.Random) -> Changed:
    """Change tag, type, length or value of an element; its other bytes stay where they are."""
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    elements = [
        one
        for part in (dataset.file_meta, dataset)
        for one in part._dict.values()
        if isinstance(one, RawDataElement) and one.value is not None and one.tag != PIXEL_DATA
    ]
    element = rng.choice(elements)
    keyword = keyword_for_tag(element.tag) or "private"
    order = "<" if element.is_little_endian else ">"
    part = rng.choice(("tag", "type", "length", "value", "value", "value"))
    at = element.value_tell - (12 if _is_long(content, element) else 8)
    if part == "value":
        start, stop = element.value_tell, element.value_tell + len(element.value)
        return content[:start] + _other_value(element, order, rng) + content[stop:], keyword
    if part == "tag":
        other = rng.choice(elements).tag
        new = struct.pack(f"{order}HH", other.group, other.elem)
    elif part == "type":
        at, new = at + 4, rng.choice(_VRS).encode()
    else:
        wide = element.is_implicit_VR or _is_long(content, element)
        number = rng.choice((*NUMBERS, len(element.value) + rng.choice((-2, 2))))
        new = (number % 2 ** (32 if wide else 16)).to_bytes(
            4 if wide else 2, "little" if order == "<" else "big"
        )
        at = element.value_tell - len(new)
    return content[:at] + new + content[at + len(new) :], f"{keyword} {part}"


def _is_long(content: bytes, element: RawDataElement) -> bool:
    """Say whether the length of an element takes four bytes behind its type."""
    if element.is_implicit_VR:
        return False
    return content[element.value_tell - 8 : element.value_tell - 6] == str(element.VR).encode()


def _other_value(element: RawDataElement, order: str, rng: random.Random) -> bytes:
    """Give a value of the same length."""
    length = len(element.value)
    sizes = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}
    vr = element.VR or dictionary_VR(element.tag) if element.tag in DicomDictionary else element.VR
    if vr in sizes and length == struct.calcsize(sizes[vr]):
        letter = sizes[vr]
        if letter in "fd":
            return struct.pack(order + letter, rng.choice((0.0, -1.0, 2.5, 1e30, float("nan"))))
        number = rng.choice(NUMBERS) % 2 ** (8 * length)
        return number.to_bytes(length, "little" if order == "<" else "big")
    words = rng.choice((*WORDS, *TEXTS, *PHOTOMETRIC, str(rng.choice(NUMBERS)))).encode("utf-8")
    return words[:length].ljust(length)


def tiff_field(content: bytes, rng: random.Random) -> Changed:
    """Change code, type, count or value of a tag."""
    with TiffFile(io.BytesIO(content)) as tiff:
        order, wide = tiff.tiff.byteorder, tiff.tiff.tagsize == 20
        tag = rng.choice(list(rng.choice(list(tiff.pages)).tags))
    letters = "HHQQ" if wide else "HHII"
    part = rng.choice((0, 1, 2, 3, 3, 3))
    letter = letters[part]
    at = tag.offset + struct.calcsize(f"<{letters[:part]}")
    if part == 3 and tag.dtype == 3 and tag.count == 1:
        letter = "H"
    size = struct.calcsize(letter)
    number = rng.choice((*NUMBERS, len(content), rng.getrandbits(15))) % 2 ** (8 * size)
    new = struct.pack(order + letter, number)
    name = f"{tag.name} {('code', 'type', 'count', '')[part]}".strip()
    return content[:at] + new + content[at + size :], name


_IHDR = [
    *(Field(name, 16 + 4 * n, ">I") for n, name in enumerate(("width", "height"))),
    *(
        Field(name, 24 + n, ">B")
        for n, name in enumerate(("bits", "color type", "compression", "filter", "interlace"))
    ),
]


def png_field(content: bytes, rng: random.Random) -> Changed:
    """Set a field of the header, with its checksum."""
    new, name = number_field(content, _IHDR, rng)
    checksum = struct.pack(">I", zlib.crc32(new[12:29]))
    return new[:29] + checksum + new[33:], name


def jpeg_field(content: bytes, rng: random.Random) -> Changed:
    """Set a field of a frame or a scan, or the length of a segment."""
    fields, at = [], 2
    while at + 4 < len(content) and content[at] == 0xFF:
        marker, (length,) = content[at + 1], struct.unpack_from(">H", content, at + 2)
        fields.append(Field(f"{marker:02x} length", at + 2, ">H"))
        if marker in (0xC0, 0xC2):
            fields += [Field("bits", at + 4, ">B"), Field("components", at + 9, ">B")]
            fields += [Field("height", at + 5, ">H"), Field("width", at + 7, ">H")] * 3
            fields += [Field("sampling", at + 11, ">B"), Field("quantization", at + 12, ">B")]
        if marker in (0xDB, 0xC4, 0xDD, 0xDA):
            fields += [Field(f"{marker:02x} {n}", at + 4 + n, ">B") for n in range(4)]
        if marker == 0xDA:
            break
        at += 2 + length
    return number_field(content, fields, rng)


def bmp_field(content: bytes, rng: random.Random) -> Changed:
    names = ("size", "", "pixels at", "header", "width", "height", "planes and bits", "compression")
    return number_field(
        content,
        [Field(name, 2 + 4 * n, "<I") for n, name in enumerate((*names, "bytes")) if name],
        rng,
    )


def webp_field(content: bytes, rng: random.Random) -> Changed:
    fields = [Field(f"byte {at}", at, "<I") for at in range(4, 40, 4)]
    return number_field(content, fields, rng)


CHANGES: dict[tuple[str, ...], Callable[[bytes, random.Random], Changed]] = {
    (".nrrd", ".nhdr"): nrrd_field,
    (".mha", ".mhd"): metaimage_field,
    (".nii", ".nii.gz"): nifti_header_field,
    (".mgz", ".mgh"): mgh_field,
    (".zip",): zip_field,
    (".avi",): avi_field,
    (".gif",): gif_field,
    (".tif",): tiff_field,
    (".png",): png_field,
    (".jpg", ".jpeg"): jpeg_field,
    (".bmp",): bmp_field,
    (".webp",): webp_field,
    (".dcm", "DICOMDIR"): dicom_field,
    (".mnc", ".mp4", ".mkv"): word_field,
}
