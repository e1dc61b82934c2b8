"""Snapshots of masks that are being corrected: written whole or not at all, and read back.

A snapshot is one file: a line that names the format, a line of ASCII JSON that says
all but the pixels, and the pixels in C order, compressed with zlib.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.masks.history import Change, changes_of, plain_words, records_of
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


class OtherVersionError(UnreadableFileError):
    """A snapshot was written by a version of the program that has another format."""


class TruncatedError(UnreadableFileError):
    """A snapshot ends too early."""


@dataclass(frozen=True)
class Snapshot:
    """All that is known of a mask but its pixels.

    Parameters
    ----------
    path : Path
    scan : str or None
        The `fingerprint` of the scan that the mask lies on; None where there is none.
    scan_name : str
        The scan's file name, without folders.
    layer_name : str
    saved : datetime
        With an offset from UTC.
    shape : tuple of int
    dtype : str
        numpy's, of integers or bool.
    digest : str
        Of the pixels, see `fingerprint.digest`.
    geometry : mapping
        Keywords of a Labels layer, ready for JSON.
    provenance : mapping or None
        See `provenance.provenance`; None where the mask was drawn by hand.
    made_digest : str or None
        Of the pixels that the models gave or a file held.
    history : tuple of Change
    exported : bool
        Whether the user has saved just these pixels to a file.
    replaces : str or None
        The name of a snapshot that these pixels have grown from.
    """

    path: Path
    scan: str | None
    scan_name: str
    layer_name: str
    saved: datetime
    shape: tuple[int, ...]
    dtype: str
    digest: str
    geometry: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] | None = None
    made_digest: str | None = None
    history: tuple[Change, ...] = ()
    exported: bool = False
    replaces: str | None = None


def plain_name(name: str) -> str:
    """Make of a name or path one line without folders that does no harm wherever it is shown."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return plain_words(last, _LONGEST_NAME) or "unnamed"


def write_snapshot(
    path: Path,
    pixels: Any,
    *,
    scan: str | None,
    scan_name: str,
    layer_name: str,
    geometry: Mapping[str, Any],
    provenance: Mapping[str, Any] | None = None,
    made_digest: str | None = None,
    history: tuple[Change, ...] = (),
    exported: bool = False,
    replaces: str | None = None,
) -> Snapshot:
    """Write a snapshot; see `Snapshot` for what it keeps.

    Parameters
    ----------
    path : Path
        Replaced as a whole where it exists; its folder is made where it is missing.
    pixels : array of integer or bool, at least two axes
        Read once, a plane at a time; they may change meanwhile.

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
    header = {
        "scan": scan,
        "scan_name": plain_name(scan_name),
        "layer_name": plain_words(layer_name, _LONGEST_NAME),
        "saved": datetime.now().astimezone().isoformat(),
        "shape": list(map(int, pixels.shape)),
        "dtype": np.dtype(pixels.dtype).str,
        "digest": digest,
        "geometry": dict(geometry),
        "provenance": None if provenance is None else dict(provenance),
        "made_digest": made_digest,
        "history": records_of(history),
        "exported": exported,
        "replaces": replaces,
        "n_bytes": len(packed),
    }
    line = json.dumps(header).encode("ascii")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(path.parent, error) from error
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(b"%s%d\n%s\n%s" % (_MAGIC, VERSION, line, packed))
        file.flush()
        os.fsync(file.fileno())
    return _snapshot(path, header)


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
        with path.open("rb") as file:
            header = _read_header(file, path.name)
            start, size = file.tell(), os.fstat(file.fileno()).st_size
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(
            f"The auto-save {path.name} cannot be read ({reason})."
        ) from error
    snapshot = _checked(path, header)
    if size < start + header["n_bytes"]:
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
        dtype, size = np.dtype(now.dtype), _n_bytes(now)
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


def _n_bytes(snapshot: Snapshot) -> int:
    return math.prod(snapshot.shape) * np.dtype(snapshot.dtype).itemsize


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
        snapshot = _snapshot(path, header)
        is_sound = (
            np.dtype(snapshot.dtype).kind in "biu"
            and len(snapshot.shape) >= 2
            and min(snapshot.shape) > 0
            and snapshot.saved.tzinfo is not None
            and isinstance(header["n_bytes"], int)
            and header["n_bytes"] > 0
            and _n_bytes(snapshot) <= _MOST_EXPANSION * header["n_bytes"]
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged(path.name) from error
    if not is_sound:
        raise _damaged(path.name)
    return snapshot


def _snapshot(path: Path, header: Mapping[str, Any]) -> Snapshot:
    provenance = header["provenance"]
    return Snapshot(
        path=path,
        scan=_word(header["scan"]),
        scan_name=plain_name(str(header["scan_name"])),
        layer_name=plain_words(str(header["layer_name"]), _LONGEST_NAME) or "unnamed",
        saved=datetime.fromisoformat(header["saved"]),
        shape=tuple(int(side) for side in header["shape"]),
        dtype=np.dtype(header["dtype"]).str,
        digest=str(header["digest"]),
        geometry=dict(header["geometry"]),
        provenance=None if provenance is None else dict(provenance),
        made_digest=_word(header["made_digest"]),
        history=changes_of(header["history"]),
        exported=header["exported"] is True,
        replaces=_word(header["replaces"]),
    )


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(f"The auto-save {name} is damaged.")
