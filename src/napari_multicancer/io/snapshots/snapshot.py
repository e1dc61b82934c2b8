"""Snapshots of masks that are being corrected: written whole or not at all, and read back.

A snapshot is one file: a line that names the format, a line of ASCII JSON that says
all but the pixels, and the pixels in C order, compressed with zlib.
"""

from __future__ import annotations

import json
import math
import os
import stat
import zlib
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    PositiveInt,
    SerializerFunctionWrapHandler,
    StrictBool,
    model_serializer,
    model_validator,
)

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.masks.history import plain_words
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.files import not_written, replacing
from napari_multicancer.io.snapshots.fingerprint import PixelDigest, parts

SUFFIX = ".autosave"
VERSION = 1
_MAGIC = b"napari-multicancer autosave "
_COMPRESSION = 1
_LONGEST_NAME = 120
_LONGEST_HEADER = 16 * 2**20
_MOST_EXPANSION = 1032
"""Bytes that DEFLATE can make of one, at most (zlib's documentation)."""


def _whole_numbers(dtype: str) -> str:
    kind = np.dtype(dtype)
    if kind.kind not in "biu":
        raise ValueError(f"{dtype} is no mask's dtype")
    return kind.str


class OtherVersionError(UnreadableFileError):
    """A snapshot was written by a version of the program that has another format."""


class TruncatedError(UnreadableFileError):
    """A snapshot ends too early."""


def plain_name(name: str) -> str:
    """Make of a name or path one line without folders that does no harm wherever it is shown."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return plain_words(last, _LONGEST_NAME) or "unnamed"


def _plain_line(name: str) -> str:
    return plain_words(name, _LONGEST_NAME) or "unnamed"


class Note(BaseModel):
    """What whoever writes a snapshot says of the mask.

    Parameters
    ----------
    scan : str or None
        The `fingerprint` of the scan that the mask lies on; None where there is none.
    scan_name : str
        The scan's file name; folders are taken off.
    layer_name : str
    geometry : mapping
        Keywords of a Labels layer, ready for JSON.
    record : MaskRecord
        In the file its parts stand beside the others.
    exported : bool
        Whether the user has saved just these pixels to a file.
    replaces : str or None
        The name of a snapshot that these pixels have grown from.
    """

    model_config = ConfigDict(frozen=True)

    scan: str | None = None
    scan_name: Annotated[str, AfterValidator(plain_name)] = ""
    layer_name: Annotated[str, AfterValidator(_plain_line)]
    geometry: dict[str, Any] = {}
    record: Annotated[InstanceOf[MaskRecord], Field(exclude=True)] = MaskRecord()
    exported: StrictBool = False
    replaces: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_record(cls, header: Any) -> Any:
        return {"record": MaskRecord.from_json(header), **header}

    @model_serializer(mode="wrap")
    def _lay_record_flat(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {**serialize(self), **self.record.as_json()}


class Snapshot(Note):
    """All that is known of a mask but its pixels.

    Parameters
    ----------
    path : Path
        Where it is; the file itself does not say.
    saved : datetime
        With an offset from UTC.
    shape : tuple of int
    dtype : str
        numpy's, of integers or bool.
    digest : str
        Of the pixels, see `fingerprint.digest`.
    n_bytes : int
        Of the compressed pixels.
    """

    path: Annotated[Path, Field(exclude=True)]
    saved: AwareDatetime
    shape: Annotated[tuple[PositiveInt, ...], Field(min_length=2)]
    dtype: Annotated[str, AfterValidator(_whole_numbers)]
    digest: str
    n_bytes: PositiveInt

    @property
    def size(self) -> int:
        """Bytes of the pixels, not compressed."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def write_snapshot(path: Path, pixels: Any, note: Note) -> Snapshot:
    """Write a snapshot.

    Parameters
    ----------
    path : Path
        Replaced as a whole where it exists; its folder is made where it is missing.
    pixels : array of integer or bool, at least two axes
        Read once, a plane at a time; they may change meanwhile.
    note : Note

    Returns
    -------
    Snapshot
        What was written.

    Raises
    ------
    OutputError
        The disk is full, the folder read-only, or the like; an existing file is as it was.
    """
    digest, packed = _pack(pixels)
    snapshot = Snapshot(
        path=path,
        saved=datetime.now().astimezone(),
        shape=tuple(map(int, pixels.shape)),
        dtype=np.dtype(pixels.dtype).str,
        digest=digest,
        n_bytes=len(packed),
        **dict(note),
    )
    line = json.dumps(snapshot.model_dump(mode="json")).encode("ascii")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(path.parent, error) from error
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(b"%s%d\n%s\n%s" % (_MAGIC, VERSION, line, packed))
    return snapshot


def _pack(pixels: Any) -> tuple[str, bytes]:
    seen, packer = PixelDigest(pixels.dtype), zlib.compressobj(_COMPRESSION)
    packed = []
    for part in parts(pixels):
        seen.update(part)
        packed.append(packer.compress(part.data))
    return seen.hexdigest(), b"".join([*packed, packer.flush()])


def read_snapshot(path: Path) -> Snapshot:
    """Read all of a snapshot but the pixels.

    Raises
    ------
    OtherVersionError
        Another version of the program wrote it.
    TruncatedError
        It ends too early.
    UnreadableFileError
        It is no snapshot, is damaged, or may not be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would hold whoever opens it
            raise UnreadableFileError(f"{path.name} is no auto-save of this program.")
        with path.open("rb") as file:
            header = _read_header(file, path.name)
            start, size = file.tell(), os.fstat(file.fileno()).st_size
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(
            f"The auto-save {path.name} cannot be read ({reason})."
        ) from error
    snapshot = _checked(path, header)
    if size < start + snapshot.n_bytes:
        raise TruncatedError(f"The auto-save {path.name} ends too early.")
    return snapshot


def read_pixels(snapshot: Snapshot) -> NDArray[Any]:
    """Read a snapshot's pixels.

    Raises
    ------
    UnreadableFileError
        The file has changed since, is damaged or gone.
    """
    path = snapshot.path
    try:
        with path.open("rb") as file:
            now = _checked(path, _read_header(file, path.name))
            packed = file.read()
        dtype, size = np.dtype(now.dtype), now.size
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(packed, size + 1) if size <= _limit(packed) else b""
    except (OSError, zlib.error) as error:
        raise _damaged(path.name) from error
    if len(raw) != size:
        raise _damaged(path.name)
    pixels = np.frombuffer(bytearray(raw), dtype).reshape(now.shape)
    seen = PixelDigest(dtype)
    seen.update(pixels)
    if seen.hexdigest() != now.digest:
        raise _damaged(path.name)
    return pixels


def _limit(packed: bytes) -> int:
    return _MOST_EXPANSION * len(packed)


def _read_header(file: BinaryIO, name: str) -> dict[str, Any]:
    first = file.readline(len(_MAGIC) + 12)
    if not first.startswith(_MAGIC):
        if _MAGIC.startswith(first):
            raise TruncatedError(f"The auto-save {name} ends too early.")
        raise UnreadableFileError(f"{name} is no auto-save of this program.")
    if first.endswith(b"\n") and first != b"%s%d\n" % (_MAGIC, VERSION):
        raise OtherVersionError(
            f"The auto-save {name} was written by another version: open it with that one."
        )
    line = file.readline(_LONGEST_HEADER)
    if not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
        raise TruncatedError(f"The auto-save {name} ends too early.")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(name) from error
    if not isinstance(header, dict):
        raise _damaged(name)
    return header


def _checked(path: Path, header: dict[str, Any]) -> Snapshot:
    """Turn a header that anybody may have written into a snapshot."""
    try:
        snapshot = Snapshot(**{**header, "path": path})
    except (TypeError, ValueError, OverflowError) as error:
        raise _damaged(path.name) from error
    if snapshot.size > _MOST_EXPANSION * snapshot.n_bytes:
        raise _damaged(path.name)
    return snapshot


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(f"The auto-save {name} is damaged.")
